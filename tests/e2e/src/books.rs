//! What is in a company's books, seen past the product: objects, trial balance, and every call made.

use std::collections::BTreeMap;

use reqwest::Method;
use serde_json::{Value, json};

use crate::Tenant;
use crate::http::order;

/// The last document that the sample company is born with.
const LAST_SEEDED: u64 = 144;

impl Tenant {
    /// What everything that was booked since the company was made comes to, by account: `"-15000.00"` is a credit.
    /// Accounts on which nothing is left are not there.
    pub async fn effect(&self) -> BTreeMap<String, String> {
        let books = self.books().await;
        let effect = books["effect"].as_object().cloned().unwrap_or_default();
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        effect.into_iter().map(|(account, sum)| (account, text(&sum))).collect()
    }

    /// Every document since the company was made, with what it posts: `{"entity","id","number","date","voided",
    /// "postings":[{"account","debit"|"credit","name"}]}`.
    pub async fn documents(&self) -> Vec<Value> {
        self.books().await["documents"].as_array().cloned().unwrap_or_default()
    }

    async fn books(&self) -> Value {
        let books = format!("books?after={LAST_SEEDED}");
        order(Method::GET, &self.simulator(&books), None).await
    }

    /// An object of an entity, by its id.
    pub async fn object(&self, entity: &str, id: &str) -> Value {
        let objects = self.objects(entity).await;
        let found = objects.into_iter().find(|object| object["Id"] == id);
        found.unwrap_or_else(|| panic!("there is no {entity} {id}"))
    }

    /// A person writes in QuickBooks.
    pub async fn bookkeeper(&self, entity: &str, body: Value) -> Value {
        order(Method::POST, &self.simulator(&format!("bookkeeper/{entity}")), Some(&body)).await
    }

    /// A person presses a button on an object in QuickBooks: `delete`, `void`, `edit`, `pay`, `deposit`, `undeposit`,
    /// `inactivate` or `reactivate`.
    pub async fn bookkeeper_does(&self, deed: &str, entity: &str, id: &str) -> Value {
        self.bookkeeper_does_with(deed, entity, id, json!({})).await
    }

    /// As [`Tenant::bookkeeper_does`], with what the screen asks for, such as `{"amount":"100.00","account":"Checking"}`.
    pub async fn bookkeeper_does_with(
        &self,
        deed: &str,
        entity: &str,
        id: &str,
        form: Value,
    ) -> Value {
        let address = self.simulator(&format!("bookkeeper/{entity}/{id}/{deed}"));
        order(Method::POST, &address, Some(&form)).await
    }

    /// The bookkeeper closes the books through a day, or reopens them.
    pub async fn close_books(&self, through: Option<&str>) {
        self.switch(json!({"book_close_date": through})).await;
    }

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

/// The calls as `Invoice create`, for messages and comparisons; those of a batch one by one.
pub fn outline(calls: &[Value]) -> Vec<String> {
    let word = |call: &Value, name: &str| call[name].as_str().unwrap_or_default().to_owned();
    let one_by_one = calls.iter().flat_map(|call| match call["items"].as_array() {
        Some(items) => items.iter().collect(),
        None => vec![call],
    });
    one_by_one.map(|call| format!("{} {}", word(call, "entity"), word(call, "operation"))).collect()
}

/// How many calls were metered reads.
pub fn metered(calls: &[Value]) -> usize {
    calls.iter().filter(|call| call["metered"] == true).count()
}
