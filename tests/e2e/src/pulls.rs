//! Payments that bookkeepers enter in QuickBooks, and bringing them back.

use reqwest::Method;
use serde_json::{Value, json};

use crate::aws::{self, Identity};
use crate::wait::until_it;
use crate::{Answer, Tenant};

/// Templates that make invoices and, for each payee, a bill.
const BILLS: [&str; 2] = ["brokerage_income_invoice", "agent_expense_bill"];
/// Payments of one page.
const PAGE: usize = 100;

/// The schedule's call: every pull that is due is put into the queue.
pub async fn scheduled() {
    let begun = Identity::root().invoke("payment-pull", &json!({"ledgerbridge": "pull"})).await;
    assert_eq!(begun.status, 200, "{}", begun.body);
}

/// How many of the calls asked what changed.
pub fn changes_asked(calls: &[Value]) -> usize {
    calls
        .iter()
        .filter(|call| call["path"].as_str().is_some_and(|path| path.ends_with("/cdc")))
        .count()
}

impl Tenant {
    /// A tenant that posts bills.
    pub async fn billing_vendors() -> Self {
        Self::disbursing(BILLS[0], BILLS[1]).await
    }

    /// A tenant that posts bills, and gets what is paid on them.
    pub async fn pulling() -> Self {
        let tenant = Self::billing_vendors().await;
        tenant.pull_on().await;
        tenant
    }

    /// Switches the pull on, as an admin who confirms the company.
    pub async fn pull_on(&self) {
        let saved = self.configure_pull(&json!({"company": self.realm, "on": true})).await;
        assert_eq!(saved.status, 200, "{}", saved.body);
    }

    /// Says whether and how often payments are pulled.
    pub async fn configure_pull(&self, body: &Value) -> Answer {
        self.of_pull(Method::PUT, "payment-pull", Some(body)).await
    }

    /// How payments are pulled.
    pub async fn payment_pull(&self) -> Answer {
        self.of_pull(Method::GET, "payment-pull", None).await
    }

    /// A person asks for the payments now.
    pub async fn ask_for_payments(&self) -> Answer {
        self.of_pull(Method::POST, "payment-pulls", None).await
    }

    /// Pulls to the end, which a busy machine may not reach in one call: what came of it.
    pub async fn pull(&self) -> Value {
        let asked = until_it(
            "an answer",
            async || self.ask_for_payments().await,
            |answer| ![202, 503].contains(&answer.status),
        )
        .await;
        assert_eq!(asked.status, 200, "{}", asked.body);
        asked.body["pulled"].clone()
    }

    /// Every issued payment, through its pages; `narrowed` such as `&state=voided`.
    pub async fn issued_payments(&self, narrowed: &str) -> Vec<Value> {
        let (mut payments, mut cursor) = (Vec::new(), String::new());
        loop {
            let path = format!("issued-payments?limit={PAGE}{narrowed}{cursor}");
            let page = self.of_pull(Method::GET, &path, None).await;
            assert_eq!(page.status, 200, "{}", page.body);
            payments.extend(page.body["issued_payments"].as_array().cloned().unwrap_or_default());
            match page.body["next"].as_str() {
                Some(next) => cursor = format!("&cursor={next}"),
                None => return payments,
            }
        }
    }

    /// The only issued payment.
    pub async fn issued_payment(&self) -> Value {
        let mut payments = self.issued_payments("").await;
        assert_eq!(payments.len(), 1, "{payments:?}");
        payments.remove(0)
    }

    /// Waits until the payment of this id in QuickBooks is in a state.
    pub async fn issued_becomes(&self, payment: &str, state: &str) -> Value {
        let what = format!("payment {payment} to be {state}");
        let of_state = |answer: &Answer| answer.body["issued_payment"]["state"] == state;
        until_it(&what, async || self.issued(payment).await, of_state).await.body["issued_payment"]
            .clone()
    }

    /// The issued payment of this id in QuickBooks.
    pub async fn issued(&self, payment: &str) -> Answer {
        self.of_pull(Method::GET, &self.issued_path(payment), None).await
    }

    /// The host gives an issued payment its own number and attachments.
    pub async fn annotate(&self, payment: &str, body: &Value) -> Answer {
        self.of_pull(Method::PUT, &self.issued_path(payment), Some(body)).await
    }

    /// An admin removes an issued payment.
    pub async fn remove_issued(&self, payment: &str) -> Answer {
        self.of_pull(Method::DELETE, &self.issued_path(payment), None).await
    }

    fn issued_path(&self, payment: &str) -> String {
        format!("issued-payments/{}.{payment}", self.realm)
    }

    /// Calls the function with the host's key.
    pub async fn of_pull(&self, method: Method, rest: &str, body: Option<&Value>) -> Answer {
        self.call("payment-pull", method, &self.path(rest), body).await
    }

    /// Posts a disbursement and tells which bills payees got, in the order of `payees`.
    pub async fn bills_of(&self, id: &str, record: &Value, payees: &[&str]) -> Vec<String> {
        self.put_disbursement(id, record).await;
        let posted = self.disbursement_becomes(id, "posted").await;
        let bill = |payee: &&str| {
            let objects = posted.expense(payee)["objects"].as_array();
            let id =
                objects.and_then(|objects| objects.first()).and_then(|bill| bill["id"].as_str());
            id.unwrap_or_else(|| panic!("{payee} has no bill: {}", posted.body)).to_owned()
        };
        payees.iter().map(bill).collect()
    }

    /// What is open on a payee's bill, as the host sees it.
    pub async fn open_on(&self, id: &str, payee: &str) -> String {
        let shown = self.disbursement(id).await;
        let balance = &shown.expense(payee)["objects"][0]["balance"];
        balance.as_str().unwrap_or_else(|| panic!("{}", shown.body)).to_owned()
    }

    /// The vendor of a bill.
    pub async fn vendor_of(&self, bill: &str) -> String {
        let bill = self.object("bill", bill).await;
        bill["VendorRef"]["value"].as_str().expect("a bill has a vendor").to_owned()
    }

    /// A person pays a part of a bill; the payment's id.
    pub async fn pay(&self, bill: &str, amount: &str) -> String {
        let paid = self.bookkeeper_does_with("pay", "bill", bill, json!({"amount": amount})).await;
        id_of(&paid, "BillPayment")
    }

    /// A person enters a payment, of `{"bill":"145","amount":"50.00"}` and such; the payment's id. `more` is what else the
    /// screen asks for.
    pub async fn enter_payment(&self, vendor: &str, lines: Value, more: Value) -> String {
        let mut form = json!({"vendor": vendor, "lines": lines});
        for (field, value) in more.as_object().into_iter().flatten() {
            form[field] = value.clone();
        }
        id_of(&self.bookkeeper("billpayment/enter", form).await, "BillPayment")
    }

    /// A bill, or another document of expense, that a person enters themselves; its id.
    pub async fn entered_by_hand(&self, entity: &str, vendor: &str, amount: &str) -> String {
        let detail = json!({"AccountRef": {"value": crate::COMMISSIONS}});
        let line = json!({"Amount": number(amount), "DetailType": "AccountBasedExpenseLineDetail",
            "AccountBasedExpenseLineDetail": detail});
        let body = json!({"VendorRef": {"value": vendor}, "Line": [line]});
        let entered = self.bookkeeper(&entity.to_lowercase(), body).await;
        id_of(&entered, entity)
    }

    /// How the pull is stored, in DynamoDB's own notation.
    pub async fn stored_pull(&self) -> Value {
        aws::item(&self.pull_key()).await
    }

    /// Sets a text of the stored pull, such as `through`.
    pub async fn set_in_pull(&self, name: &str, value: &str) {
        aws::set(&self.pull_key(), &[(name, value)]).await;
    }

    /// Makes the pull due since `at`.
    pub async fn pull_due_since(&self, at: &str) {
        aws::set(&self.pull_key(), &[("due_at", at), ("state_since", at)]).await;
    }

    /// Gives the queue the message that the schedule gives it for a pull that is due since `at`, however often, once.
    pub async fn pull_falls_due(&self, at: &str) {
        let cause = json!({"due": {"company": self.realm, "at": at}});
        let message = json!({"schema": 1, "tenant": self.id, "pull": cause});
        let name = format!("{} {} {at}", self.id, self.realm);
        aws::send_message_once("payment-pull", self, &message, &name).await;
    }

    fn pull_key(&self) -> Value {
        json!({"pk": {"S": format!("T#{}", self.id)}, "sk": {"S": format!("PULL#{}", self.realm)}})
    }

    /// The actions of the tenant's history with what they say, oldest first; the company's id is left out, so that the
    /// same story of two tenants reads the same.
    pub async fn story(&self) -> Vec<String> {
        let (mut lines, mut cursor) = (Vec::new(), String::new());
        loop {
            let page = self.ask(&format!("history?limit=100{cursor}")).await;
            assert_eq!(page.status, 200, "{}", page.body);
            for line in page.body["history"].as_array().into_iter().flatten() {
                let text = |name: &str| line[name].as_str().unwrap_or_default().to_owned();
                let told = format!("{}: {}", text("action"), text("description"));
                lines.push(told.replace(&self.realm, "COMPANY"));
            }
            match page.body["next"].as_str() {
                Some(next) => cursor = format!("&cursor={next}"),
                None => break,
            }
        }
        lines.reverse();
        lines
    }

    /// The story's lines about payments.
    pub async fn story_of_payments(&self) -> Vec<String> {
        let of_payment =
            |line: &String| line.starts_with("payment_") && !line.starts_with("payment_pull");
        self.story().await.into_iter().filter(of_payment).collect()
    }
}

fn id_of(written: &Value, entity: &str) -> String {
    written[entity]["Id"].as_str().unwrap_or_else(|| panic!("{written}")).to_owned()
}

/// An amount as QuickBooks writes it.
fn number(amount: &str) -> Value {
    serde_json::from_str(amount).expect("an amount is a number")
}
