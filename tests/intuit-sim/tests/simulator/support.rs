//! One simulator for all tests, a company of its own for each.

use std::{sync::LazyLock, thread};

use intuit_sim::Config;
use reqwest::{Client, Response, redirect::Policy};
use serde_json::{Value, json};
use tokio::{net::TcpListener, runtime::Runtime};

pub(crate) const CLIENT_ID: &str = "app";
pub(crate) const CLIENT_SECRET: &str = "secret";
pub(crate) const REDIRECT: &str = "http://localhost:9/callback";

static BASE: LazyLock<String> = LazyLock::new(started);

/// Starts a simulator and returns its address.
pub(crate) fn started() -> String {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    listener.set_nonblocking(true).unwrap();
    let base = format!("http://{}", listener.local_addr().unwrap());
    let config = Config {
        client_id: CLIENT_ID.into(),
        client_secret: CLIENT_SECRET.into(),
        redirect_uris: Vec::new(),
    };
    // The process ends with the last test, and the simulator with it.
    thread::spawn(move || {
        Runtime::new().unwrap().block_on(async {
            let listener = TcpListener::from_std(listener).unwrap();
            intuit_sim::run(listener, config, std::future::pending()).await
        })
    });
    base
}

/// Status and JSON body of an answer.
#[derive(Debug)]
pub(crate) struct Reply {
    pub(crate) status: u16,
    pub(crate) body: Value,
}

impl Reply {
    pub(crate) async fn of(response: Response) -> Self {
        let status = response.status().as_u16();
        let text = response.text().await.unwrap();
        Self { status, body: serde_json::from_str(&text).unwrap_or(Value::String(text)) }
    }

    /// Code, message and detail of the first error.
    pub(crate) fn fault(&self) -> (&str, &str, &str) {
        let error = &self.body["Fault"]["Error"][0];
        let part = |name: &str| error[name].as_str().unwrap_or_default();
        (part("code"), part("Message"), part("Detail"))
    }

    pub(crate) fn code(&self) -> &str {
        self.fault().0
    }
}

/// A connected company.
pub(crate) struct Company {
    pub(crate) http: Client,
    pub(crate) base: String,
    pub(crate) realm: String,
    pub(crate) token: String,
    pub(crate) refresh_token: String,
}

impl Company {
    /// The sample company.
    pub(crate) async fn sample() -> Self {
        Self::with(json!({})).await
    }

    /// A company with switches.
    pub(crate) async fn switched(switches: Value) -> Self {
        Self::with(json!({"switches": switches})).await
    }

    pub(crate) async fn with(profile: Value) -> Self {
        Self::at(&BASE, profile).await
    }

    /// A company in a simulator of its own, for what all companies share.
    pub(crate) async fn at(base: &str, profile: Value) -> Self {
        let http = Client::builder().redirect(Policy::none()).build().unwrap();
        let created = Reply::of(
            http.post(format!("{base}/sim/companies")).json(&profile).send().await.unwrap(),
        )
        .await;
        let realm = created.body["realm_id"].as_str().unwrap().to_owned();
        let base = base.to_owned();
        let mut company =
            Self { http, base, realm, token: String::new(), refresh_token: String::new() };
        company.connect().await;
        company
    }

    /// Takes new tokens, as after the clock has outrun the old ones.
    pub(crate) async fn connect(&mut self) {
        let code = self.consent("connect").await["code"].clone();
        let tokens = self.exchange(&code).await;
        self.token = tokens.body["access_token"].as_str().unwrap().to_owned();
        self.refresh_token = tokens.body["refresh_token"].as_str().unwrap().to_owned();
    }

    /// Decides on the consent page and returns what came back on the redirect.
    pub(crate) async fn consent(
        &self,
        decision: &str,
    ) -> std::collections::HashMap<String, String> {
        let form = [
            ("client_id", CLIENT_ID),
            ("redirect_uri", REDIRECT),
            ("response_type", "code"),
            ("scope", "com.intuit.quickbooks.accounting"),
            ("state", "state-1"),
            ("realm", &self.realm),
            ("decision", decision),
        ];
        let answer =
            self.http.post(self.address("/connect/oauth2")).form(&form).send().await.unwrap();
        let location = answer.headers()["location"].to_str().unwrap().to_owned();
        let (address, parameters) = location.split_once('?').unwrap();
        assert_eq!(address, REDIRECT);
        parameters
            .split('&')
            .map(|pair| {
                pair.split_once('=')
                    .map(|(name, value)| (name.to_owned(), value.to_owned()))
                    .unwrap()
            })
            .collect()
    }

    pub(crate) async fn exchange(&self, code: &str) -> Reply {
        self.token_call(&[
            ("grant_type", "authorization_code"),
            ("code", code),
            ("redirect_uri", REDIRECT),
        ])
        .await
    }

    pub(crate) async fn refresh(&self, token: &str) -> Reply {
        self.token_call(&[("grant_type", "refresh_token"), ("refresh_token", token)]).await
    }

    pub(crate) async fn token_call(&self, form: &[(&str, &str)]) -> Reply {
        let request = self
            .http
            .post(self.address("/oauth2/v1/tokens/bearer"))
            .basic_auth(CLIENT_ID, Some(CLIENT_SECRET))
            .form(form);
        Reply::of(request.send().await.unwrap()).await
    }

    pub(crate) fn address(&self, path: &str) -> String {
        format!("{}{path}", self.base)
    }

    pub(crate) fn api(&self, path: &str) -> String {
        self.address(&format!("/v3/company/{}/{path}", self.realm))
    }

    pub(crate) async fn try_post(
        &self,
        path: &str,
        body: &Value,
    ) -> Result<Response, reqwest::Error> {
        self.http
            .post(self.api(path))
            .bearer_auth(&self.token)
            .header("content-type", "application/json")
            .body(body.to_string())
            .send()
            .await
    }

    pub(crate) async fn post(&self, path: &str, body: Value) -> Reply {
        Reply::of(self.try_post(path, &body).await.unwrap()).await
    }

    pub(crate) async fn get(&self, path: &str) -> Reply {
        Reply::of(self.http.get(self.api(path)).bearer_auth(&self.token).send().await.unwrap())
            .await
    }

    pub(crate) async fn query(&self, statement: &str) -> Reply {
        let request = self
            .http
            .get(self.api("query"))
            .query(&[("query", statement)])
            .bearer_auth(&self.token);
        Reply::of(request.send().await.unwrap()).await
    }

    /// The ids a query finds, in order.
    pub(crate) async fn ids(&self, statement: &str) -> Vec<String> {
        let reply = self.query(statement).await;
        assert_eq!(reply.status, 200, "{statement}: {}", reply.body);
        let rows = reply.body["QueryResponse"]
            .as_object()
            .unwrap()
            .values()
            .find_map(Value::as_array)
            .cloned()
            .unwrap_or_default();
        rows.iter().map(|row| row["Id"].as_str().unwrap().to_owned()).collect()
    }

    /// Creates or updates an object and returns it.
    pub(crate) async fn save(&self, entity: &str, body: Value) -> Value {
        let reply = self.post(&entity.to_lowercase(), body).await;
        assert_eq!(reply.status, 200, "{}", reply.body);
        reply.body[entity].clone()
    }

    pub(crate) async fn read(&self, entity: &str, id: &str) -> Value {
        let reply = self.get(&format!("{}/{id}", entity.to_lowercase())).await;
        assert_eq!(reply.status, 200, "{}", reply.body);
        reply.body[entity].clone()
    }

    pub(crate) async fn customer(&self, name: &str) -> String {
        self.save("Customer", json!({"DisplayName": name})).await["Id"].as_str().unwrap().to_owned()
    }

    /// An invoice with one untaxed line.
    pub(crate) async fn invoice(&self, customer: &str, amount: &str) -> Value {
        self.save("Invoice", invoice(customer, amount)).await
    }

    pub(crate) async fn control(&self, path: &str, body: Value) -> Reply {
        Reply::of(
            self.http
                .post(self.address(&format!("/sim/companies/{}/{path}", self.realm)))
                .json(&body)
                .send()
                .await
                .unwrap(),
        )
        .await
    }

    /// Presses a button of QuickBooks' own screens and returns what it wrote.
    pub(crate) async fn by_hand(&self, entity: &str, id: &str, deed: &str, body: Value) -> Value {
        let reply = self.try_by_hand(entity, id, deed, body).await;
        assert_eq!(reply.status, 200, "{}", reply.body);
        reply.body.as_object().unwrap().values().next().unwrap().clone()
    }

    pub(crate) async fn try_by_hand(
        &self,
        entity: &str,
        id: &str,
        deed: &str,
        body: Value,
    ) -> Reply {
        self.control(&format!("bookkeeper/{}/{id}/{deed}", entity.to_lowercase()), body).await
    }

    /// What the documents made since the sample post, summed by account.
    pub(crate) async fn effect(&self) -> Value {
        self.inspect("books?after=144").await["effect"].clone()
    }

    pub(crate) async fn inspect(&self, path: &str) -> Value {
        Reply::of(
            self.http
                .get(self.address(&format!("/sim/companies/{}/{path}", self.realm)))
                .send()
                .await
                .unwrap(),
        )
        .await
        .body
    }

    pub(crate) async fn switch(&self, changes: Value) -> Reply {
        Reply::of(
            self.http
                .patch(self.address(&format!("/sim/companies/{}/switches", self.realm)))
                .json(&changes)
                .send()
                .await
                .unwrap(),
        )
        .await
    }

    pub(crate) async fn advance(&self, seconds: i64) {
        assert_eq!(self.control("clock", json!({"advance_seconds": seconds})).await.status, 200);
    }

    pub(crate) async fn script(&self, fault: Value) {
        let reply = self.control("faults", fault).await;
        assert_eq!(reply.status, 200, "{}", reply.body);
    }

    pub(crate) async fn assert_books_balance(&self) {
        let balance = self.inspect("trial-balance").await;
        assert_eq!(balance["difference"], json!(0), "{balance}");
    }
}

pub(crate) fn number(text: &str) -> Value {
    serde_json::from_str(text).unwrap()
}

pub(crate) fn line(amount: &str, item: &str) -> Value {
    json!({"Amount": number(amount), "DetailType": "SalesItemLineDetail", "SalesItemLineDetail": {"ItemRef": {"value": item}}})
}

pub(crate) fn invoice(customer: &str, amount: &str) -> Value {
    json!({"CustomerRef": {"value": customer}, "Line": [line(amount, "1")]})
}

/// A bill with one line on an account.
pub(crate) fn bill(vendor: &str, amount: &str, account: &str) -> Value {
    json!({"VendorRef": {"value": vendor}, "Line": [{
        "Amount": number(amount), "DetailType": "AccountBasedExpenseLineDetail", "AccountBasedExpenseLineDetail": {"AccountRef": {"value": account}}
    }]})
}

/// A payment that settles invoices in full or in part.
pub(crate) fn payment(customer: &str, total: &str, settles: &[(&str, &str)]) -> Value {
    let lines: Vec<Value> = settles.iter().map(|(id, amount)| json!({"Amount": number(amount), "LinkedTxn": [{"TxnId": id, "TxnType": "Invoice"}]})).collect();
    json!({"CustomerRef": {"value": customer}, "TotalAmt": number(total), "Line": lines})
}

pub(crate) fn id(object: &Value) -> &str {
    object["Id"].as_str().unwrap()
}
