//! What an app hears of changes.

use serde_json::{Value, json};

use crate::{
    endpoint::{Endpoint, attempted, subscribe},
    support::{Company, bill, id, invoice, payment},
};

#[tokio::test]
async fn what_an_app_writes_comes_back_to_it() {
    let mut endpoint = Endpoint::up().await;
    let company = endpoint.company("cloudevents").await;
    let now = company.inspect("clock").await["now"].as_str().unwrap().to_owned();
    let made = company.customer("Acme").await;
    let heard = endpoint.heard().await;
    assert_eq!(heard.path, "POST /intuit/webhooks?of=app");
    assert_eq!(heard.headers["content-type"], "application/json");
    assert_eq!(heard.headers["host"], endpoint.url[7..].split_once('/').unwrap().0);
    assert!(heard.is_signed());
    let mut body: Value = serde_json::from_str(&heard.body).unwrap();
    let event = body[0].as_object_mut().unwrap();
    assert_eq!(event.remove("id").unwrap().as_str().unwrap().len(), 36);
    assert!(event.remove("source").unwrap().as_str().unwrap().starts_with("intuit."));
    let time = event.remove("time").unwrap().as_str().unwrap().to_owned();
    assert_eq!((time.len(), &time[..19]), (30, &now[..19]));
    let rest = json!([{
        "specversion": "1.0", "type": "qbo.customer.created.v1", "datacontenttype": "application/json",
        "intuitentityid": made, "intuitaccountid": company.realm, "data": {}
    }]);
    assert_eq!(body, rest);
    let delivery = attempted(&company, 1).await;
    assert_eq!(delivery["state"], "delivered");
    assert_eq!(delivery["body"], heard.body);
    assert_eq!(
        delivery["headers"]["intuit-signature"],
        heard.headers["intuit-signature"].to_str().unwrap()
    );
    assert_eq!(delivery["attempts"], json!([{"at": now, "status": 200}]));
    company.switch(json!({"webhook_content_type": "cloudevents_json"})).await;
    company.customer("Bolt").await;
    assert_eq!(endpoint.heard().await.headers["content-type"], "application/cloudevents+json");
}

#[tokio::test]
async fn the_classic_format_nests_entities_under_the_realm() {
    let mut endpoint = Endpoint::up().await;
    let company = endpoint.company("classic").await;
    let vendor = company.save("Vendor", json!({"DisplayName": "Bolt"})).await;
    let heard = endpoint.heard().await;
    assert!(heard.is_signed());
    let mut body: Value = serde_json::from_str(&heard.body).unwrap();
    let time =
        body["eventNotifications"][0]["dataChangeEvent"]["entities"][0]["lastUpdated"].take();
    assert_eq!(time.as_str().unwrap().len(), "2025-09-08T20:52:31.657Z".len());
    let expected = json!({"eventNotifications": [{"realmId": company.realm, "dataChangeEvent": {"entities": [
        {"name": "Vendor", "id": id(&vendor), "operation": "Create", "lastUpdated": null}
    ]}}]});
    assert_eq!(body, expected);
    company.switch(json!({"webhook_format": "cloudevents"})).await;
    company.customer("Acme").await;
    assert_eq!(endpoint.heard().await.told(), ["customer created"]);
}

#[tokio::test]
async fn every_change_is_told_with_its_operation() {
    let mut endpoint = Endpoint::up().await;
    let company = endpoint.company("classic").await;
    let mut post = async |path: &str, body: Value| {
        let reply = company.post(path, body).await;
        assert_eq!(reply.status, 200, "{path}: {}", reply.body);
        (reply.body, endpoint.heard().await.told())
    };
    let class = json!({"Name": "West"});
    assert_eq!(post("class", class).await.1, ["Class Create"]);
    let (place, told) = post("department", json!({"Name": "Harbour"})).await;
    assert_eq!(told, ["Department Create"]);
    let place = json!({"Id": place["Department"]["Id"], "SyncToken": "0", "sparse": true, "Name": "Harbour", "Active": false});
    assert_eq!(post("department", place).await.1, ["Department Update"]);
    assert_eq!(post("term", json!({"Name": "Net 7", "DueDays": 7})).await.1, ["Term Create"]);
    let (made, told) = post("invoice", invoice("3", "50")).await;
    assert_eq!(told, ["Invoice Create"]);
    let invoice_id = made["Invoice"]["Id"].as_str().unwrap().to_owned();
    let sent = post(&format!("invoice/{invoice_id}/send?sendTo=a%40example.com"), json!({})).await;
    assert_eq!(sent.1, ["Invoice Emailed"]);
    let (paid, told) = post("payment", payment("3", "50", &[(&invoice_id, "50")])).await;
    assert_eq!(told, ["Payment Create", "Invoice Update"]);
    let paid = json!({"Id": paid["Payment"]["Id"], "SyncToken": "0"});
    let told = post("payment?operation=update&include=void", paid).await.1;
    assert_eq!(told, ["Payment Void", "Invoice Update"]);
    let token = company.read("Invoice", &invoice_id).await["SyncToken"].clone();
    let order = json!({"Id": invoice_id, "SyncToken": token});
    assert_eq!(post("invoice?operation=delete", order).await.1, ["Invoice Delete"]);
    let (billed, told) = post("bill", bill("56", "30", "7")).await;
    assert_eq!(told, ["Bill Create"]);
    let again = json!({"Id": billed["Bill"]["Id"], "SyncToken": "0", "sparse": true, "VendorRef": {"value": "56"}, "PrivateNote": "x"});
    assert_eq!(post("bill", again).await.1, ["Bill Update"]);
}

#[tokio::test]
async fn what_the_bookkeeper_does_is_told() {
    let mut endpoint = Endpoint::up().await;
    let company = endpoint.company("cloudevents").await;
    let owed = company.save("Bill", bill("56", "30", "7")).await;
    assert_eq!(endpoint.heard().await.told(), ["bill created"]);
    let mut done = async |entity: &str, of: &str, deed: &str| {
        let written = company.by_hand(entity, of, deed, json!({})).await;
        (written, endpoint.heard().await.told())
    };
    let (paid, told) = done("Bill", id(&owed), "pay").await;
    assert_eq!(told, ["billpayment created", "bill updated"]);
    assert_eq!(
        done("BillPayment", id(&paid), "void").await.1,
        ["billpayment void", "bill updated"]
    );
    assert_eq!(done("BillPayment", id(&paid), "delete").await.1, ["billpayment deleted"]);
    assert_eq!(done("Vendor", "56", "inactivate").await.1, ["vendor deleted"]);
    assert_eq!(done("Vendor", "56", "reactivate").await.1, ["vendor updated"]);
    company.switch(json!({"webhook_inactivation": "updated"})).await;
    assert_eq!(done("Vendor", "56", "inactivate").await.1, ["vendor updated"]);
    let form = [("book_close_date", "2020-02-01")];
    let settings = company.address(&format!("/app/{}/settings", company.realm));
    company.http.post(settings).form(&form).send().await.unwrap();
    assert_eq!(endpoint.heard().await.told(), ["preferences updated"]);
}

#[tokio::test]
async fn a_merge_is_told_once_with_the_loser_where_it_can_be() {
    let mut endpoint = Endpoint::up().await;
    let company = endpoint.company("classic").await;
    let rows = [
        ("33", "30", "classic", "told"),
        ("31", "32", "cloudevents", "told"),
        ("34", "35", "cloudevents", "untold"),
    ];
    for (loser, survivor, format, switch) in rows {
        company.switch(json!({"webhook_format": format, "webhook_merge_loser": switch})).await;
        company.by_hand("Vendor", loser, "merge", json!({"into": survivor})).await;
        let heard = endpoint.heard().await;
        let [(_, operation, id)] = &heard.events()[..] else { panic!("{heard:?}") };
        assert_eq!((operation.to_lowercase().get(..5), id.as_str()), (Some("merge"), survivor));
        let body: Value = serde_json::from_str(&heard.body).unwrap();
        let entity = &body["eventNotifications"][0]["dataChangeEvent"]["entities"][0];
        let named =
            if format == "classic" { &entity["deletedId"] } else { &body[0]["data"]["deletedId"] };
        assert_eq!(named.as_str(), (switch == "told").then_some(loser));
    }
}

#[tokio::test]
async fn two_changes_of_one_object_never_look_alike() {
    let mut endpoint = Endpoint::up().await;
    let company = endpoint.company("classic").await;
    let mut heard = Vec::new();
    for memo in ["one", "two", "three"] {
        company.by_hand("Bill", "25", "edit", json!({"memo": memo})).await;
        heard.push(endpoint.heard().await.body);
    }
    heard.sort();
    heard.dedup();
    assert_eq!(heard.len(), 3, "{heard:?}");
}

#[tokio::test]
async fn what_changes_nothing_is_not_told() {
    let mut endpoint = Endpoint::up().await;
    let company = endpoint.company("classic").await;
    let refused = company.post("invoice", invoice("999", "1")).await;
    assert_eq!(refused.status, 400);
    company.read("Customer", "3").await;
    let stored = company.read("Vendor", "56").await;
    let same = json!({"Id": "56", "SyncToken": stored["SyncToken"], "sparse": true, "DisplayName": stored["DisplayName"]});
    company.save("Vendor", same).await;
    company.advance(60).await;
    assert_eq!(company.inspect("webhooks").await["deliveries"], json!([]));
    company
        .switch(json!({"webhook_balance_changes": "on", "webhook_settled_documents": "untold"}))
        .await;
    let owed = company.save("Bill", bill("56", "30", "7")).await;
    endpoint.heard().await;
    company.by_hand("Bill", id(&owed), "pay", json!({})).await;
    let mut told = endpoint.heard().await.told();
    told.sort();
    // Checking, Accounts Payable and the vendor moved; the bill was paid, which is not told.
    assert_eq!(told, ["Account Update", "Account Update", "BillPayment Create", "Vendor Update"]);
}

#[tokio::test]
async fn a_batch_is_told_in_one_array_and_companies_apart() {
    let mut endpoint = Endpoint::up().await;
    let company = endpoint.company("cloudevents").await;
    let other = Company::at(&company.base, json!({})).await;
    let item =
        |name: &str| json!({"bId": name, "operation": "create", "Customer": {"DisplayName": name}});
    let items = json!({"BatchItemRequest": [item("a"), item("b"), item("a"), item("c")]});
    company.post("batch", items).await;
    let heard = endpoint.heard().await;
    assert_eq!(heard.told(), ["customer created"; 3], "the third is a duplicate name");
    let body: Value = serde_json::from_str(&heard.body).unwrap();
    for (member, distinct) in [("id", 3), ("time", 1)] {
        let mut values: Vec<&str> =
            body.as_array().unwrap().iter().map(|event| event[member].as_str().unwrap()).collect();
        values.dedup();
        assert_eq!(values.len(), distinct, "{member}: {values:?}");
    }
    other.customer("a").await;
    let elsewhere: Value = serde_json::from_str(&endpoint.heard().await.body).unwrap();
    assert_eq!(elsewhere[0]["intuitaccountid"], other.realm.as_str());
    assert_eq!(elsewhere.as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn duplicates_have_the_same_id_and_body() {
    let mut endpoint = Endpoint::up().await;
    let company = endpoint.company("cloudevents").await;
    company.switch(json!({"webhook_duplicates": 2})).await;
    company.customer("Acme").await;
    let first = endpoint.heard().await;
    assert_eq!((&endpoint.heard().await, &endpoint.heard().await), (&first, &first));
    assert_eq!(attempted(&company, 3).await["attempts"][2]["extra"], true);
    assert_eq!(company.control("webhooks/1/redeliver", json!({})).await.status, 200);
    assert_eq!(endpoint.heard().await, first);
    assert_eq!(attempted(&company, 4).await["state"], "delivered");
    assert_eq!(company.control("webhooks/7/redeliver", json!({})).await.status, 404);
}

#[tokio::test]
async fn held_events_are_released_in_one_array_in_either_order() {
    let mut endpoint = Endpoint::up().await;
    let company = endpoint.company("classic").await;
    for (order, expected) in [
        ("as_happened", ["Customer", "Vendor", "Class"]),
        ("reversed", ["Class", "Vendor", "Customer"]),
    ] {
        company.switch(json!({"webhook_order": order})).await;
        company.control("webhooks/hold", json!({})).await;
        company.customer(order).await;
        company.save("Vendor", json!({"DisplayName": format!("{order} vendor")})).await;
        company.save("Class", json!({"Name": order})).await;
        let listed = company.inspect("webhooks").await;
        assert_eq!((&listed["held"], &listed["collected"]), (&json!(true), &json!(3)));
        let released = company.control("webhooks/release", json!({})).await.body;
        assert_eq!((&released["held"], &released["released"]), (&json!(false), &json!(3)));
        let heard = endpoint.heard().await;
        let names: Vec<String> = heard.events().into_iter().map(|(name, _, _)| name).collect();
        assert_eq!(names, expected);
    }
    let nothing = company.control("webhooks/release", json!({})).await.body;
    assert_eq!((&nothing["released"], &nothing["id"]), (&json!(0), &Value::Null));
}

#[tokio::test]
async fn nobody_is_told_who_did_not_ask_or_is_not_connected() {
    let mut endpoint = Endpoint::up().await;
    let company = endpoint.company("classic").await;
    company.switch(json!({"webhooks": "off"})).await;
    company.customer("Off").await;
    company.switch(json!({"webhooks": "on"})).await;
    company.control("revoke", json!({})).await;
    company.by_hand("Vendor", "56", "inactivate", json!({})).await;
    let address = company.address("/sim/webhooks");
    let subscribed: Value = company.http.get(&address).send().await.unwrap().json().await.unwrap();
    assert_eq!(
        (&subscribed["url"], &subscribed["format"]),
        (&json!(endpoint.url), &json!("classic"))
    );
    let ended: Value = company.http.delete(&address).send().await.unwrap().json().await.unwrap();
    assert_eq!(ended, json!({}));
    let connected = Company::at(&company.base, json!({})).await;
    connected.customer("Unsubscribed").await;
    for silent in [&company, &connected] {
        assert_eq!(silent.inspect("webhooks").await["deliveries"], json!([]));
    }
    for wrong in ["https://localhost/x", "nowhere"] {
        assert_eq!(subscribe(&company, wrong, "classic").await.status, 400, "{wrong}");
    }
    subscribe(&company, &endpoint.url, "classic").await;
    connected.customer("Subscribed").await;
    assert_eq!(endpoint.heard().await.told(), ["Customer Create"]);
}

#[tokio::test]
async fn a_person_sees_what_was_told_and_sends_it_again() {
    let mut endpoint = Endpoint::up().await;
    let company = endpoint.company("classic").await;
    let owed = company.save("Bill", bill("56", "30", "7")).await;
    endpoint.heard().await;
    attempted(&company, 1).await;
    let address = company.address(&format!("/app/{}/webhooks", company.realm));
    let shown = async || company.http.get(&address).send().await.unwrap().text().await.unwrap();
    let page = shown().await;
    let told = format!("Bill {}: Create", id(&owed));
    for wanted in [&told, "Delivered", &endpoint.url, &format!("bill?txnId={}", id(&owed))] {
        assert!(page.contains(wanted), "{wanted} in {page}");
    }
    for (button, expected) in
        [("1/redeliver", "sent again"), ("hold", "Held"), ("release", "Hold<")]
    {
        let pressed = company.http.post(format!("{address}/{button}")).send().await.unwrap();
        assert_eq!(pressed.status(), 302, "{button}");
        attempted(&company, 2).await;
        assert!(shown().await.contains(expected), "{expected}");
    }
}
