//! What is in a company's books, seen past the product: objects, trial balance, and every call made.

use reqwest::Method;
use serde_json::Value;

use crate::Tenant;
use crate::http::order;

impl Tenant {
    /// The company's objects of an entity that carry ledgerbridge's marker, voided ones included.
    pub async fn ours(&self, entity: &str) -> Vec<Value> {
        let ours = |object: &Value| {
            object["PrivateNote"].as_str().is_some_and(|note| note.contains("[lb:"))
        };
        self.objects(entity).await.into_iter().filter(ours).collect()
    }

    /// All objects of an entity that are not deleted.
    pub async fn objects(&self, entity: &str) -> Vec<Value> {
        let answer = order(Method::GET, &self.simulator(&format!("objects/{entity}")), None).await;
        let objects = answer["objects"].as_array().cloned().unwrap_or_default();
        objects.into_iter().filter(|object| object["status"] != "Deleted").collect()
    }

    /// The invoices of ours with this number.
    pub async fn invoices(&self, number: &str) -> Vec<Value> {
        self.ours("invoice")
            .await
            .into_iter()
            .filter(|invoice| invoice["DocNumber"] == number)
            .collect()
    }

    /// Asserts that debits equal credits, to the cent.
    pub async fn assert_balanced(&self) {
        let balance = order(Method::GET, &self.simulator("trial-balance"), None).await;
        assert_eq!(balance["difference"].to_string(), "0", "{balance}");
    }

    /// The API calls since `after` (0 for all), in order; calls for tokens are left out.
    pub async fn calls_since(&self, after: u64) -> Vec<Value> {
        let calls = self.journal(after).await;
        calls
            .into_iter()
            .filter(|call| call["path"].as_str().is_some_and(|path| path.starts_with("/v3/")))
            .collect()
    }

    /// Every call since `after`.
    pub async fn journal(&self, after: u64) -> Vec<Value> {
        let answer =
            order(Method::GET, &self.simulator(&format!("journal?after={after}")), None).await;
        answer["calls"].as_array().cloned().unwrap_or_default()
    }

    /// The number of the last call, to ask [`Tenant::calls_since`] about what follows.
    pub async fn mark(&self) -> u64 {
        self.journal(0).await.last().and_then(|call| call["seq"].as_u64()).unwrap_or(0)
    }

    /// How often tokens were refreshed.
    pub async fn refreshes(&self) -> usize {
        self.journal(0).await.iter().filter(|call| call["operation"] == "token_refresh").count()
    }
}

/// A JSON number digit by digit.
pub fn digits(number: &Value) -> String {
    number.to_string()
}

/// The calls as `POST invoice create`, for messages and comparisons.
pub fn outline(calls: &[Value]) -> Vec<String> {
    let word = |call: &Value, name: &str| call[name].as_str().unwrap_or_default().to_owned();
    calls
        .iter()
        .map(|call| format!("{} {}", word(call, "entity"), word(call, "operation")))
        .collect()
}

/// How many calls were metered reads.
pub fn metered(calls: &[Value]) -> usize {
    calls.iter().filter(|call| call["metered"] == true).count()
}
