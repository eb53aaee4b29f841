//! What changes between the arrival of a record and its posting, or after it: workflows, rules, closing dates, people's
//! minds.

use e2e::Tenant;
use e2e::records::{Disbursement, bill, payment};
use e2e::workflows::{BILLING, COMMISSIONS, LIABILITY, SAVINGS};
use serde_json::json;

const INVOICE: &str = "brokerage_income_invoice";
const BILL: &str = "agent_expense_bill";
const CHECK: &str = "agent_expense_check";

async fn connected() -> Tenant {
    let tenant = Tenant::new().await;
    tenant.connects().await;
    tenant
}

/// S0-04, S0-11: what was held before the first run is no history once a newer version of it arrives.
#[tokio::test]
async fn a_disbursement_that_began_before_the_first_run_posts_itself_at_100_percent() {
    let tenant = connected().await;
    tenant.auto_sync(true).await;
    let begun = Disbursement::simple(1, "D-1", "6000.00", "9000.00").percent("60");
    tenant.disbursement_happens("D1", &begun.value()).await.rests("held", "not_complete");
    for template in [INVOICE, BILL] {
        tenant.set_up_with(template, json!({"initial_sync": "none"})).await;
    }
    let complete = begun.version(2).percent("100").value();
    tenant.disbursement_happens("D1", &complete).await.posted();
    assert_eq!(tenant.effect().await["Services"], "-15000.00");
}

/// S0-11: nor is what arrives while one template has been paused and another one has not run yet.
#[tokio::test]
async fn what_arrives_between_two_templates_is_posted_by_the_second() {
    let tenant = connected().await;
    for template in [INVOICE, BILL] {
        tenant.set_up_with(template, json!({"initial_sync": "none"})).await;
    }
    tenant.step(BILL, "pause").await;
    let record = Disbursement::simple(1, "D-1", "6000.00", "9000.00").value();
    tenant.put_disbursement("D1", &record).await.waits("blocked", "workflow_paused");
    tenant.set_up_with(CHECK, json!({"initial_sync": "none"})).await;
    tenant.disbursement_becomes("D1", "posted").await;
    assert_eq!(tenant.ours("purchase").await.len(), 1);
    assert_eq!(tenant.ours("bill").await.len(), 0);
}

/// a rule decides what begins to be posted; what was posted before stays in line, and can be paid.
#[tokio::test]
async fn a_cut_off_that_comes_later_lets_nothing_grow_stale() {
    let tenant = Tenant::connected().await;
    let open = bill(1, "B-1", "100.00");
    tenant.put_bill("B1", &open).await.posted();
    tenant.configure(BILLING, &json!({"cut_off": "2030-01-01"})).await;
    tenant.put_bill("B1", &open).await.posted();
    tenant.put_bill("B1", &bill(2, "B-1", "120.00")).await.posted();
    tenant.configure(BILLING, &json!({"cut_off": "2026-03-02"})).await;
    let paying = payment(1, "120.00", &[("B1", "120.00")]);
    tenant.put_payment("P1", &paying).await.posted();
    assert_eq!(tenant.invoices("B-1").await[0]["Balance"].to_string(), "0");
    tenant.configure(BILLING, &json!({"cut_off": "2030-01-01"})).await;
    tenant.put_bill("B2", &bill(1, "B-2", "5.00")).await.rests("skipped", "before_cut_off");
}

/// S4-264: what a person holds stays on hold, also the part of it that is posted, whatever arrives and runs.
#[tokio::test]
async fn a_hold_on_a_half_posted_disbursement_holds_all_of_it() {
    let tenant = connected().await;
    tenant.set_up(INVOICE).await;
    tenant.auto_sync(true).await;
    let record = Disbursement::simple(1, "D-1", "6000.00", "9000.00");
    tenant.put_disbursement("D1", &record.value()).await.waits("blocked", "workflow_not_active");
    assert_eq!(tenant.hold("disbursement", "D1").await.body["held"], 1, "the income is posted");
    tenant.set_up(BILL).await;
    tenant.disbursement_happens("D1", &record.value()).await;
    let more = record.version(2).share("5000.00").split("A1", "10000.00");
    let held = tenant.disbursement_happens("D1", &more.value()).await.rests("held", "on_hold");
    assert_eq!(held.income()["state"], "held");
    assert_eq!(tenant.ours("bill").await.len(), 0);
    tenant.comes_to_rest().await;
    tenant.release(&json!({"kind": "disbursement", "id": "D1"})).await;
    tenant.disbursement_becomes("D1", "posted").await;
    assert_eq!(tenant.effect().await["Accounts Payable (A/P)"], "-10000.00");
}

/// a closing date that was a mistake is not believed any longer than it stands.
#[tokio::test]
async fn documents_are_not_re_dated_for_a_closing_date_that_was_taken_back() {
    let tenant = connected().await;
    let choices = json!({"closed_period": "redate", "transaction_date": "close_date"});
    tenant.set_up_with(BILLING, choices).await;
    let closed_on = |number: &str| {
        let mut bill = bill(1, number, "10.00");
        bill["closed_on"] = json!("2026-03-20");
        bill
    };
    tenant.close_books(Some("2026-12-31")).await;
    let moved = tenant.put_bill("B1", &closed_on("B-1")).await.posted();
    assert_eq!(moved.object("Invoice")["date"], "2027-01-01");
    tenant.close_books(Some("2026-02-28")).await;
    let stays = tenant.put_bill("B2", &closed_on("B-2")).await.posted();
    assert_eq!(stays.object("Invoice")["date"], "2026-03-20");
}

/// S1-26: a bill that we deleted, to make a check of it, is not taken for one that a person deleted, although the answer
/// was lost and QuickBooks does not remember the request.
#[tokio::test]
async fn a_deletion_of_ours_without_an_answer_is_taken_for_ours() {
    let tenant = Tenant::disbursing(INVOICE, BILL).await;
    tenant.switch(json!({"requestid": "off"})).await;
    let record = Disbursement::simple(1, "D-1", "6000.00", "9000.00").value();
    tenant.put_disbursement("D1", &record).await.posted();
    tenant.step(BILL, "pause").await;
    tenant.set_up(CHECK).await;
    let fault = json!({"entity": "Bill", "operation": "delete", "times": 1, "action": {"kind": "commit_then_drop"}});
    tenant.fault(fault).await;
    tenant.put_disbursement("D1", &record).await;
    tenant.disbursement_becomes("D1", "posted").await;
    assert_eq!(tenant.ours("bill").await.len(), 0);
    assert_eq!(tenant.ours("purchase").await.len(), 1);
    assert_eq!(tenant.effect().await["Commissions & fees"], "9000.00");
    tenant.assert_balanced().await;
}

/// S2-23, S1-15: a choice of any kind that goes away in QuickBooks stops what needs it and nothing else, costs one
/// refusal, and what waits is posted with the next choice.
#[tokio::test]
async fn a_choice_that_goes_away_stops_only_what_needs_it() {
    let journal = "agent_expense_journal_entry";
    for (template, field, gone, other) in [
        (BILL, "expense_account", COMMISSIONS, "7"),
        (CHECK, "checking_account", SAVINGS, "35"),
        (journal, "credit_account", SAVINGS, LIABILITY),
    ] {
        let tenant = connected().await;
        tenant.set_up(INVOICE).await;
        tenant.set_up_with(template, json!({field: {"id": gone}})).await;
        tenant.bookkeeper_does("inactivate", "account", gone).await;
        let record = |number: &str| Disbursement::simple(1, number, "6000.00", "9000.00").value();
        let first = tenant.put_disbursement("D1", &record("D-1")).await;
        let waiting = first.waits("blocked", "choice_unusable");
        assert_eq!(waiting.income()["state"], "posted", "{field}");
        let workflow = tenant.workflow(template).await.body["workflow"].clone();
        assert_eq!(workflow["problem"]["code"], "choice_unusable", "{field}");
        let mark = tenant.mark().await;
        tenant.put_disbursement("D2", &record("D-2")).await.waits("blocked", "choice_unusable");
        assert_eq!(tenant.calls_since(mark).await.len(), 1, "{field}: only the income is sent");
        let saved = tenant.configure(template, &json!({field: {"id": other}})).await;
        assert_eq!(saved.status, 200, "{}", saved.body);
        tenant.disbursement_becomes("D1", "posted").await;
        tenant.disbursement_becomes("D2", "posted").await;
        tenant.assert_balanced().await;
    }
}

/// S4-264: what a person released is no longer on hold, neither the part that was posted all along nor what comes next.
#[tokio::test]
async fn what_is_released_stays_released() {
    for by_sync in [true, false] {
        let tenant = connected().await;
        tenant.auto_sync(true).await;
        tenant.set_up(INVOICE).await;
        let record = Disbursement::simple(1, "D-1", "6000.00", "9000.00");
        let waits = tenant.put_disbursement("D1", &record.value()).await;
        waits.waits("blocked", "workflow_not_active");
        tenant.hold("disbursement", "D1").await;
        tenant.set_up(BILL).await;
        if by_sync {
            tenant.sync_disbursement("D1").await;
        } else {
            tenant.release(&json!({"id": "D1"})).await;
        }
        tenant.disbursement_becomes("D1", "posted").await;
        let more = record.version(2).share("5000.00").split("A1", "10000.00").value();
        tenant.disbursement_happens("D1", &more).await.posted();
        assert_eq!(tenant.effect().await["Accounts Payable (A/P)"], "-10000.00");
    }
}

/// S1-27: a receipt that a person deleted is not made again as another kind of document behind their back.
#[tokio::test]
async fn another_template_makes_nothing_of_what_a_person_removed() {
    let tenant = Tenant::disbursing("brokerage_income_sales_receipt", BILL).await;
    let record = Disbursement::simple(1, "D-1", "6000.00", "9000.00").value();
    let posted = tenant.put_disbursement("D1", &record).await.posted();
    let receipt = posted.id("SalesReceipt");
    tenant.bookkeeper_does("delete", "salesreceipt", &receipt).await;
    tenant.step("brokerage_income_sales_receipt", "pause").await;
    tenant.set_up(INVOICE).await;
    tenant.put_disbursement("D1", &record).await.rests("rejected", "gone_in_quickbooks");
    assert_eq!(tenant.ours("invoice").await.len(), 0);
    tenant.assert_balanced().await;
}

/// A problem of the workflow stops what needs the choice; what is taken back needs none.
#[tokio::test]
async fn a_disbursement_is_taken_back_although_its_account_is_gone() {
    let tenant = Tenant::disbursing(INVOICE, BILL).await;
    let record = Disbursement::simple(1, "D-1", "6000.00", "9000.00");
    tenant.put_disbursement("D1", &record.value()).await.posted();
    tenant.bookkeeper_does("inactivate", "account", COMMISSIONS).await;
    let another = Disbursement::simple(1, "D-2", "6000.00", "9000.00").value();
    tenant.put_disbursement("D2", &another).await.waits("blocked", "choice_unusable");
    let canceled = record.version(2).status("canceled").value();
    tenant.put_disbursement("D1", &canceled).await.posted();
    assert_eq!(tenant.ours("bill").await.len(), 0);
}
