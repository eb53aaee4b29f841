//! Change data capture.

use serde_json::{Value, json};

use crate::support::{Company, Reply, bill, id};

const DAY: i64 = 86_400;

async fn changed(company: &Company, entities: &str, since: &str) -> Reply {
    let request = company
        .http
        .get(company.api("cdc"))
        .query(&[("entities", entities), ("changedSince", since)])
        .bearer_auth(&company.token);
    Reply::of(request.send().await.unwrap()).await
}

/// The elements of the answer, one for each wanted entity.
async fn groups(company: &Company, entities: &str, since: &str) -> Vec<Value> {
    let reply = changed(company, entities, since).await;
    assert_eq!(reply.status, 200, "{}", reply.body);
    let answers = reply.body["CDCResponse"].as_array().unwrap();
    assert_eq!(answers.len(), 1);
    answers[0]["QueryResponse"].as_array().unwrap().clone()
}

fn ids<'a>(group: &'a Value, entity: &str) -> Vec<&'a str> {
    group[entity].as_array().map_or_else(Vec::new, |rows| rows.iter().map(id).collect())
}

/// A moment `seconds` before the company's now.
async fn ago(company: &Company, seconds: i64) -> String {
    let now = company.inspect("clock").await["now"].as_str().unwrap().to_owned();
    let now: jiff::Timestamp = now.parse().unwrap();
    (now - jiff::SignedDuration::from_secs(seconds)).to_string()
}

#[tokio::test]
async fn changes_come_by_entity_in_the_order_they_were_asked_for() {
    let company = Company::sample().await;
    company.advance(60).await;
    let since = ago(&company, 0).await;
    let first = company.save("Bill", bill("41", "10", "7")).await;
    company.advance(60).await;
    let second = company.save("Bill", bill("41", "20", "7")).await;
    company.advance(60).await;
    company.by_hand("Bill", id(&first), "edit", json!({"memo": "later"})).await;
    let groups = groups(&company, "BillPayment,bill,Vendor", &since).await;
    assert_eq!(groups.len(), 3);
    assert_eq!(groups[0], json!({}), "nothing changed");
    assert_eq!(ids(&groups[1], "Bill"), [id(&second), id(&first)], "the latest change is last");
    let counts = (&groups[1]["startPosition"], &groups[1]["maxResults"], &groups[1]["totalCount"]);
    assert_eq!(counts, (&json!(1), &json!(2), &json!(2)));
    assert_eq!(groups[1]["Bill"][1], company.read("Bill", id(&first)).await, "whole objects");
    assert_eq!(ids(&groups[2], "Vendor"), ["41"], "the balance of the vendor moved");
    assert_eq!(groups[2].get("totalCount"), None);
}

#[tokio::test]
async fn what_is_voided_or_inactive_is_an_update_and_what_is_deleted_a_tombstone() {
    let company = Company::sample().await;
    let made = company.save("Bill", bill("41", "10", "7")).await;
    let paid = company.by_hand("Bill", id(&made), "pay", json!({})).await;
    let gone = company.save("Bill", bill("41", "5", "7")).await;
    company.advance(120).await;
    let since = ago(&company, 60).await;
    company.by_hand("Bill", id(&gone), "delete", json!({})).await;
    company.by_hand("BillPayment", id(&paid), "void", json!({})).await;
    company.by_hand("Class", &class(&company).await, "inactivate", json!({})).await;
    let groups = groups(&company, "Bill,BillPayment,Class", &since).await;
    assert_eq!(ids(&groups[0], "Bill"), [id(&made), id(&gone)], "deleted ones stand behind");
    let stamp = company.inspect("clock").await["local"].clone();
    let tombstone = json!({"status": "Deleted", "domain": "QBO", "Id": id(&gone), "MetaData": {"LastUpdatedTime": stamp}});
    assert_eq!(groups[0]["Bill"][1], tombstone);
    assert_eq!(groups[1]["BillPayment"][0]["PrivateNote"], "Voided");
    assert_eq!(groups[2]["Class"][0]["Active"], json!(false));
}

async fn class(company: &Company) -> String {
    id(&company.save("Class", json!({"Name": "North"})).await).to_owned()
}

#[tokio::test]
async fn a_moment_has_an_offset_or_is_a_day_of_the_company() {
    let mut company = Company::sample().await;
    company.control("clock", json!({"set": "2027-03-20T01:00:00Z"})).await;
    company.connect().await;
    let made = company.save("Bill", bill("41", "10", "7")).await;
    for (since, found) in [
        ("2027-03-19", true),
        ("2027-03-20", false),
        ("2027-03-19T18:00:00-07:00", true),
        ("2027-03-19T18:00:01-07:00", false),
        ("2027-03-20T01:00:00Z", true),
        ("2027-03-20T01:00:00.500Z", false),
        ("2027-03-19T18:00:00", true),
    ] {
        let groups = groups(&company, "Bill", since).await;
        let expected = if found { vec![id(&made)] } else { Vec::new() };
        assert_eq!(ids(&groups[0], "Bill"), expected, "{since}");
    }
}

#[tokio::test]
async fn bad_parameters_are_refused_as_those_of_queries_are() {
    let company = Company::sample().await;
    let since = ago(&company, DAY).await;
    for (entities, since, code) in [
        ("", since.as_str(), "2020"),
        ("Bill", "", "2020"),
        ("Bill", "yesterday", "4001"),
        // An unquoted plus sign arrives as a space.
        ("Bill", "2027-03-19T18:00:00 07:00", "4001"),
        ("Bill,Barter", &since, "4001"),
        ("TaxCode", &since, "4001"),
        ("TimeActivity", &since, "4001"),
    ] {
        let reply = changed(&company, entities, since).await;
        assert_eq!((reply.status, reply.code()), (400, code), "{entities} {since}: {}", reply.body);
    }
    assert_eq!(company.get("cdc").await.code(), "2020");
}

/// The code is not documented, so a client must stand several.
#[tokio::test]
async fn a_look_back_over_thirty_days_is_refused_as_the_switch_says() {
    let mut company = Company::sample().await;
    let made = company.save("Bill", bill("41", "10", "7")).await;
    company.advance(40 * DAY).await;
    company.connect().await;
    let late = company.save("Bill", bill("41", "10", "7")).await;
    let (within, over) = (ago(&company, 30 * DAY).await, ago(&company, 30 * DAY + 1).await);
    assert_eq!(ids(&groups(&company, "Bill", &within).await[0], "Bill"), [id(&late)]);
    let day = within.get(..10).unwrap();
    assert_eq!(changed(&company, "Bill", day).await.status, 200, "the thirtieth day counts whole");
    let refused = changed(&company, "Bill", &over).await;
    assert_eq!((refused.status, refused.code()), (400, "4001"));
    company.switch(json!({"cdc_over_30_days": "fault2060"})).await;
    assert_eq!(changed(&company, "Bill", "2020-01-01").await.code(), "2060");
    company.switch(json!({"cdc_over_30_days": "clamp"})).await;
    let clamped = groups(&company, "Bill", &ago(&company, 60 * DAY).await).await;
    assert_eq!(ids(&clamped[0], "Bill"), [id(&late)], "without {}", id(&made));
}

/// Which ones are left out is not documented; each possibility has its switch value.
#[tokio::test]
async fn one_answer_holds_a_thousand_objects_of_all_entities_together() {
    let company = Company::sample().await;
    let since = ago(&company, 0).await;
    company.advance(60).await;
    company.save("Customer", json!({"DisplayName": "The first"})).await;
    let made = company.save("Bill", bill("41", "100", "7")).await;
    company.advance(60).await;
    let order = json!({"bill": id(&made), "count": 1100, "amount": "0.01"});
    assert_eq!(company.control("bookkeeper/bulk-bill-payments", order).await.status, 200);
    company.advance(60).await;
    let last = company.save("Bill", bill("41", "100", "7")).await;
    let wanted = "Customer,BillPayment,Bill";
    for (switch, customers, payments, bills) in
        [("oldest_first", 1, 999, 0), ("newest_first", 0, 999, 1), ("by_entity", 1, 999, 0)]
    {
        company.switch(json!({"cdc_over_1000": switch})).await;
        let groups = groups(&company, wanted, &since).await;
        let count = |at: usize, entity: &str| ids(&groups[at], entity).len();
        let counts = (count(0, "Customer"), count(1, "BillPayment"), count(2, "Bill"));
        let total = counts.0 + counts.1 + counts.2;
        assert_eq!(total, 1000, "{switch}");
        assert_eq!(counts, (customers, payments, bills), "{switch}");
    }
    company.switch(json!({"cdc_over_1000": "newest_first"})).await;
    let kept = groups(&company, wanted, &since).await;
    assert!(ids(&kept[2], "Bill").contains(&id(&last)));
}

#[tokio::test]
async fn capture_is_a_metered_read_and_can_be_struck() {
    let company = Company::sample().await;
    let since = ago(&company, DAY).await;
    company.script(json!({"operation": "cdc", "action": {"kind": "throttle"}})).await;
    assert_eq!(changed(&company, "Bill,Vendor", &since).await.status, 429);
    assert_eq!(changed(&company, "Bill,Vendor", &since).await.status, 200);
    let journal = company.inspect("journal").await;
    let told: Vec<_> = journal["calls"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|call| call["operation"] == "cdc")
        .map(|call| (&call["entity"], &call["metered"], &call["status"]))
        .collect();
    let (entity, yes) = (json!("Bill,Vendor"), json!(true));
    assert_eq!(told, [(&entity, &yes, &json!(429)), (&entity, &yes, &json!(200))]);
}
