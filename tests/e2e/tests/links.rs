//! Function settings: lists to choose from, and links made, changed and taken away by hand.

use e2e::books::{metered, outline};
use e2e::records::{bill, bill_of};
use e2e::workflows::BILLING;
use e2e::{Answer, Tenant};
use reqwest::Method;
use serde_json::{Value, json};

/// Customers of the sample company.
const AMY: &str = "1";
const BILL: &str = "2";
const COOL_CARS: &str = "3";

async fn get(tenant: &Tenant, rest: &str) -> Answer {
    tenant.call("settings", Method::GET, &tenant.path(rest), None).await
}

async fn put(tenant: &Tenant, rest: &str, object: &str) -> Answer {
    let body = json!({"object_id": object});
    tenant.call("settings", Method::PUT, &tenant.path(rest), Some(&body)).await
}

async fn delete(tenant: &Tenant, rest: &str) -> Answer {
    tenant.call("settings", Method::DELETE, &tenant.path(rest), None).await
}

fn entries(answer: &Answer) -> Vec<Value> {
    assert_eq!(answer.status, 200, "{}", answer.body);
    answer.body["entries"].as_array().cloned().unwrap_or_default()
}

fn ids(answer: &Answer) -> Vec<String> {
    let id = |entry: &Value| entry["id"].as_str().unwrap_or_default().to_owned();
    entries(answer).iter().map(id).collect()
}

/// S2-20, S2-21, S4-047: the accounts that are offered for a use are exactly those that can be chosen for it.
#[tokio::test]
async fn the_accounts_offered_for_a_use_are_those_that_can_be_chosen() {
    let tenant = Tenant::connected().await;
    let all = ids(&get(&tenant, "lists/accounts").await);
    for field in ["income_account", "deposit_account"] {
        let offered = ids(&get(&tenant, &format!("lists/accounts?use={field}")).await);
        assert!(!offered.is_empty() && offered.len() < all.len(), "{offered:?}");
        // One that is not offered, and each kind of what is.
        let refused =
            all.iter().find(|id| !offered.contains(id)).expect("some account does not fit");
        for (id, status) in [(offered.first(), 200), (offered.last(), 200), (Some(refused), 422)] {
            let mut choice = json!({});
            choice[field] = json!({"id": id});
            let saved = tenant.configure(BILLING, &choice).await;
            assert_eq!(saved.status, status, "{field} {id:?}: {}", saved.body);
        }
    }
    let banks = get(&tenant, "lists/accounts?type=Bank").await;
    assert!(entries(&banks).iter().all(|account| account["type"] == "Bank"), "{}", banks.body);
    assert!(ids(&banks).contains(&e2e::BANK.to_owned()));
}

#[tokio::test]
async fn a_list_is_read_once_until_it_is_refreshed_and_an_old_copy_serves_through_an_outage() {
    let tenant = Tenant::connected().await;
    let first = get(&tenant, "lists/customers").await;
    assert!(ids(&first).contains(&AMY.to_owned()), "{}", first.body);
    let mark = tenant.mark().await;
    let second = get(&tenant, "lists/customers").await;
    assert_eq!(second.body, first.body);
    assert_eq!(tenant.calls_since(mark).await.len(), 0);

    tenant.bookkeeper("customer", json!({"DisplayName": "Zoe New"})).await;
    let mark = tenant.mark().await;
    let named = |answer: &Answer, name: &str| entries(answer).iter().any(|e| e["name"] == name);
    assert!(!named(&get(&tenant, "lists/customers").await, "Zoe New"));
    let read_again = get(&tenant, "lists/customers?refresh=true").await;
    assert!(named(&read_again, "Zoe New"), "{}", read_again.body);
    assert_eq!(metered(&tenant.calls_since(mark).await), 1);

    tenant.fault(json!({"times": 10, "action": {"kind": "status", "status": 503}})).await;
    let old = get(&tenant, "lists/customers?refresh=true").await;
    assert_eq!(old.body["stale"], true, "{}", old.body);
    assert_eq!(ids(&old), ids(&read_again));
    get(&tenant, "lists/items").await.problem(503, "unavailable");
    tenant.heal().await;
    for list in
        ["items", "vendors", "terms", "payment-methods", "classes", "departments", "tax-codes"]
    {
        let answer = get(&tenant, &format!("lists/{list}")).await;
        assert_eq!((answer.status, &answer.body["stale"]), (200, &json!(false)), "{}", answer.body);
    }
}

#[tokio::test]
async fn a_list_that_the_edition_lacks_is_empty_and_says_why() {
    let tenant = Tenant::with_company(json!({"edition": "QuickBooks Online Simple Start"})).await;
    tenant.connects().await;
    let classes = get(&tenant, "lists/classes").await;
    assert_eq!(entries(&classes).len(), 0);
    let note = classes.body["note"].as_str().unwrap_or_default();
    assert!(note.contains("has no classes"), "{}", classes.body);
}

#[tokio::test]
async fn lists_need_a_connection_and_say_so() {
    let tenant = Tenant::new().await;
    get(&tenant, "lists/accounts").await.problem(409, "not_connected");
    put(&tenant, "links/customer/A1", AMY).await.problem(409, "not_connected");
    let wanted = json!({"kind": "item", "host": [{"id": "I", "name": "Fee"}]});
    let path = tenant.path("links/proposals");
    let proposed = tenant.call("settings", Method::POST, &path, Some(&wanted)).await;
    proposed.problem(409, "not_connected");
    assert_eq!(get(&tenant, "links?kind=customer").await.body["links"], json!([]));

    tenant.connects().await;
    tenant.revoke_in_quickbooks().await;
    get(&tenant, "lists/accounts").await.problem(409, "needs_reconnect");
    get(&tenant, "lists/accounts").await.problem(409, "needs_reconnect");
}

/// S4-292: what a person linked is used as it is: nothing is looked up and nothing made.
#[tokio::test]
async fn a_bill_goes_to_the_customer_that_was_linked_by_hand() {
    let tenant = Tenant::warmed_up().await;
    let customers = tenant.objects("customer").await.len();
    let mark = tenant.mark().await;
    let linked = put(&tenant, "links/customer/A7", AMY).await;
    assert_eq!(linked.status, 200, "{}", linked.body);
    assert_eq!(linked.body["link"]["origin"], "by_hand");
    assert_eq!(linked.body["link"]["name"], "Amy's Bird Sanctuary");
    assert_eq!(metered(&tenant.calls_since(mark).await), 1);
    let mark = tenant.mark().await;
    tenant.put_bill("B7", &bill_of("A7", 1, "B-7", "10.00")).await.posted();
    assert_eq!(outline(&tenant.calls_since(mark).await), ["Invoice create"]);
    assert_eq!(tenant.invoices("B-7").await[0]["CustomerRef"]["value"], AMY);
    assert_eq!(tenant.objects("customer").await.len(), customers);

    let all = get(&tenant, "links?kind=customer&limit=1").await;
    assert_eq!(all.body["links"][0]["host_id"], "A1", "{}", all.body);
    assert_eq!(all.body["links"][0]["origin"], "created");
    let next = all.body["next"].as_str().expect("there is another page");
    let rest = get(&tenant, &format!("links?kind=customer&limit=1&cursor={next}")).await;
    assert_eq!(rest.body["links"][0]["object_id"], AMY, "{}", rest.body);
}

/// S4-292, S4-293: one object stands for one host object, and can be given back.
#[tokio::test]
async fn an_object_that_is_taken_is_refused_and_free_again_after_unlinking() {
    let tenant = Tenant::connected().await;
    assert_eq!(put(&tenant, "links/customer/A7", AMY).await.status, 200);
    let taken = put(&tenant, "links/customer/A8", AMY).await.problem(409, "object_taken");
    assert!(taken.body["detail"].to_string().contains("A7"), "{}", taken.body);
    assert_eq!(put(&tenant, "links/customer/A7", BILL).await.status, 200);
    assert_eq!(put(&tenant, "links/customer/A8", AMY).await.status, 200);
    let gone = delete(&tenant, "links/customer/A8").await;
    assert_eq!(gone.body["unlinked"]["object_id"], AMY, "{}", gone.body);
    get(&tenant, "links/customer/A8").await.problem(404, "unknown_link");
    delete(&tenant, "links/customer/A8").await.problem(404, "unknown_link");
    for object in ["99999", "0"] {
        let refused = put(&tenant, "links/customer/A8", object).await;
        assert_eq!(refused.problem(422, "invalid_fields").paths(), ["object_id"]);
    }
    tenant.bookkeeper("customer", json!({"Id": COOL_CARS, "Active": false})).await;
    let refused = put(&tenant, "links/customer/A8", COOL_CARS).await;
    let refused = refused.problem(422, "invalid_fields");
    assert_eq!(refused.body["errors"][0]["code"], "inactive_object", "{}", refused.body);
}

#[tokio::test]
async fn after_unlinking_the_next_bill_finds_its_customer_by_name_again() {
    let tenant = Tenant::warmed_up().await;
    let before = get(&tenant, "links/customer/A1").await.body["link"]["object_id"].clone();
    assert_eq!(delete(&tenant, "links/customer/A1").await.status, 200);
    let mark = tenant.mark().await;
    tenant.put_bill("B2", &bill(1, "B-2", "10.00")).await.posted();
    assert_eq!(outline(&tenant.calls_since(mark).await), ["Customer query", "Invoice create"]);
    let after = get(&tenant, "links/customer/A1").await;
    assert_eq!(after.body["link"]["object_id"], before);
    assert_eq!(after.body["link"]["origin"], "found_by_name", "{}", after.body);
}

/// A wrong mapping is repaired by a person, and what waited for that goes on by itself.
#[tokio::test]
async fn a_bill_of_an_inactive_customer_is_posted_by_itself_once_another_is_linked() {
    let tenant = Tenant::warmed_up().await;
    let old = get(&tenant, "links/customer/A1").await.body["link"]["object_id"].clone();
    tenant.bookkeeper("customer", json!({"Id": old, "Active": false})).await;
    let blocked = tenant.put_bill("B2", &bill(1, "B-2", "10.00")).await;
    blocked.waits("blocked", "reference_inactive");
    assert_eq!(put(&tenant, "links/customer/A1", BILL).await.status, 200);
    tenant.bill_becomes("B2", "posted").await;
    assert_eq!(tenant.invoices("B-2").await[0]["CustomerRef"]["value"], BILL);
    tenant.comes_to_rest().await;
}

#[tokio::test]
async fn links_and_lists_of_one_tenant_are_nothing_to_another() {
    let (one, other) = tokio::join!(Tenant::connected(), Tenant::connected());
    one.bookkeeper("customer", json!({"DisplayName": "Only One"})).await;
    assert!(get(&one, "lists/customers").await.body.to_string().contains("Only One"));
    assert!(!get(&other, "lists/customers").await.body.to_string().contains("Only One"));
    assert_eq!(put(&one, "links/customer/A7", AMY).await.status, 200);
    get(&other, "links/customer/A7").await.problem(404, "unknown_link");
    delete(&other, "links/customer/A7").await.problem(404, "unknown_link");
    // The same ids in another company are other objects.
    assert_eq!(put(&other, "links/customer/A8", AMY).await.status, 200);
    assert_eq!(get(&one, "links/customer/A7").await.body["link"]["object_id"], AMY);
}

/// S4-294: pairs are proposed with a reason, and nothing is linked by that.
#[tokio::test]
async fn likely_pairs_are_proposed_and_left_to_a_person() {
    let tenant = Tenant::connected().await;
    assert_eq!(put(&tenant, "links/customer/A3", COOL_CARS).await.status, 200);
    let wanted = json!({"kind": "customer", "host": [
        {"id": "A1", "name": "amys bird sanctuary"},
        {"id": "A2", "name": "Cool Cars"},
        {"id": "A3", "name": "Cool Cars"},
        {"id": "A4", "name": "Nobody like this", "email": "nobody@example.com"},
    ]});
    let path = tenant.path("links/proposals");
    let answer = tenant.call("settings", Method::POST, &path, Some(&wanted)).await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    let best = &answer.body["proposals"][0]["matches"][0];
    assert_eq!(best["object_id"], AMY, "{}", answer.body);
    assert_eq!(
        (&best["score"], best["reason"].as_str()),
        (&json!(90), Some("name differs only in punctuation or case"))
    );
    assert!(
        !answer.body["proposals"][1]["matches"].to_string().contains("Cool Cars"),
        "{}",
        answer.body
    );
    assert_eq!(answer.body["proposals"][2]["link"]["object_id"], COOL_CARS);
    assert_eq!(answer.body["proposals"][3]["matches"], json!([]));
    let mark = tenant.mark().await;
    let links = get(&tenant, "links?kind=customer").await;
    assert_eq!(links.body["links"].as_array().map(Vec::len), Some(1), "{}", links.body);
    tenant.call("settings", Method::POST, &path, Some(&wanted)).await;
    assert_eq!(tenant.calls_since(mark).await.len(), 0);
}
