//! What is posted without a click, what waits for one, and what is never posted. (A5)

mod decisions;

use e2e::records::{Disbursement, bill, bill_of, paid, payment};
use e2e::workflows::BILLING;
use e2e::{Answer, Tenant, request, send, stack};
use futures_util::future::join_all;
use reqwest::Method;
use serde_json::{Value, json};

/// The switches, on or off.
fn switches(disbursement: bool, billing: bool) -> Value {
    json!({"auto_sync": {
        "disbursement_at_100_percent": disbursement,
        "billing_when_card_charged": billing,
    }})
}

async fn switch(tenant: &Tenant, disbursement: bool, billing: bool) {
    let saved = tenant.settings(&switches(disbursement, billing)).await;
    assert_eq!(saved.status, 200, "{}", saved.body);
}

/// The record as the host sends it once it tried to charge the agent's card.
fn charged(mut record: Value, charge: &str) -> Value {
    record["charge"] = json!(charge);
    record
}

/// A tenant with all three workflows running, whose agent, item and payment method are linked.
async fn tenant() -> Tenant {
    let tenant =
        Tenant::running(&[BILLING, "brokerage_income_invoice", "agent_expense_bill"]).await;
    tenant.put_bill("warm-up", &paid(bill(1, "W-1", "1.00"))).await.posted();
    tenant
}

fn sale(number: &str) -> Disbursement {
    Disbursement::simple(1, number, "4000.00", "9000.00")
}

/// S0-03, S1-28: by default nothing that happens at the host is posted; a person posts it, one by one.
#[tokio::test]
async fn by_default_everything_waits_for_a_person() {
    let tenant = tenant().await;
    let mark = tenant.mark().await;
    let held = |answer: Answer| answer.rests("held", "auto_sync_off");
    held(tenant.bill_happens("B1", &charged(bill(1, "B-1", "10.00"), "succeeded")).await);
    held(tenant.bill_happens("B2", &bill(1, "B-2", "20.00")).await);
    let paying = payment(1, "20.00", &[("B2", "20.00")]);
    held(tenant.payment_happens("P1", &charged(paying, "succeeded")).await);
    let disbursed = held(tenant.disbursement_happens("D1", &sale("D-1").value()).await);
    assert_eq!(disbursed.expense("A1")["state"], "held");
    assert_eq!(tenant.calls_since(mark).await.len(), 0);

    // Each click posts one, and nothing else.
    tenant.sync_bill("B2").await.posted();
    assert_eq!(tenant.bill("B1").await.state(), "held");
    tenant.sync_payment("P1").await.posted();
    let disbursed = tenant.sync_disbursement("D1").await.posted();
    assert_eq!(
        (disbursed.income()["state"].clone(), disbursed.outcome()),
        (json!("posted"), "created")
    );
    tenant.sync_bill("B1").await.posted();
    // What a person sends themselves needs no switch at all.
    tenant.put_bill("B3", &bill(1, "B-3", "30.00")).await.posted();
    for number in ["B-1", "B-2", "B-3"] {
        assert_eq!(tenant.invoices(number).await.len(), 1, "{number}");
    }
    tenant.assert_balanced().await;
    tenant.comes_to_rest().await;
}

/// S0-03: what is posted stays as it is until a person posts the newer version.
#[tokio::test]
async fn an_event_that_changes_what_is_posted_waits_for_a_person_too() {
    let tenant = tenant().await;
    let posted = tenant.put_bill("B1", &bill(1, "B-1", "10.00")).await.posted();
    let mark = tenant.mark().await;
    let same = tenant.bill_happens("B1", &bill(1, "B-1", "10.00")).await.posted();
    assert_eq!(same.outcome(), "unchanged");
    let held = tenant.bill_happens("B1", &bill(2, "B-1", "12.00")).await;
    let held = held.rests("held", "auto_sync_off");
    assert_eq!(held.id("Invoice"), posted.id("Invoice"));
    assert_eq!(
        (&held.body["posting"]["version"], &held.body["posting"]["posted_version"]),
        (&json!(2), &json!(1))
    );
    assert_eq!(tenant.calls_since(mark).await.len(), 0);
    let updated = tenant.sync_bill("B1").await.posted();
    assert_eq!((updated.outcome(), updated.id("Invoice")), ("updated", posted.id("Invoice")));
    assert_eq!(tenant.invoices("B-1").await[0]["TotalAmt"].to_string(), "12");
}

/// S0-04: at 95 % it waits, at 100 % it posts itself; a person need not wait for that.
#[tokio::test]
async fn a_disbursement_posts_itself_when_it_reaches_100_percent() {
    let tenant = tenant().await;
    switch(&tenant, true, false).await;
    let at = |version: u64, percent: &str| sale("D-1").version(version).percent(percent).value();
    let mark = tenant.mark().await;
    for (version, percent) in [(1, "0"), (2, "95"), (3, "99.99")] {
        let held = tenant.disbursement_happens("D1", &at(version, percent)).await;
        let held = held.rests("held", "not_complete");
        let message = held.body["posting"]["reason"]["message"].to_string();
        assert!(message.contains(&format!("{percent} %")), "{message}");
    }
    assert_eq!(tenant.calls_since(mark).await.len(), 0);
    let posted = tenant.disbursement_happens("D1", &at(4, "100.00")).await.posted();
    assert_eq!(posted.outcome(), "created");
    assert_eq!(posted.expense("A1")["state"], "posted");

    // A person decides for themselves.
    let early = sale("D-2").percent("50").value();
    tenant.put_disbursement("D2", &early).await.posted();
    tenant.disbursement_happens("D3", &sale("D-3").percent("95").value()).await;
    tenant.sync_disbursement("D3").await.posted();
    // With the switch off 100 % is no reason.
    switch(&tenant, false, true).await;
    let held = tenant.disbursement_happens("D4", &sale("D-4").value()).await;
    held.rests("held", "auto_sync_off");
    let draft = sale("D-5").status("draft").value();
    for draft in
        [tenant.disbursement_happens("D5", &draft).await, tenant.sync_disbursement("D5").await]
    {
        draft.rests("skipped", "draft");
    }
    assert_eq!(tenant.ours("invoice").await.len(), 4, "the warm-up, D-1, D-2 and D-3");
    tenant.assert_balanced().await;
    tenant.comes_to_rest().await;
}

/// S0-05: a successful charge posts bill and payment, a failed one does not, and nor does none.
#[tokio::test]
async fn a_bill_posts_itself_when_the_card_was_charged() {
    let tenant = tenant().await;
    switch(&tenant, false, true).await;
    let open = bill(1, "B-1", "10.00");
    let mark = tenant.mark().await;
    tenant.bill_happens("B1", &open).await.rests("held", "not_charged");
    let failed = charged(bill(2, "B-1", "10.00"), "failed");
    tenant.bill_happens("B1", &failed).await.rests("held", "charge_failed");
    assert_eq!(tenant.calls_since(mark).await.len(), 0);
    let succeeded = charged(paid(bill(3, "B-1", "10.00")), "succeeded");
    let posted = tenant.bill_happens("B1", &succeeded).await.posted();
    assert_eq!(posted.object("Invoice")["balance"], "0.00");
    assert_eq!(tenant.ours("payment").await.len(), 2, "the warm-up's and this one");

    // The same through a payment of its own.
    tenant.put_bill("B2", &bill(1, "B-2", "20.00")).await.posted();
    let paying = |version: u64| payment(version, "20.00", &[("B2", "20.00")]);
    tenant.payment_happens("P2", &paying(1)).await.rests("held", "not_charged");
    let failed = charged(paying(2), "failed");
    tenant.payment_happens("P2", &failed).await.rests("skipped", "charge_failed");
    tenant.payment_happens("P2", &charged(paying(3), "succeeded")).await.posted();
    assert_eq!(tenant.invoices("B-2").await[0]["Balance"].to_string(), "0");
    // The other switch is not this one.
    let disbursed = tenant.disbursement_happens("D1", &sale("D-1").value()).await;
    disbursed.rests("held", "auto_sync_off");
    tenant.assert_balanced().await;
    tenant.comes_to_rest().await;
}

/// S0-05: money that was not received is never booked, whoever asks and whatever is switched on.
#[tokio::test]
async fn a_failed_charge_is_never_booked_as_money() {
    let tenant = tenant().await;
    switch(&tenant, true, true).await;
    let payments = tenant.ours("payment").await.len();
    let contradiction = charged(paid(bill(1, "B-1", "10.00")), "failed");
    for answer in [
        tenant.put_bill("B1", &contradiction).await,
        tenant.bill_happens("B1", &contradiction).await,
    ] {
        let refused = answer.problem(422, "invalid_fields");
        assert_eq!(refused.body["errors"][0]["code"], "charge_failed", "{}", refused.body);
    }
    // A person may book the bill all the same: it is owed, and open.
    let failed = charged(bill(1, "B-1", "10.00"), "failed");
    tenant.bill_happens("B1", &failed).await.rests("held", "charge_failed");
    let posted = tenant.sync_bill("B1").await.posted();
    assert_eq!(posted.object("Invoice")["balance"], "10.00");

    let failed = charged(payment(1, "10.00", &[("B1", "10.00")]), "failed");
    for answer in [
        tenant.payment_happens("P1", &failed).await,
        tenant.put_payment("P1", &failed).await,
        tenant.sync_payment("P1").await,
    ] {
        answer.rests("skipped", "charge_failed");
    }
    assert_eq!(tenant.ours("payment").await.len(), payments);
    assert_eq!(tenant.invoices("B-1").await[0]["Balance"].to_string(), "10");
    for charge in [json!("declined"), json!(true)] {
        let mut odd = bill(1, "B-9", "10.00");
        odd["charge"] = charge;
        let refused = tenant.put_bill("B9", &odd).await.problem(422, "invalid_fields");
        assert_eq!(refused.paths(), ["charge"]);
    }
    tenant.assert_balanced().await;
}

/// S0-23: switches and workflows are two things, and each alone posts nothing.
#[tokio::test]
async fn auto_sync_and_activation_are_separate() {
    let tenant = Tenant::new().await;
    tenant.connects().await;
    switch(&tenant, true, true).await;
    let succeeded = charged(bill(1, "B-1", "10.00"), "succeeded");
    let waits = tenant.bill_happens("B1", &succeeded).await;
    waits.waits("blocked", "workflow_not_active");
    tenant.set_up(BILLING).await;
    tenant.bill_becomes("B1", "posted").await;
    tenant.step(BILLING, "pause").await;
    let next = charged(bill(1, "B-2", "10.00"), "succeeded");
    tenant.bill_happens("B2", &next).await.waits("blocked", "workflow_paused");
    // Switching off does not touch what a workflow is, nor the other way round.
    switch(&tenant, false, false).await;
    let stage = tenant.workflow(BILLING).await.body["workflow"]["stage"].clone();
    assert_eq!(stage, "paused");
    tenant.step(BILLING, "run").await;
    // By the time it is looked at again, nobody wants it posted without a click any more.
    tenant.bill_becomes("B2", "held").await.rests("held", "auto_sync_off");
    tenant.sync_bill("B2").await.posted();
    tenant.comes_to_rest().await;
}

/// S0-23, S1-28, S3-07: only an admin decides what is posted without a click.
#[tokio::test]
async fn only_an_admin_changes_the_switches() {
    let tenant = Tenant::new().await;
    for role in ["read", "sync"] {
        let key = &stack().api_keys_by_role[role];
        let request = request("settings", Method::PUT, &tenant.path("settings")).bearer_auth(key);
        let refused = send(request.json(&switches(true, true))).await;
        refused.problem(403, "role_insufficient");
    }
    let kept = tenant.ask("settings").await.body["settings"]["auto_sync"].clone();
    assert_eq!(kept, switches(false, false)["auto_sync"]);
}

/// S0-04, S0-05: an event that comes twice, or twenty times, is one document.
#[tokio::test]
async fn an_event_that_comes_again_and_again_books_once() {
    let tenant = tenant().await;
    switch(&tenant, true, true).await;
    let record = charged(paid(bill_of("A7", 1, "B-1", "10.00")), "succeeded");
    let sold = sale("D-1").value();
    let bills = join_all((0..10).map(|_| tenant.bill_happens("B1", &record)));
    let sales = join_all((0..10).map(|_| tenant.disbursement_happens("D1", &sold)));
    let (bills, sales) = tokio::join!(bills, sales);
    for answer in bills.iter().chain(&sales) {
        assert!([200, 202, 503].contains(&answer.status), "{}", answer.body);
    }
    tenant.bill_becomes("B1", "posted").await;
    tenant.disbursement_becomes("D1", "posted").await;
    let mark = tenant.mark().await;
    assert_eq!(tenant.bill_happens("B1", &record).await.posted().outcome(), "unchanged");
    assert_eq!(tenant.disbursement_happens("D1", &sold).await.posted().outcome(), "unchanged");
    assert_eq!(tenant.calls_since(mark).await.len(), 0);
    for number in ["B-1", "D-1"] {
        assert_eq!(tenant.invoices(number).await.len(), 1, "{number}");
    }
    assert_eq!((tenant.ours("payment").await.len(), tenant.ours("bill").await.len()), (2, 1));
    tenant.assert_balanced().await;
    tenant.comes_to_rest().await;
}

/// S0-03: an event never takes back what a person wants, whichever comes first.
#[tokio::test]
async fn an_event_and_a_person_at_the_same_moment_end_in_one_document() {
    let tenant = tenant().await;
    let rounds = (1..=6).map(|n| {
        let tenant = &tenant;
        async move {
            let (id, number) = (format!("B{n}"), format!("B-{n}"));
            let record = bill(1, &number, "10.00");
            // The switch is off, so that only the person's wish can post it.
            let event = tenant.bill_happens(&id, &record);
            let person = tenant.put_bill(&id, &record);
            let answers =
                if n % 2 == 0 { tokio::join!(event, person) } else { tokio::join!(person, event) };
            for answer in [&answers.0, &answers.1] {
                assert!([200, 202].contains(&answer.status), "{}", answer.body);
            }
            tenant.bill_becomes(&id, "posted").await;
            assert_eq!(tenant.invoices(&number).await.len(), 1, "{number}");
        }
    });
    join_all(rounds).await;

    // Also for a disbursement, whose parts are posted one after another.
    let sold = sale("D-1").value();
    let event = tenant.disbursement_happens("D1", &sold);
    let person = tenant.put_disbursement("D1", &sold);
    tokio::join!(event, person);
    tenant.disbursement_becomes("D1", "posted").await;
    assert_eq!((tenant.invoices("D-1").await.len(), tenant.ours("bill").await.len()), (1, 1));
    // And while a person's is being posted, an event with a newer version waits for the next click.
    let slow = json!({"kind": "delay", "milliseconds": 1500});
    tenant.fault(json!({"entity": "Invoice", "operation": "create", "action": slow})).await;
    let (first, second) = (bill(1, "B-9", "10.00"), bill(2, "B-9", "12.00"));
    let person = tenant.put_bill("B9", &first);
    let event = async {
        e2e::until("the person's to be under way", async || {
            (tenant.bill("B9").await.state() == "posting").then_some(())
        })
        .await;
        tenant.bill_happens("B9", &second).await
    };
    tokio::join!(person, event);
    tenant.bill_becomes("B9", "held").await.rests("held", "auto_sync_off");
    assert_eq!(tenant.invoices("B-9").await[0]["TotalAmt"].to_string(), "10");
    tenant.assert_balanced().await;
    tenant.comes_to_rest().await;
}

/// S0-05: a payment that posts itself follows its bill, also when that waited for a person.
#[tokio::test]
async fn a_charged_payment_follows_the_bill_that_a_person_posts() {
    let tenant = tenant().await;
    switch(&tenant, false, true).await;
    tenant.bill_happens("B1", &bill(1, "B-1", "10.00")).await.rests("held", "not_charged");
    let paying = charged(payment(1, "10.00", &[("B1", "10.00")]), "succeeded");
    tenant.payment_happens("P1", &paying).await.waits("blocked", "waiting_for_bill");
    tenant.sync_bill("B1").await.posted();
    tenant.payment_becomes("P1", "posted").await;
    assert_eq!(tenant.invoices("B-1").await[0]["Balance"].to_string(), "0");
    tenant.comes_to_rest().await;
}

#[tokio::test]
async fn who_wants_a_record_posted_is_said_in_known_words() {
    let tenant = tenant().await;
    let put = async |query: &str| {
        let path = tenant.path(&format!("bills/B1?{query}"));
        let record = bill(1, "B-1", "10.00");
        tenant.call("billing-invoice", Method::PUT, &path, Some(&record)).await
    };
    for (query, path) in [("trigger=robot", "?trigger"), ("trigge=event", "?trigge")] {
        let refused = put(query).await.problem(422, "invalid_fields");
        assert_eq!(refused.paths(), [path], "{query}");
    }
    tenant.bill("B1").await.problem(404, "unknown_record");
    put("trigger=event").await.rests("held", "auto_sync_off");
    // A person's wish counts also for the very version that an event brought.
    put("trigger=person").await.posted();
    assert_eq!(tenant.invoices("B-1").await.len(), 1);
}
