//! Function event-publisher: hosts learn of everything, once it is stored, in order, and never of anything else.

mod delivery;
mod interrupted;

use std::collections::BTreeMap;

use e2e::events::{self as bus, sequence, told};
use e2e::records::{Disbursement, bill, paid};
use e2e::{BILLING, Receiver, Tenant, until};
use serde_json::{Value, json};

fn pairs(told: &[(String, String)]) -> Vec<(&str, &str)> {
    told.iter().map(|(kind, subject)| (kind.as_str(), subject.as_str())).collect()
}

/// The life of a bill: it waits for a connection, is posted, changed, held and paid.
#[tokio::test]
async fn every_change_of_a_bill_is_told_once_and_in_order() {
    let tenant = Tenant::new().await;
    let waits = tenant.put_bill("B1", &bill(1, "B-1", "125.00")).await;
    assert_eq!(waits.state(), "blocked");
    tenant.events_until("posting.blocked", "bill/B1").await;
    tenant.connects().await;
    tenant.events_until("connection.connected", "connection").await;
    tenant.set_up(BILLING).await;
    tenant.bill_becomes("B1", "posted").await;
    tenant.put_bill("B1", &bill(2, "B-1", "130.00")).await;
    tenant.put_bill("B1", &paid(bill(3, "B-1", "130.00"))).await;
    // Nothing changes, nothing is told.
    let again = tenant.put_bill("B1", &paid(bill(3, "B-1", "130.00"))).await;
    assert_eq!(again.body["posting"]["outcome"], "unchanged");
    tenant.disconnect().await;
    let events = tenant.events_until("connection.disconnected", "connection").await;

    let numbers: Vec<u64> = events.iter().map(sequence).collect();
    assert_eq!(numbers, (1..=u64::try_from(events.len()).unwrap()).collect::<Vec<u64>>());
    let told = told(&events);
    let of = |family: &str| {
        let family = told.iter().filter(|(kind, _)| kind.starts_with(family)).cloned();
        family.collect::<Vec<_>>()
    };
    let postings = of("posting");
    let mut states: Vec<&str> = postings.iter().map(|(kind, _)| kind.as_str()).collect();
    // While its settings are being chosen it is looked at again and may wait for another reason.
    assert_eq!(states.remove(0), "posting.blocked");
    states.retain(|state| *state == "posting.posted");
    assert_eq!(states.len(), 3, "{told:?}");
    let links = of("link");
    let mut links = pairs(&links);
    links.sort_unstable();
    assert_eq!(
        links[..2],
        [("link.created", "link/customer/A1"), ("link.created", "link/item/desk-fee")]
    );

    let posted: Vec<&Value> = events
        .iter()
        .filter(|event| event["type"] == "ledgerbridge.posting.posted")
        .map(|event| &event["data"]["posting"])
        .collect();
    let versions: Vec<&Value> = posted.iter().map(|posting| &posting["posted_version"]).collect();
    assert_eq!(versions, [1, 2, 3]);
    let shown = tenant.bill("B1").await;
    assert_eq!(posted[2]["objects"], shown.body["posting"]["objects"], "as the API shows it");
    assert_eq!((&posted[0]["kind"], &posted[0]["id"]), (&json!("bill"), &json!("B1")));
    let blocked = &events[0]["data"]["posting"];
    assert_eq!(blocked["reason"]["code"], "not_connected");
    assert!(blocked["reason"]["remedy"].is_string());
}

/// CloudEvents 1.0, and what Standard Webhooks asks for.
#[tokio::test]
async fn an_event_says_what_cloud_events_have_to_say() {
    let tenant = Tenant::new().await;
    tenant.connects().await;
    let events = tenant.events_come(1).await;
    let event = &events[0];
    for (member, expected) in [
        ("specversion", "1.0"),
        ("source", "ledgerbridge"),
        ("type", "ledgerbridge.connection.connected"),
        ("subject", "connection"),
        ("datacontenttype", "application/json"),
        ("tenant", tenant.id.as_str()),
        ("sequence", "00000000000000000001"),
    ] {
        assert_eq!(event[member], expected, "{event}");
    }
    assert!(event["id"].as_str().is_some_and(|id| id.starts_with("evt_") && id.ends_with("_1")));
    assert_eq!(event["time"], event["timestamp"]);
    assert_eq!(event["data"]["connection"]["status"], "connected");
    let shown = tenant.connection().await;
    assert_eq!(event["data"]["connection"]["company"], shown.body["connection"]["company"]);
}

#[tokio::test]
async fn a_poller_keeps_its_place_and_can_ask_for_some_only() {
    let tenant = Tenant::new().await;
    let first = tenant.ask("events").await;
    assert_eq!(first.status, 200, "{}", first.body);
    assert_eq!((&first.body["events"], &first.body["more"]), (&json!([]), &json!(false)));
    let place = first.body["next"].as_str().unwrap().to_owned();
    tenant.connects().await;
    tenant.events_come(1).await;
    tenant.disconnect().await;
    let all = tenant.events_until("connection.disconnected", "connection").await;

    let since = tenant.ask(&format!("events?cursor={place}")).await;
    assert_eq!(since.body["events"], json!(all));
    let next = since.body["next"].as_str().unwrap();
    let nothing = tenant.ask(&format!("events?cursor={next}")).await;
    assert_eq!((nothing.status, &nothing.body["events"]), (200, &json!([])));
    for (wanted, expected) in [
        ("connection", 2),
        ("ledgerbridge.connection.disconnected", 1),
        ("connection.connected", 1),
        ("posting", 0),
    ] {
        let found = tenant.events(&format!("&type={wanted}")).await;
        assert_eq!(found.len(), expected, "{wanted}: {found:?}");
    }
    let unknown = tenant.ask("events?type=invoices").await;
    assert_eq!((unknown.status, unknown.code()), (422, "invalid_fields"));
}

#[tokio::test]
async fn a_cursor_is_good_for_its_tenant_and_question_only() {
    let (tenant, other) = (Tenant::new().await, Tenant::new().await);
    let page = tenant.ask("events").await;
    let cursor = page.body["next"].as_str().unwrap();
    for (asked, path) in [
        (&other, format!("events?cursor={cursor}")),
        (&tenant, format!("events?cursor={cursor}&type=posting")),
        (&tenant, format!("history?cursor={cursor}")),
        (&tenant, "events?cursor=forged".to_owned()),
    ] {
        let refused = asked.ask(&path).await;
        assert_eq!((refused.status, refused.code()), (422, "invalid_fields"), "{path}");
        assert_eq!(refused.body["errors"][0]["code"], "bad_cursor", "{path}");
    }
}

/// The bus hears the same as who asks; how often and in which order is the bus' business.
#[tokio::test]
async fn the_bus_hears_every_event() {
    let tenant = Tenant::connected().await;
    tenant.put_bill("B1", &paid(bill(1, "B-1", "125.00"))).await;
    tenant.bill_becomes("B1", "posted").await;
    let events = tenant.events_until("posting.posted", "bill/B1").await;
    let mut heard: BTreeMap<String, Value> = BTreeMap::new();
    until("the bus to hear everything", async || {
        let ours = |message: &Value| message["detail"]["tenant"] == tenant.id.as_str();
        for message in bus::heard(ours).await {
            assert_eq!(message["source"], "ledgerbridge");
            assert_eq!(message["detail-type"], message["detail"]["type"]);
            let id = message["detail"]["id"].as_str().unwrap().to_owned();
            heard.insert(id, message["detail"].clone());
        }
        (heard.len() >= events.len()).then_some(())
    })
    .await;
    for event in &events {
        assert_eq!(heard.get(event["id"].as_str().unwrap()), Some(event));
    }
    assert_eq!(heard.len(), events.len(), "nothing else is told");
}

/// A24: what the bookkeeper pays comes to the host by itself, as an event like everything else.
#[tokio::test]
async fn a_host_hears_what_the_bookkeeper_pays_and_takes_back() {
    let tenant = Tenant::pulling().await;
    let record = Disbursement::simple(1, "D-1", "100.00", "9000.00").value();
    let bill = tenant.bills_of("D1", &record, &["A1"]).await.remove(0);
    let receiver = Receiver::start().await;
    let wanted = json!({"url": receiver.url(), "types": ["issued_payment"]});
    assert_eq!(tenant.change_endpoint(&wanted).await.status, 200);
    tenant.webhooks_on().await;

    let payment = tenant.pay(&bill, "4000.00").await;
    let created = receiver.takes(1).await[0].event();
    assert_eq!(created["type"], "ledgerbridge.issued_payment.created");
    assert_eq!(created["subject"], format!("issued_payment/{}.{payment}", tenant.realm));
    let shown = &created["data"]["issued_payment"];
    let of_quickbooks = tenant.issued(&payment).await;
    assert_eq!(*shown, of_quickbooks.body["issued_payment"], "as the API shows it");
    assert_eq!(shown["applied"][0]["amount"], "4000.00");

    tenant.bookkeeper_does("void", "billpayment", &payment).await;
    let voided = receiver.takes(2).await[1].event();
    assert_eq!(voided["type"], "ledgerbridge.issued_payment.voided");
    assert_eq!(voided["data"]["issued_payment"]["state"], "voided");
    tenant.all_told().await;
    tenant.everything_is_delivered().await;
}
