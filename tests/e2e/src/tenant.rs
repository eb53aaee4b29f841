//! One tenant with a QuickBooks company of its own.

use std::collections::BTreeMap;

use reqwest::Method;
use serde_json::{Value, json};
use url::Url;

use crate::answer::Answer;
use crate::http::{client, order};
use crate::stack;
use crate::wait::until_it;

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

    /// A tenant with a company made to order. QuickBooks tells nothing of it unless `switches` say so: what is told costs
    /// everyone time, and few tests are about it.
    pub async fn with_company(mut profile: Value) -> Self {
        if profile["switches"]["webhooks"].is_null() {
            profile["switches"]["webhooks"] = json!("off");
        }
        let made =
            order(Method::POST, &format!("{}/sim/companies", stack().simulator), Some(&profile))
                .await;
        let realm = made["realm_id"].as_str().expect("a company has a realm id").to_owned();
        Self { id: format!("t-{}", uuid::Uuid::new_v4().simple()), realm }
    }

    /// A tenant that is connected, with agent billing running.
    pub async fn connected() -> Self {
        Self::running(&[crate::workflows::BILLING]).await
    }

    /// A tenant that is connected, with workflows running from these templates.
    pub async fn running(templates: &[&str]) -> Self {
        let tenant = Self::new().await;
        tenant.connects().await;
        for template in templates {
            tenant.set_up(template).await;
        }
        tenant
    }

    /// A connected tenant whose agent A1, item and payment method are linked already.
    pub async fn warmed_up() -> Self {
        let tenant = Self::connected().await;
        let bill = crate::records::paid(crate::records::bill(1, "W-1", "1.00"));
        tenant.put_bill("warm-up", &bill).await;
        tenant.bill_becomes("warm-up", "posted").await;
        tenant
    }

    /// Goes through the consent as the customer does; the status of the page it ends on.
    pub async fn connect(&self) -> Answer {
        let location = self.consent(&self.realm, "connect").await;
        self.land(&location).await
    }

    /// Connects for what comes after it. A person presses the button again when a busy machine answers late.
    pub async fn connects(&self) {
        until_it("a connection", async || self.connect().await, |page| page.status == 200).await;
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

    /// How the connection stands.
    pub async fn connection(&self) -> Answer {
        self.call("oauth-callback", Method::GET, &self.path("connection"), None).await
    }

    /// Disconnects.
    pub async fn disconnect(&self) -> Answer {
        self.call("oauth-callback", Method::DELETE, &self.path("connection"), None).await
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

    /// Sets the company's clock.
    pub async fn set_clock(&self, now: &str) {
        order(Method::POST, &self.simulator("clock"), Some(&json!({"set": now}))).await;
    }

    /// The company's own time.
    pub async fn now(&self) -> String {
        let clock = order(Method::GET, &self.simulator("clock"), None).await;
        clock["now"].as_str().expect("a clock has a time").to_owned()
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
