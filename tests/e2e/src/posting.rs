//! Sending records and looking at what became of them.

use reqwest::Method;
use serde_json::{Value, json};

use crate::wait::until_it;
use crate::{Answer, Tenant};

impl Tenant {
    /// Sends a bill.
    pub async fn put_bill(&self, id: &str, bill: &Value) -> Answer {
        self.call("billing-invoice", Method::PUT, &self.path(&format!("bills/{id}")), Some(bill))
            .await
    }

    /// Something happened to a bill at the host, without a person.
    pub async fn bill_happens(&self, id: &str, bill: &Value) -> Answer {
        let path = self.path(&format!("bills/{id}?trigger=event"));
        self.call("billing-invoice", Method::PUT, &path, Some(bill)).await
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

    /// A person presses "Sync" on a bill, with wishes such as `override_rules` and `verify`.
    pub async fn sync_bill_with(&self, id: &str, wishes: &Value) -> Answer {
        let path = self.path(&format!("bills/{id}/sync"));
        self.call("billing-invoice", Method::POST, &path, Some(wishes)).await
    }

    /// Waits until a bill is in a state.
    pub async fn bill_becomes(&self, id: &str, state: &str) -> Answer {
        let what = format!("bill {id} to be {state}");
        until_it(&what, async || self.bill(id).await, |answer| answer.state() == state).await
    }

    /// Waits until a bill no longer waits for this reason.
    pub async fn bill_leaves(&self, id: &str, code: &str) -> Answer {
        let what = format!("bill {id} no longer to be {code}");
        until_it(&what, async || self.bill(id).await, |answer| answer.code() != code).await
    }

    /// Sends a payment.
    pub async fn put_payment(&self, id: &str, payment: &Value) -> Answer {
        let path = self.path(&format!("payments/{id}"));
        self.call("billing-payment", Method::PUT, &path, Some(payment)).await
    }

    /// Something happened to a payment at the host, without a person.
    pub async fn payment_happens(&self, id: &str, payment: &Value) -> Answer {
        let path = self.path(&format!("payments/{id}?trigger=event"));
        self.call("billing-payment", Method::PUT, &path, Some(payment)).await
    }

    /// Reads a payment.
    pub async fn payment(&self, id: &str) -> Answer {
        self.call("billing-payment", Method::GET, &self.path(&format!("payments/{id}")), None).await
    }

    /// A person presses "Sync" on a payment.
    pub async fn sync_payment(&self, id: &str) -> Answer {
        let path = self.path(&format!("payments/{id}/sync"));
        self.call("billing-payment", Method::POST, &path, None).await
    }

    /// Takes a payment back.
    pub async fn delete_payment(&self, id: &str) -> Answer {
        self.call("billing-payment", Method::DELETE, &self.path(&format!("payments/{id}")), None)
            .await
    }

    /// Waits until a payment is in a state.
    pub async fn payment_becomes(&self, id: &str, state: &str) -> Answer {
        let what = format!("payment {id} to be {state}");
        until_it(&what, async || self.payment(id).await, |answer| answer.state() == state).await
    }

    /// Sends a disbursement.
    pub async fn put_disbursement(&self, id: &str, disbursement: &Value) -> Answer {
        let path = self.path(&format!("disbursements/{id}"));
        self.call("disbursement", Method::PUT, &path, Some(disbursement)).await
    }

    /// Something happened to a disbursement at the host, without a person.
    pub async fn disbursement_happens(&self, id: &str, disbursement: &Value) -> Answer {
        let path = self.path(&format!("disbursements/{id}?trigger=event"));
        self.call("disbursement", Method::PUT, &path, Some(disbursement)).await
    }

    /// Reads a disbursement.
    pub async fn disbursement(&self, id: &str) -> Answer {
        let path = self.path(&format!("disbursements/{id}"));
        self.call("disbursement", Method::GET, &path, None).await
    }

    /// A person presses "Sync" on a disbursement.
    pub async fn sync_disbursement(&self, id: &str) -> Answer {
        let path = self.path(&format!("disbursements/{id}/sync"));
        self.call("disbursement", Method::POST, &path, None).await
    }

    /// A person presses "Sync" on a disbursement, with wishes such as `override_rules` and `verify`.
    pub async fn sync_disbursement_with(&self, id: &str, wishes: &Value) -> Answer {
        let path = self.path(&format!("disbursements/{id}/sync"));
        self.call("disbursement", Method::POST, &path, Some(wishes)).await
    }

    /// Waits until a disbursement as a whole is in a state.
    pub async fn disbursement_becomes(&self, id: &str, state: &str) -> Answer {
        let what = format!("disbursement {id} to be {state}");
        until_it(&what, async || self.disbursement(id).await, |answer| answer.state() == state)
            .await
    }

    /// A person puts a record on hold.
    pub async fn hold(&self, kind: &str, id: &str) -> Answer {
        self.decide("hold", &json!({"kind": kind, "id": id})).await
    }

    /// A person releases what is held; `which` narrows it.
    pub async fn release(&self, which: &Value) -> Answer {
        self.decide("release", which).await
    }

    /// A person leaves a document removed that somebody removed in QuickBooks.
    pub async fn unlink(&self, kind: &str, id: &str) -> Answer {
        self.decide("unlink", &json!({"kind": kind, "id": id})).await
    }

    async fn decide(&self, what: &str, body: &Value) -> Answer {
        let path = self.path(&format!("postings/{what}"));
        self.call("settings", Method::POST, &path, Some(body)).await
    }

    /// The postings in a state, a page of at most 100; `narrowed` such as `&kind=disbursement`.
    pub async fn postings(&self, state: &str, narrowed: &str) -> Vec<Value> {
        let listed = self.ask(&format!("postings?state={state}&limit=100{narrowed}")).await;
        assert_eq!(listed.status, 200, "{}", listed.body);
        listed.body["postings"].as_array().cloned().unwrap_or_default()
    }
}
