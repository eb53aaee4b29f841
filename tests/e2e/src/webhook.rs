//! What Intuit tells of changes: made, signed and sent by hand, or sent by the simulator.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, Mac};
use reqwest::Method;
use serde_json::{Value, json};
use sha2::Sha256;

use crate::answer::Answer;
use crate::http::order;
use crate::{Tenant, request, send, stack, until};

/// The shapes of a notification.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// `{"eventNotifications":[…]}`.
    Classic,
    /// An array of CloudEvents.
    CloudEvents,
}

impl Format {
    /// Both.
    pub const ALL: [Self; 2] = [Self::Classic, Self::CloudEvents];
}

/// One change that is told.
#[derive(Debug, Clone)]
pub struct Told {
    /// The company's realm id.
    pub realm: String,
    /// As QuickBooks calls it: `BillPayment`.
    pub entity: String,
    /// The object's id.
    pub id: String,
    /// `Create`, `Update`, `Delete`, `Void`, `Merge`.
    pub operation: String,
    /// When, with milliseconds and `Z`.
    pub at: String,
    /// What was merged away.
    pub loser: Option<String>,
}

/// The body that tells changes, those of one company together.
pub fn body(format: Format, told: &[Told]) -> String {
    match format {
        Format::Classic => {
            let mut companies: Vec<(&str, Vec<Value>)> = Vec::new();
            for told in told {
                let entity = told.classic();
                match companies.iter_mut().find(|(realm, _)| *realm == told.realm) {
                    Some((_, entities)) => entities.push(entity),
                    None => companies.push((&told.realm, vec![entity])),
                }
            }
            let company = |(realm, entities): (&str, Vec<Value>)| json!({"realmId": realm, "dataChangeEvent": {"entities": entities}});
            let notifications: Vec<Value> = companies.into_iter().map(company).collect();
            json!({"eventNotifications": notifications}).to_string()
        }
        Format::CloudEvents => {
            Value::Array(told.iter().map(Told::cloud_event).collect()).to_string()
        }
    }
}

impl Told {
    fn classic(&self) -> Value {
        let mut entity = json!({"name": self.entity, "id": self.id, "operation": self.operation, "lastUpdated": self.at});
        if let Some(loser) = &self.loser {
            entity["deletedId"] = json!(loser);
        }
        entity
    }

    fn cloud_event(&self) -> Value {
        let done = match self.operation.as_str() {
            "Void" => "void".to_owned(),
            operation if operation.ends_with('e') => format!("{operation}d").to_lowercase(),
            operation => operation.to_lowercase(),
        };
        json!({
            "specversion": "1.0",
            "id": uuid::Uuid::new_v4().to_string(),
            "source": "intuit.dGVzdA==",
            "type": format!("qbo.{}.{done}.v1", self.entity.to_lowercase()),
            "datacontenttype": "application/json",
            "time": self.at,
            "intuitentityid": self.id,
            "intuitaccountid": self.realm,
            "data": self.loser.as_ref().map_or_else(|| json!({}), |loser| json!({"deletedId": loser})),
        })
    }
}

/// What Intuit writes into `intuit-signature`.
pub fn signature(body: &str, verifier: &str) -> String {
    let mut code = Hmac::<Sha256>::new_from_slice(verifier.as_bytes())
        .expect("this code takes keys of every length");
    code.update(body.as_bytes());
    STANDARD.encode(code.finalize().into_bytes())
}

/// Sends a body as Intuit does.
pub async fn tell(body: &str) -> Answer {
    tell_with(body, Some(&signature(body, &stack().webhook_verifier))).await
}

/// Sends a body with any signature, or none.
pub async fn tell_with(body: &str, signature: Option<&str>) -> Answer {
    let mut request = request("intuit-webhook", Method::POST, "/intuit/webhooks")
        .header("content-type", "application/json")
        .body(body.to_owned());
    if let Some(signature) = signature {
        request = request.header("intuit-signature", signature);
    }
    send(request).await
}

impl Tenant {
    /// That an object of the company changed just now, by the company's clock.
    pub async fn told(&self, entity: &str, id: &str, operation: &str) -> Told {
        let now: jiff::Timestamp = self.now().await.parse().expect("a clock has a time");
        Told {
            realm: self.realm.clone(),
            entity: entity.to_owned(),
            id: id.to_owned(),
            operation: operation.to_owned(),
            at: format!("{now:.3}"),
            loser: None,
        }
    }

    /// Tells one change, and waits until it was seen to.
    pub async fn is_told(&self, told: &Told, format: Format) {
        let answer = tell(&body(format, std::slice::from_ref(told))).await;
        assert_eq!(answer.status, 200, "{}", answer.body);
        self.notices_are_done().await;
    }

    /// Lets QuickBooks tell what happens in the company from now on.
    pub async fn webhooks_on(&self) {
        self.switch(json!({"webhooks": "on"})).await;
    }

    /// What QuickBooks told of the company.
    pub async fn deliveries(&self) -> Vec<Value> {
        let listed = order(Method::GET, &self.simulator("webhooks"), None).await;
        listed["deliveries"].as_array().cloned().unwrap_or_default()
    }

    /// Waits until all that QuickBooks told has arrived and was seen to.
    pub async fn all_told(&self) {
        until("everything to be told", async || {
            let deliveries = self.deliveries().await;
            deliveries.iter().all(|delivery| delivery["state"] == "delivered").then_some(())
        })
        .await;
        self.notices_are_done().await;
    }

    /// Waits until every notice that was stored was seen to.
    pub async fn notices_are_done(&self) {
        until("every notice to be seen to", async || {
            let notices = self.notices().await;
            notices.iter().all(|notice| notice["done"]["BOOL"] == true).then_some(())
        })
        .await;
    }

    /// What is stored of notices, in DynamoDB's own notation.
    pub async fn notices(&self) -> Vec<Value> {
        let is_notice =
            |item: &Value| item["sk"]["S"].as_str().is_some_and(|sk| sk.starts_with("NOTICE#"));
        self.items().await.into_iter().filter(is_notice).collect()
    }

    /// Collects what QuickBooks would tell.
    pub async fn hold_webhooks(&self) {
        order(Method::POST, &self.simulator("webhooks/hold"), Some(&json!({}))).await;
    }

    /// Lets QuickBooks tell at once what was collected.
    pub async fn release_webhooks(&self) {
        order(Method::POST, &self.simulator("webhooks/release"), Some(&json!({}))).await;
    }
}
