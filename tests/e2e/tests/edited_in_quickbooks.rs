//! A26: documents that a bookkeeper changed in QuickBooks while the host changed the record.

use e2e::records::bill;
use e2e::{Answer, Tenant};
use futures_util::future::join_all;
use serde_json::{Value, json};

const BILLING: &str = "agent_billing";

/// A tenant whose rule is `rule`, with bill B1 of 100.00 posted; the id of its invoice.
async fn posted(rule: &str) -> (Tenant, String) {
    let tenant = Tenant::connected().await;
    if rule != "never" {
        let saved = tenant.configure(BILLING, &json!({"overwrite": rule})).await;
        assert_eq!(saved.status, 200, "{}", saved.body);
    }
    let first = tenant.put_bill("B1", &bill(1, "B-1", "100.00")).await;
    let first =
        if first.state() == "posted" { first } else { tenant.bill_becomes("B1", "posted").await };
    let invoice = first.id("Invoice");
    (tenant, invoice)
}

async fn edit(tenant: &Tenant, invoice: &str, form: Value) {
    tenant.bookkeeper_does_with("edit", "invoice", invoice, form).await;
}

async fn put(tenant: &Tenant, record: &Value) -> Answer {
    let answer = tenant.put_bill("B1", record).await;
    if answer.state() == "posted" || answer.code() == "edited_in_quickbooks" {
        return answer;
    }
    tenant.bill_becomes("B1", "posted").await
}

/// The invoice's total, number and note.
async fn shown(tenant: &Tenant, invoice: &str) -> (String, String, String) {
    let document = tenant.object("invoice", invoice).await;
    let text = |member: &str| document[member].as_str().unwrap_or_default().to_owned();
    (document["TotalAmt"].to_string(), text("DocNumber"), text("PrivateNote"))
}

fn told(answer: &Answer) -> Vec<(String, String)> {
    let changes = answer.body["posting"]["changes"].as_array().cloned().unwrap_or_default();
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    changes.iter().map(|change| (text(&change["path"]), text(&change["to"]))).collect()
}

/// S4-284: what only the bookkeeper changed stays, whatever ledgerbridge does not govern stays too, and people are told.
#[tokio::test]
async fn what_only_the_bookkeeper_changed_stays_and_the_answer_says_so() {
    let (tenant, invoice) = posted("never").await;
    edit(&tenant, &invoice, json!({"memo": "called Ann", "date": "2026-04-01"})).await;
    let changed = put(&tenant, &bill(2, "B-1", "120.00")).await;
    assert_eq!(told(&changed), [("invoice.memo".to_owned(), "called Ann".to_owned())]);
    let (total, number, note) = shown(&tenant, &invoice).await;
    assert_eq!((&*total, &*number, &*note), ("120", "B-1", "called Ann"));
    assert_eq!(tenant.object("invoice", &invoice).await["TxnDate"], "2026-04-01");
    // It stays kept.
    let again = put(&tenant, &bill(3, "B-1", "130.00")).await;
    assert_eq!(told(&again), told(&changed));
    assert_eq!(shown(&tenant, &invoice).await.2, "called Ann");
    tenant.assert_balanced().await;
}

/// S4-280, S4-284: both versions stay and are shown; a person decides.
#[tokio::test]
async fn what_both_changed_is_shown_with_both_versions_and_a_person_decides() {
    for (decision, total) in [("overwrite", "120"), ("keep", "111")] {
        let (tenant, invoice) = posted("never").await;
        edit(&tenant, &invoice, json!({"amount": "111.00"})).await;
        let record = bill(2, "B-1", "120.00");
        let disputed = put(&tenant, &record).await.rests("rejected", "edited_in_quickbooks");
        let reason = &disputed.body["posting"]["reason"];
        assert_eq!(reason["choices"], json!(["overwrite", "keep"]));
        let [difference] = &reason["differences"].as_array().unwrap()[..] else {
            panic!("{reason}")
        };
        assert_eq!(difference["field"], "lines");
        assert!(difference["record"].as_str().unwrap().contains("= 120"), "{difference}");
        assert!(difference["quickbooks"].as_str().unwrap().contains("= 111"), "{difference}");
        assert_eq!(shown(&tenant, &invoice).await.0, "111");

        // The same again says the same, and asks nobody.
        let mark = tenant.mark().await;
        put(&tenant, &record).await.rests("rejected", "edited_in_quickbooks");
        assert!(tenant.calls_since(mark).await.is_empty());

        let unknown = tenant.sync_bill_with("B1", &json!({"edits": "merge"})).await;
        unknown.problem(422, "invalid_fields");
        let decided = tenant.sync_bill_with("B1", &json!({"edits": decision})).await;
        let decided = if decided.state() == "posted" {
            decided
        } else {
            tenant.bill_becomes("B1", "posted").await
        };
        assert_eq!(shown(&tenant, &invoice).await.0, total, "{}", decided.body);
        assert_eq!(told(&decided)[0].0, "invoice.lines", "{}", decided.body);
        let warned = decided.body["posting"]["warnings"][0]["code"] == "total_differs";
        assert_eq!(warned, decision == "keep", "{}", decided.body);
        tenant.assert_balanced().await;
    }
}

/// Undoing the edit settles it as well.
#[tokio::test]
async fn a_bookkeeper_who_undoes_the_edit_settles_it() {
    let (tenant, invoice) = posted("never").await;
    edit(&tenant, &invoice, json!({"number": "X-9"})).await;
    put(&tenant, &bill(2, "B-2", "100.00")).await.rests("rejected", "edited_in_quickbooks");
    edit(&tenant, &invoice, json!({"number": "B-1"})).await;
    tenant.sync_bill("B1").await;
    tenant.bill_becomes("B1", "posted").await;
    assert_eq!(shown(&tenant, &invoice).await.1, "B-2");
}

/// S4-285, S4-286: the rule decides without asking.
#[tokio::test]
async fn the_workflows_rule_decides() {
    // What the record changes comes after the edit in all of these, by QuickBooks' clock or long before it.
    for (rule, edited_at, number) in [
        ("always", "2026-01-01T10:00:00Z", "B-2"),
        ("most_recent", "2026-01-01T10:00:00Z", "B-2"),
        ("most_recent", "2031-01-01T10:00:00Z", "X-9"),
    ] {
        let (tenant, invoice) = posted(rule).await;
        edit_at(&tenant, &invoice, edited_at).await;
        let changed = put(&tenant, &bill(2, "B-2", "120.00")).await;
        let (total, shows, _) = shown(&tenant, &invoice).await;
        assert_eq!((&*total, &*shows), ("120", number), "{rule} {}", changed.body);
        assert_eq!(told(&changed), [("invoice.number".to_owned(), number.to_owned())], "{rule}");
        tenant.assert_balanced().await;
    }
}

/// Somebody changes the number while QuickBooks' clock shows this time.
async fn edit_at(tenant: &Tenant, invoice: &str, time: &str) {
    let now = tenant.now().await;
    tenant.set_clock(time).await;
    edit(tenant, invoice, json!({"number": "X-9"})).await;
    tenant.set_clock(&now).await;
}

/// An update whose answer was lost is no edit of a bookkeeper, even if QuickBooks forgets request ids.
#[tokio::test]
async fn our_own_update_without_an_answer_is_no_edit() {
    join_all(["on", "off"].map(async |replay| {
        let (tenant, invoice) = posted("never").await;
        tenant.switch(json!({"requestid": replay})).await;
        let action = json!({"kind": "commit_then_drop"});
        tenant.fault(json!({"entity": "invoice", "operation": "update", "action": action})).await;
        tenant.put_bill("B1", &bill(2, "B-2", "120.00")).await.waits("queued", "no_answer");
        tenant.put_bill("B1", &bill(3, "B-3", "130.00")).await;
        tenant.bill_becomes("B1", "posted").await;
        let (total, number, _) = shown(&tenant, &invoice).await;
        assert_eq!((&*total, &*number), ("130", "B-3"), "{replay}");
        assert_eq!(tenant.invoices("B-3").await.len(), 1);
        tenant.assert_balanced().await;
    }))
    .await;
}
