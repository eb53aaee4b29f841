//! What a bookkeeper does to a payment after it came, and what is the host's to change about it.

use e2e::Tenant;
use e2e::records::Disbursement;
use futures_util::future::join_all;
use serde_json::{Value, json};

use super::{applied, did, record, with_a_bill};

/// What the host added.
fn added() -> Value {
    json!({"number": "CHK-7", "attachments": [{"id": "F-1", "name": "scan.pdf"}]})
}

/// A payment of 100.00 that came, with what the host added to it.
async fn with_a_payment() -> (Tenant, String, String) {
    let (tenant, bill) = with_a_bill().await;
    let payment = tenant.pay(&bill, "100.00").await;
    tenant.pull().await;
    let annotated = tenant.annotate(&payment, &added()).await;
    assert_eq!(annotated.status, 200, "{}", annotated.body);
    // Beyond what the next window has in common with this one.
    tenant.advance(600).await;
    tenant.pull().await;
    (tenant, bill, payment)
}

fn assert_hosts_own_stayed(payment: &Value) {
    for (field, value) in added().as_object().into_iter().flatten() {
        assert_eq!(&payment[field], value, "{payment}");
    }
}

/// S3-12, S3-14, S3-15, S3-16: edited, voided and moved elsewhere in QuickBooks; what is the host's stays through all of it.
#[tokio::test]
async fn edits_voids_and_moves_are_reflected_and_what_the_host_added_stays() {
    struct Case {
        deed: &'static str,
        form: Value,
        did: [u64; 6],
        state: &'static str,
        color: &'static str,
        amount: &'static str,
        open: &'static str,
    }
    let case = |deed, form, did, state, color, amount, open| Case {
        deed,
        form,
        did,
        state,
        color,
        amount,
        open,
    };
    let edited = json!({"number": "2001", "memo": "corrected", "date": "2026-06-30"});
    let cases = [
        case("edit", edited, [1, 0, 1, 0, 0, 2], "synced", "green", "100.00", "8900.00"),
        case(
            "edit",
            json!({"amount": "250.00"}),
            [1, 0, 1, 0, 0, 1],
            "synced",
            "green",
            "250.00",
            "8750.00",
        ),
        case("void", json!({}), [1, 0, 0, 1, 0, 1], "voided", "gray", "0.00", "9000.00"),
        case(
            "edit",
            json!({"lines": "theirs"}),
            [1, 0, 1, 0, 0, 1],
            "detached",
            "amber",
            "0.00",
            "9000.00",
        ),
    ];
    join_all(cases.map(async |case| {
        let (tenant, bill, payment) = with_a_payment().await;
        let mut form = case.form.clone();
        if form["lines"] == "theirs" {
            let ann = tenant.vendor_of(&bill).await;
            let theirs = tenant.entered_by_hand("Bill", &ann, "500.00").await;
            form["lines"] = json!([{"bill": theirs, "amount": "100.00"}]);
        }
        tenant.bookkeeper_does_with(case.deed, "billpayment", &payment, form).await;
        let what = format!("{} {}", case.deed, case.form);
        assert_eq!(did(&tenant.pull().await), case.did, "{what}");
        let shown = tenant.issued_payment().await;
        assert_eq!(
            (&shown["state"], &shown["color"]),
            (&json!(case.state), &json!(case.color)),
            "{what}"
        );
        assert_eq!(applied(&shown), [["D1", &bill, case.amount, case.open]], "{what}: {shown}");
        assert_eq!(tenant.open_on("D1", "A1").await, case.open, "{what}");
        assert_hosts_own_stayed(&shown);
        let now = tenant.object("billpayment", &payment).await;
        for (field, member) in
            [("doc_number", "DocNumber"), ("date", "TxnDate"), ("memo", "PrivateNote")]
        {
            assert_eq!(shown["quickbooks"][field], now[member], "{what}: {field}");
        }
        // The same look again is no news.
        assert_eq!(did(&tenant.pull().await)[1..5], [0, 0, 0, 0], "{what}");
        let story = tenant.story_of_payments().await;
        assert_eq!(story.len(), 3, "came, annotated, changed: {story:?}");
    }))
    .await;
}

/// S3-17, X-06: what is deleted in QuickBooks is flagged and kept, until an admin removes it here too.
#[tokio::test]
async fn a_deleted_payment_is_flagged_kept_and_removed_only_by_an_admin() {
    let (tenant, bill, payment) = with_a_payment().await;
    tenant.remove_issued(&payment).await.problem(409, "still_in_quickbooks");
    tenant.bookkeeper_does("delete", "billpayment", &payment).await;
    assert_eq!(did(&tenant.pull().await), [1, 0, 0, 0, 1, 1]);
    let shown = tenant.issued_payment().await;
    assert_eq!((&shown["state"], &shown["color"]), (&json!("gone"), &json!("red")), "{shown}");
    assert_eq!(applied(&shown), [["D1", &bill, "100.00", "9000.00"]], "kept as it was");
    assert_eq!(shown["quickbooks"]["total"], "100.00");
    assert_eq!(tenant.open_on("D1", "A1").await, "9000.00");
    assert_hosts_own_stayed(&shown);
    assert_eq!(did(&tenant.pull().await), [1, 0, 0, 0, 0, 1], "it is gone already");

    let removed = tenant.remove_issued(&payment).await;
    assert!([200, 204].contains(&removed.status), "{}", removed.body);
    tenant.issued(&payment).await.problem(404, "unknown_payment");
    tenant.remove_issued(&payment).await.problem(404, "unknown_payment");
    assert_eq!(
        did(&tenant.pull().await)[1..5],
        [0, 0, 0, 0],
        "what was removed does not come back"
    );
    let story = tenant.story_of_payments().await;
    let actions: Vec<&str> = story.iter().filter_map(|line| line.split(':').next()).collect();
    let expected = ["payment_created", "payment_annotated", "payment_gone", "payment_removed"];
    assert_eq!(actions, expected, "{story:?}");
}

/// A payment that is moved back to our bill is ours again, under the same id.
#[tokio::test]
async fn a_payment_that_comes_back_to_our_bill_is_synced_again() {
    let (tenant, bill, payment) = with_a_payment().await;
    let ann = tenant.vendor_of(&bill).await;
    let theirs = tenant.entered_by_hand("Bill", &ann, "500.00").await;
    for (of, state) in [(&theirs, "detached"), (&bill, "synced")] {
        let form = json!({"lines": [{"bill": of, "amount": "100.00"}]});
        tenant.bookkeeper_does_with("edit", "billpayment", &payment, form).await;
        tenant.pull().await;
        assert_eq!(tenant.issued_payment().await["state"], state);
    }
    assert_hosts_own_stayed(&tenant.issued_payment().await);
    assert_eq!(tenant.open_on("D1", "A1").await, "8900.00");
}

/// A disbursement that waits since its bill is paid goes on when the payment is taken off, without anybody pressing Sync.
#[tokio::test]
async fn what_waits_for_a_paid_bill_goes_on_when_the_payment_is_gone() {
    for deed in ["void", "delete"] {
        let (tenant, _, payment) = with_a_payment().await;
        let changed = Disbursement::simple(2, "D-1", "100.00", "9500.00").value();
        tenant.put_disbursement("D1", &changed).await;
        let waits = tenant.disbursement_becomes("D1", "blocked").await;
        assert_eq!(waits.code(), "bill_paid", "{}", waits.body);
        tenant.bookkeeper_does(deed, "billpayment", &payment).await;
        tenant.pull().await;
        tenant.disbursement_becomes("D1", "posted").await;
        assert_eq!(tenant.effect().await["Commissions & fees"], "9500.00", "{deed}");
        tenant.comes_to_rest().await;
        tenant.assert_balanced().await;
    }
}

/// S3-14…16: number and attachments are the host's; the rest is QuickBooks'.
#[tokio::test]
async fn what_quickbooks_says_of_a_payment_cannot_be_written() {
    let (tenant, _, payment) = with_a_payment().await;
    let before = tenant.issued_payment().await;
    for field in
        ["state", "color", "quickbooks", "applied", "credits", "others", "id", "updated_at"]
    {
        let mut body = json!({"number": "X", "attachments": []});
        body[field] = before[field].clone();
        let refused = tenant.annotate(&payment, &body).await.problem(422, "invalid_fields");
        assert_eq!(refused.paths(), [field], "{}", refused.body);
    }
    for (body, path) in [
        (json!({"number": 7, "attachments": []}), "number"),
        (json!({"number": "x".repeat(2000), "attachments": []}), "number"),
        (json!({"number": null, "attachments": [{"id": "F-1"}]}), "attachments[0].name"),
        (json!({"number": null, "attachments": [{"id": "", "name": "a"}]}), "attachments[0].id"),
        (
            json!({"number": null, "attachments": vec![json!({"id": "F", "name": "n"}); 1001]}),
            "attachments",
        ),
    ] {
        let refused = tenant.annotate(&payment, &body).await.problem(422, "invalid_fields");
        assert_eq!(refused.paths(), [path], "{}", refused.body);
    }
    assert_eq!(tenant.issued_payment().await, before);

    // Saying the same again changes nothing, something else does, and nothing of it costs QuickBooks a call.
    let mark = tenant.mark().await;
    let same = tenant.annotate(&payment, &added()).await;
    assert_eq!(same.body["issued_payment"], before, "{}", same.body);
    let emptied = tenant.annotate(&payment, &json!({"number": null, "attachments": []})).await;
    let emptied = &emptied.body["issued_payment"];
    assert_eq!((&emptied["number"], &emptied["attachments"]), (&Value::Null, &json!([])));
    assert_eq!(emptied["quickbooks"], before["quickbooks"]);
    assert!(tenant.journal(mark).await.is_empty());
}

/// Lists narrow and page.
#[tokio::test]
async fn issued_payments_are_listed_by_state_and_disbursement_page_by_page() {
    let (tenant, first) = with_a_bill().await;
    let second = tenant.bills_of("D2", &record("D-2", "900.00"), &["A1"]).await.remove(0);
    let mut ids = Vec::new();
    for (bill, amount) in
        [(&first, "1.00"), (&first, "2.00"), (&second, "3.00"), (&second, "4.00"), (&first, "5.00")]
    {
        ids.push(tenant.pay(bill, amount).await);
    }
    tenant.pull().await;
    tenant.bookkeeper_does("void", "billpayment", &ids[1]).await;
    tenant.bookkeeper_does("delete", "billpayment", &ids[2]).await;
    tenant.pull().await;
    let names = |payments: &[Value]| -> Vec<String> {
        let id =
            |payment: &Value| payment["quickbooks"]["id"].as_str().unwrap_or_default().to_owned();
        let mut names: Vec<String> = payments.iter().map(id).collect();
        names.sort();
        names
    };
    for (narrowed, expected) in [
        ("", vec![0, 1, 2, 3, 4]),
        ("&state=synced", vec![0, 3, 4]),
        ("&state=voided", vec![1]),
        ("&state=gone", vec![2]),
        ("&state=detached", vec![]),
        ("&disbursement=D2", vec![2, 3]),
        ("&disbursement=D1&state=synced", vec![0, 4]),
        ("&disbursement=unknown", vec![]),
    ] {
        let mut expected: Vec<String> =
            expected.into_iter().map(|n: usize| ids[n].clone()).collect();
        expected.sort();
        assert_eq!(names(&tenant.issued_payments(narrowed).await), expected, "{narrowed}");
        let (mut paged, mut cursor) = (Vec::new(), String::new());
        loop {
            let path = format!("issued-payments?limit=2{narrowed}{cursor}");
            let page = tenant.of_pull(reqwest::Method::GET, &path, None).await;
            paged.extend(page.body["issued_payments"].as_array().cloned().expect("a list"));
            match page.body["next"].as_str() {
                Some(next) => cursor = format!("&cursor={next}"),
                None => break,
            }
        }
        assert_eq!(names(&paged), expected, "{narrowed} by two");
    }
}
