//! Function disbursement: the gross commission becomes income, what each payee gets becomes expense, tied to the cent.

mod changes;
mod exactly_once;
mod lost_answers;
mod names;
mod operating;
mod paid;
mod refused;
mod removed;
mod templates;

use std::collections::BTreeMap;

use e2e::records::Disbursement;
use e2e::{Answer, Tenant, until};
use futures_util::StreamExt;
use serde_json::{Value, json};

const INVOICE: &str = "brokerage_income_invoice";
const RECEIPT: &str = "brokerage_income_sales_receipt";
const DEPOSIT: &str = "brokerage_income_deposit";
const BILL: &str = "agent_expense_bill";
const CHECK: &str = "agent_expense_check";
const JOURNAL: &str = "agent_expense_journal_entry";

/// Each template once.
const PAIRS: [(&str, &str); 3] = [(INVOICE, BILL), (RECEIPT, CHECK), (DEPOSIT, JOURNAL)];

/// What a template's records become.
fn kind(template: &str) -> &'static str {
    match template {
        INVOICE => "Invoice",
        RECEIPT => "SalesReceipt",
        DEPOSIT => "Deposit",
        BILL => "Bill",
        CHECK => "Purchase",
        JOURNAL => "JournalEntry",
        unknown => panic!("{unknown} posts no disbursement"),
    }
}

/// Sends a disbursement, and waits for what goes on in the queue: a busy machine may have no time for all of it in one call.
async fn put(tenant: &Tenant, id: &str, disbursement: &Disbursement) -> Answer {
    rested(tenant, id, tenant.put_disbursement(id, &disbursement.value()).await).await
}

/// As [`put`], for something that happened at the host without a person.
async fn happens(tenant: &Tenant, id: &str, disbursement: &Disbursement) -> Answer {
    rested(tenant, id, tenant.disbursement_happens(id, &disbursement.value()).await).await
}

/// A person presses Sync; as [`put`].
async fn sync(tenant: &Tenant, id: &str) -> Answer {
    sync_with(tenant, id, json!({})).await
}

/// As [`sync`], with wishes such as `verify`.
async fn sync_with(tenant: &Tenant, id: &str, wishes: Value) -> Answer {
    rested(tenant, id, tenant.sync_disbursement_with(id, &wishes).await).await
}

async fn rested(tenant: &Tenant, id: &str, answer: Answer) -> Answer {
    if !goes_on(&answer) {
        return answer;
    }
    let look = async || Some(tenant.disbursement(id).await).filter(|answer| !goes_on(answer));
    until(&format!("disbursement {id} to be at rest"), look).await
}

/// Whether a part waits for time.
fn goes_on(answer: &Answer) -> bool {
    let parts = answer.body["parts"].as_array().into_iter().flatten();
    parts.into_iter().any(|part| part["state"] == "queued" || part["state"] == "posting")
}

/// Asserts what the call did, if it had the time to end it itself.
fn did(answer: &Answer, outcome: &str) {
    assert!(["", outcome].contains(&answer.outcome()), "not {outcome}: {}", answer.body);
}

/// Asserts where a disbursement stands and why, and that a person is told what to do.
fn stands(answer: Answer, state: &str, code: &str) -> Answer {
    assert_eq!((answer.state(), answer.code()), (state, code), "{}", answer.body);
    let remedy = answer.body["posting"]["reason"]["remedy"].as_str().unwrap_or_default();
    assert!(!remedy.is_empty(), "a reason without a remedy: {}", answer.body);
    answer
}

/// A few at a time: more would only wait for each other.
async fn side_by_side(limit: usize, runs: impl Iterator<Item = impl Future<Output = ()>>) {
    futures_util::stream::iter(runs).buffer_unordered(limit).collect::<Vec<()>>().await;
}

/// What the books show of an income and of what payees get of it, both in cents.
fn booked(income: &str, gross: i64, expense: &str, paid_out: i64) -> BTreeMap<String, String> {
    let asset = if income == INVOICE { "Accounts Receivable (A/R)" } else { "Checking" };
    let other = match expense {
        BILL => "Accounts Payable (A/P)",
        CHECK => "Checking",
        _ => "Loan Payable",
    };
    let mut sums = BTreeMap::new();
    for (account, cents) in
        [(asset, gross), ("Services", -gross), ("Commissions & fees", paid_out), (other, -paid_out)]
    {
        *sums.entry(account.to_owned()).or_insert(0) += cents;
    }
    sums.retain(|_, cents| *cents != 0);
    sums.into_iter().map(|(account, cents)| (account, amount(cents))).collect()
}

/// `-12.05` for -1205.
fn amount(cents: i64) -> String {
    let sign = if cents < 0 { "-" } else { "" };
    format!("{sign}{}.{:02}", cents.abs() / 100, cents.abs() % 100)
}

/// The document of a part that counts; null when there is none.
fn living(part: &Value) -> &Value {
    let objects = part["objects"].as_array().into_iter().flatten();
    let mut living = objects.filter(|object| object["removal"].is_null());
    let found = living.next().unwrap_or(&Value::Null);
    assert_eq!(living.next(), None, "two documents of one part: {part}");
    found
}

/// The id of the document of a part that counts.
fn id(part: &Value) -> String {
    living(part)["id"].as_str().unwrap_or_else(|| panic!("no document: {part}")).to_owned()
}

/// All documents that count, as `Bill 145`, income first.
fn documents(answer: &Answer) -> Vec<String> {
    let parts = answer.body["parts"].as_array().expect("a disbursement has parts");
    let living = parts.iter().map(living).filter(|object| !object.is_null());
    living.map(|object| format!("{} {}", object["type"], object["id"]).replace('"', "")).collect()
}

/// The ids of a document's lines, in order.
fn lines(document: &Value) -> Vec<String> {
    let lines = document["Line"].as_array().expect("a document has lines").iter();
    let own = lines.filter(|line| line["DetailType"] != "SubTotalLineDetail");
    own.map(|line| line["Id"].as_str().expect("a line has an id").to_owned()).collect()
}

/// The example with another agent, who gets 1,000.00 of what the company keeps.
fn with_a_second_agent(disbursement: Disbursement) -> Disbursement {
    disbursement.share("3000.00").agent("A2", "Ben Jones", "1000.00")
}
