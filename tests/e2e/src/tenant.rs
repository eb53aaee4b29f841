//! One tenant with a QuickBooks company of its own.

use std::collections::BTreeMap;

use reqwest::Method;
use serde_json::{Value, json};
use url::Url;

use crate::answer::Answer;
use crate::http::{client, order};
use crate::{stack, until};

/// Income account of the sample company: Services.
pub const INCOME: &str = "1";
/// Bank account of the sample company: Checking.
pub const BANK: &str = "35";

/// A tenant and its company.
#[derive(Debug, Clone)]
pub struct Tenant {
    /// The tenant's id; random, so that tests cannot meet.
    pub id: String,
    /// The company's realm id.
    pub realm: String,
}

impl Tenant {
    /// A tenant with a company that is not connected.
    pub async fn new() -> Self {
        Self::with_company(json!({})).await
    }

    /// A tenant with a company made to order.
    pub async fn with_company(profile: Value) -> Self {
        let made =
            order(Method::POST, &format!("{}/sim/companies", stack().simulator), Some(&profile))
                .await;
        let realm = made["realm_id"].as_str().expect("a company has a realm id").to_owned();
        Self { id: format!("t-{}", uuid::Uuid::new_v4().simple()), realm }
    }

    /// A tenant that is connected and has chosen its accounts.
    pub async fn connected() -> Self {
        let tenant = Self::new().await;
        tenant.connect().await;
        tenant.choose_accounts().await;
        tenant
    }

    /// A connected tenant whose agent A1, item and payment method are linked already.
    pub async fn warmed_up() -> Self {
        let tenant = Self::connected().await;
        tenant
            .put_bill("warm-up", &crate::records::paid(crate::records::bill(1, "W-1", "1.00")))
            .await
            .posted();
        tenant
    }

    /// Goes through the consent as the customer does; the status of the page it ends on.
    pub async fn connect(&self) -> Answer {
        let location = self.consent(&self.realm, "connect").await;
        self.land(&location).await
    }

    /// Starts a consent and decides it in QuickBooks; where the browser is sent back to.
    pub async fn consent(&self, realm: &str, decision: &str) -> String {
        self.consent_with(realm, decision, &json!({})).await
    }

    /// As [`Tenant::consent`], with a body for the start.
    pub async fn consent_with(&self, realm: &str, decision: &str, start: &Value) -> String {
        let started =
            self.call("oauth-callback", Method::POST, &self.path("connection"), Some(start)).await;
        let url = started.body["authorize_url"].as_str();
        decide(url.unwrap_or_else(|| panic!("{}", started.body)), realm, decision).await
    }

    /// The browser arrives where QuickBooks sent it.
    pub async fn land(&self, location: &str) -> Answer {
        // The registered address names the function by its host; only the path matters here.
        let location = Url::parse(location).expect("an absolute address");
        let path = location.path().rsplit_once("/oauth/").map_or("", |(_, rest)| rest);
        let path = format!("/oauth/{path}?{}", location.query().unwrap_or_default());
        call_without_key("oauth-callback", Method::GET, &path).await
    }

    /// Chooses the sample company's accounts.
    pub async fn choose_accounts(&self) {
        let saved = self
            .settings(&json!({"income_account": {"id": INCOME}, "deposit_account": {"id": BANK}}))
            .await;
        assert_eq!(saved.status, 200, "{}", saved.body);
    }

    /// Saves settings.
    pub async fn settings(&self, settings: &Value) -> Answer {
        self.call("settings", Method::PUT, &self.path("settings"), Some(settings)).await
    }

    /// Sends a bill.
    pub async fn put_bill(&self, id: &str, bill: &Value) -> Answer {
        self.call("billing-invoice", Method::PUT, &self.path(&format!("bills/{id}")), Some(bill))
            .await
    }

    /// Reads a bill.
    pub async fn bill(&self, id: &str) -> Answer {
        self.call("billing-invoice", Method::GET, &self.path(&format!("bills/{id}")), None).await
    }

    /// A person presses "Sync" on a bill.
    pub async fn sync_bill(&self, id: &str) -> Answer {
        self.call("billing-invoice", Method::POST, &self.path(&format!("bills/{id}/sync")), None)
            .await
    }

    /// Sends a payment.
    pub async fn put_payment(&self, id: &str, payment: &Value) -> Answer {
        self.call(
            "billing-payment",
            Method::PUT,
            &self.path(&format!("payments/{id}")),
            Some(payment),
        )
        .await
    }

    /// Reads a payment.
    pub async fn payment(&self, id: &str) -> Answer {
        self.call("billing-payment", Method::GET, &self.path(&format!("payments/{id}")), None).await
    }

    /// Takes a payment back.
    pub async fn delete_payment(&self, id: &str) -> Answer {
        self.call("billing-payment", Method::DELETE, &self.path(&format!("payments/{id}")), None)
            .await
    }

    /// How the connection stands.
    pub async fn connection(&self) -> Answer {
        self.call("oauth-callback", Method::GET, &self.path("connection"), None).await
    }

    /// Disconnects.
    pub async fn disconnect(&self) -> Answer {
        self.call("oauth-callback", Method::DELETE, &self.path("connection"), None).await
    }

    /// Waits until a bill is in a state.
    pub async fn bill_becomes(&self, id: &str, state: &str) -> Answer {
        let look = async || Some(self.bill(id).await).filter(|answer| answer.state() == state);
        until(&format!("bill {id} to be {state}"), look).await
    }

    /// Waits until a bill no longer waits for this reason.
    pub async fn bill_leaves(&self, id: &str, code: &str) -> Answer {
        let look = async || Some(self.bill(id).await).filter(|answer| answer.code() != code);
        until(&format!("bill {id} no longer to be {code}"), look).await
    }

    /// Waits until a payment is in a state.
    pub async fn payment_becomes(&self, id: &str, state: &str) -> Answer {
        let look = async || Some(self.payment(id).await).filter(|answer| answer.state() == state);
        until(&format!("payment {id} to be {state}"), look).await
    }

    /// Calls a function with the host's key.
    pub async fn call(
        &self,
        function: &str,
        method: Method,
        path: &str,
        body: Option<&Value>,
    ) -> Answer {
        let mut request = request(function, method, path).bearer_auth(&stack().api_key);
        if let Some(body) = body {
            request = request.json(body);
        }
        Answer::of(request.send().await.unwrap_or_else(|error| panic!("{path}: {error}"))).await
    }

    /// Sends a body as it is.
    pub async fn raw(&self, function: &str, path: &str, body: impl Into<reqwest::Body>) -> Answer {
        let request = request(function, Method::PUT, path).bearer_auth(&stack().api_key);
        let request = request.header("content-type", "application/json").body(body);
        Answer::of(request.send().await.unwrap_or_else(|error| panic!("{path}: {error}"))).await
    }

    /// A path of this tenant.
    pub fn path(&self, rest: &str) -> String {
        format!("/tenants/{}/{rest}", self.id)
    }

    /// Changes how the tenant's company behaves.
    pub async fn switch(&self, switches: Value) {
        order(Method::PATCH, &self.simulator("switches"), Some(&switches)).await;
    }

    /// Scripts what the next matching calls to QuickBooks run into.
    pub async fn fault(&self, fault: Value) {
        order(Method::POST, &self.simulator("faults"), Some(&fault)).await;
    }

    /// Forgets all scripted faults.
    pub async fn heal(&self) {
        order(Method::DELETE, &self.simulator("faults"), None).await;
    }

    /// Moves the company's clock.
    pub async fn advance(&self, seconds: i64) {
        order(Method::POST, &self.simulator("clock"), Some(&json!({"advance_seconds": seconds})))
            .await;
    }

    /// The company's own date.
    pub async fn today(&self) -> String {
        let clock = order(Method::GET, &self.simulator("clock"), None).await;
        clock["today"].as_str().expect("a clock has a date").to_owned()
    }

    /// The customer ends the connection inside QuickBooks.
    pub async fn revoke_in_quickbooks(&self) {
        order(Method::POST, &self.simulator("revoke"), Some(&json!({}))).await;
    }

    /// A person writes in QuickBooks.
    pub async fn bookkeeper(&self, entity: &str, body: Value) -> Value {
        order(Method::POST, &self.simulator(&format!("bookkeeper/{entity}")), Some(&body)).await
    }

    /// The address of one of the company's controls.
    pub fn simulator(&self, rest: &str) -> String {
        format!("{}/sim/companies/{}/{rest}", stack().simulator, self.realm)
    }
}

/// Calls a function as anyone can.
pub async fn call_without_key(function: &str, method: Method, path: &str) -> Answer {
    send(request(function, method, path)).await
}

/// Sends a request made by hand.
pub async fn send(request: reqwest::RequestBuilder) -> Answer {
    Answer::of(request.send().await.expect("the function answers")).await
}

/// A request to be completed by hand; it has no key.
pub fn request(function: &str, method: Method, path: &str) -> reqwest::RequestBuilder {
    client().request(method, format!("{}{path}", stack().functions[function]))
}

/// The customer decides on the consent page; where the browser is sent back to.
pub async fn decide(authorize_url: &str, realm: &str, decision: &str) -> String {
    let authorize = Url::parse(authorize_url).expect("an authorize URL");
    let page = client().get(authorize.clone()).send().await.expect("the consent page");
    assert_eq!(page.status(), 200, "the consent page");
    let mut form: BTreeMap<String, String> = authorize.query_pairs().into_owned().collect();
    form.insert("realm".to_owned(), realm.to_owned());
    form.insert("decision".to_owned(), decision.to_owned());
    let mut address = authorize.clone();
    address.set_query(None);
    let decided = client().post(address).form(&form).send().await.expect("the decision");
    let location = decided.headers().get("location").and_then(|value| value.to_str().ok());
    location
        .unwrap_or_else(|| panic!("no redirect after the decision: {}", decided.status()))
        .to_owned()
}
