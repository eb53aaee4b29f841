//! Which days a document may have: the company's start, its closing date, the workflow's cut-off and its date filter.

mod books;
mod interrupted;

use e2e::records::{Disbursement, bill, payment};
use e2e::workflows::{BILLING, INCOMES};
use e2e::{Answer, Tenant};
use serde_json::{Value, json};

/// A tenant whose agent billing runs with these choices besides the accounts, and dates documents by their close date.
async fn billing(profile: Value, more: Value) -> Tenant {
    let tenant = Tenant::with_company(profile).await;
    tenant.connects().await;
    let mut choices = json!({"transaction_date": "close_date"});
    for (field, value) in more.as_object().into_iter().flatten() {
        choices[field] = value.clone();
    }
    tenant.set_up_with(BILLING, choices).await;
    tenant
}

/// A bill that closed on that day.
fn closed(version: u64, number: &str, day: &str) -> Value {
    let mut bill = bill(version, number, "10.00");
    bill["closed_on"] = json!(day);
    bill
}

/// Asserts that the reason names the record's date and each of these days.
#[track_caller]
fn names(answer: &Answer, days: &[&str]) {
    let reason = answer.body["posting"]["reason"].to_string();
    for day in days {
        assert!(reason.contains(day), "{day} is not named: {reason}");
    }
}

/// cut-off and filter skip, name the fence, make no call, and include their own days.
#[tokio::test]
async fn a_rule_of_the_workflow_skips_with_the_fence_and_without_a_call() {
    let filter = json!({"filter_from": "2026-02-01", "filter_to": "2026-03-31"});
    let from = json!({"filter_from": "2026-02-01"});
    let to = json!({"filter_to": "2026-03-31"});
    let cut_off = json!({"cut_off": "2026-02-01"});
    let both = json!({"cut_off": "2026-02-01", "filter_to": "2026-03-31"});
    for (rules, day, code, named) in [
        (&cut_off, "2026-01-31", "before_cut_off", "2026-02-01"),
        (&cut_off, "2026-02-01", "", ""),
        (&filter, "2026-01-31", "outside_filter", "2026-02-01"),
        (&filter, "2026-02-01", "", ""),
        (&filter, "2026-03-31", "", ""),
        (&filter, "2026-04-01", "outside_filter", "2026-03-31"),
        (&from, "2026-01-31", "outside_filter", "2026-02-01"),
        (&from, "2026-12-31", "", ""),
        (&to, "2020-01-01", "", ""),
        (&to, "2026-04-01", "outside_filter", "2026-03-31"),
        (&both, "2026-01-31", "before_cut_off", "2026-02-01"),
        (&both, "2026-04-01", "outside_filter", "2026-03-31"),
    ] {
        let case = format!("{rules} on {day}");
        let tenant = billing(json!({}), rules.clone()).await;
        let mark = tenant.mark().await;
        let answer = tenant.put_bill("B1", &closed(1, "B-1", day)).await;
        if code.is_empty() {
            assert_eq!(answer.posted().object("Invoice")["date"], day, "{case}");
            continue;
        }
        assert_eq!((answer.state(), answer.code()), ("skipped", code), "{case}");
        let answer = answer.rests("skipped", code);
        names(&answer, &[day, named]);
        // A person who presses Sync is told the same; overriding has to be said.
        let pressed = tenant.sync_bill("B1").await.rests("skipped", code);
        names(&pressed, &[day, named]);
        assert_eq!(tenant.calls_since(mark).await.len(), 0, "{case}");
        let forced = tenant.sync_bill_with("B1", &json!({"override_rules": true})).await.posted();
        assert_eq!(forced.object("Invoice")["date"], day, "{case}");
        // What was overridden once stays so for this record.
        let mut next = closed(2, "B-1", day);
        next["memo"] = json!("Changed");
        let updated = tenant.put_bill("B1", &next).await.posted();
        assert_eq!(updated.outcome(), "updated", "{case}");
        assert_eq!(tenant.invoices("B-1").await.len(), 1, "{case}");
        tenant.assert_balanced().await;
    }
}

/// a rule that is changed lets the record through when it comes again.
#[tokio::test]
async fn a_rule_that_is_taken_back_lets_the_record_through() {
    let tenant = billing(json!({}), json!({"cut_off": "2026-02-01"})).await;
    let record = closed(1, "B-1", "2026-01-15");
    tenant.put_bill("B1", &record).await.rests("skipped", "before_cut_off");
    tenant.configure(BILLING, &json!({"cut_off": "2026-01-15"})).await;
    tenant.put_bill("B1", &record).await.posted();
    // What is posted is not taken out again by a rule that comes later, and a change of it is judged by the rule.
    tenant.configure(BILLING, &json!({"cut_off": "2026-02-01"})).await;
    tenant.put_bill("B1", &record).await;
    assert_eq!(tenant.invoices("B-1").await.len(), 1);
    let backwards = json!({"filter_from": "2026-03-01", "filter_to": "2026-02-01"});
    let refused = tenant.configure(BILLING, &backwards).await.problem(422, "invalid_fields");
    assert_eq!(refused.paths(), ["configuration.filter_to"], "{}", refused.body);
}

/// each workflow has its own fences; the same rules hold for payments and disbursements, by their own dates.
#[tokio::test]
async fn each_workflow_has_rules_of_its_own() {
    let tenant = billing(json!({}), json!({"cut_off": "2026-03-06"})).await;
    tenant.set_up_with(INCOMES[0], json!({"filter_to": "2026-04-30"})).await;
    tenant.set_up("agent_expense_bill").await;
    let late = closed(1, "B-1", "2026-04-01");
    tenant.put_bill("B1", &late).await.posted();
    // The payment is dated the day it was paid: 5 March.
    let paying = payment(1, "10.00", &[("B1", "10.00")]);
    let skipped = tenant.put_payment("P1", &paying).await.rests("skipped", "before_cut_off");
    names(&skipped, &["2026-03-05", "2026-03-06"]);

    let sale = Disbursement::simple(1, "D-1", "4000.00", "9000.00").value();
    let half = tenant.put_disbursement("D1", &sale).await.posted();
    assert_eq!(half.income()["state"], "skipped", "{}", half.body);
    assert_eq!(half.income()["reason"]["code"], "outside_filter", "{}", half.body);
    assert_eq!(half.expense("A1")["state"], "posted", "{}", half.body);
    let forced =
        tenant.sync_disbursement_with("D1", &json!({"override_rules": true})).await.posted();
    assert_eq!(forced.income()["state"], "posted", "{}", forced.body);
    assert_eq!((tenant.invoices("D-1").await.len(), tenant.ours("bill").await.len()), (1, 1));
    tenant.assert_balanced().await;
}
