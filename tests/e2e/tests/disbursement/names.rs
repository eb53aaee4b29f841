//! Who pays, who is paid, and what is sold: linked, found by name, or created, in a name space that all share.

use e2e::records::{Disbursement, bill};
use e2e::{BILLING, Tenant};
use serde_json::{Value, json};

use super::{BILL, CHECK, DEPOSIT, INVOICE, RECEIPT, booked, id, living, put, stands, sync};

/// The names of a list's active entries.
async fn names(tenant: &Tenant, list: &str) -> Vec<String> {
    let entries = tenant.objects(list).await;
    let name =
        |entry: &Value| entry["DisplayName"].as_str().or(entry["Name"].as_str()).map(str::to_owned);
    entries.iter().filter_map(name).collect()
}

fn count(names: &[String], name: &str) -> usize {
    names.iter().filter(|known| *known == name).count()
}

/// An agent who is billed is a customer; who is paid a vendor. QuickBooks wants two names, and people are told.
#[tokio::test]
async fn an_agent_who_is_billed_and_paid_has_two_names() {
    let mut billed = bill(1, "B-1", "125.00");
    billed["agent"]["name"] = json!("Ann Smith");
    let paid = Disbursement::new(1, "D-1");
    for billed_first in [true, false] {
        let tenant = Tenant::running(&[BILLING, RECEIPT, BILL]).await;
        let (customer, vendor) = if billed_first {
            tenant.put_bill("B1", &billed).await.posted();
            let posted = put(&tenant, "D1", &paid).await.posted();
            let change = &posted.expense("A1")["changes"][0];
            assert_eq!(
                (&change["from"], &change["to"]),
                (&json!("Ann Smith"), &json!("Ann Smith (V)"))
            );
            assert!(change["why"].as_str().is_some_and(|why| !why.is_empty()), "{change}");
            ("Ann Smith", "Ann Smith (V)")
        } else {
            put(&tenant, "D1", &paid).await.posted();
            let posted = tenant.put_bill("B1", &billed).await.posted();
            assert_eq!(
                posted.body["posting"]["changes"][0]["to"], "Ann Smith (C)",
                "{}",
                posted.body
            );
            ("Ann Smith (C)", "Ann Smith")
        };
        assert_eq!(count(&names(&tenant, "customer").await, customer), 1);
        assert_eq!(count(&names(&tenant, "vendor").await, vendor), 1);
        // The next disbursement knows both.
        let mark = tenant.mark().await;
        put(&tenant, "D2", &Disbursement::new(1, "D-2")).await.posted();
        assert_eq!(tenant.calls_since(mark).await.len(), 4);
    }
}

/// Employees share the name space, and so does who pays.
#[tokio::test]
async fn a_payee_whose_name_an_employee_or_the_payer_has_gets_another() {
    let tenant = Tenant::disbursing(INVOICE, CHECK).await;
    let record = Disbursement::new(1, "D-1")
        .with("/agents/0/name", json!("emily platt"))
        .with("/referrals/0/name", json!("First Title"));
    let posted = put(&tenant, "D1", &record).await.posted();
    assert_eq!(count(&names(&tenant, "customer").await, "First Title"), 1);
    let vendors = names(&tenant, "vendor").await;
    for name in ["emily platt (V)", "First Title (V)"] {
        assert_eq!(count(&vendors, name), 1, "{vendors:?}");
    }
    assert_eq!(
        tenant.effect().await,
        booked(INVOICE, 1_500_000, CHECK, 1_070_500),
        "{}",
        posted.body
    );
}

/// S2-20, S2-22, S4-042: a product that is there is used with its account; one that is not is created, with the account
/// chosen for it before that of all.
#[tokio::test]
async fn products_are_matched_by_name_or_created_with_the_account_that_was_chosen() {
    let tenant = Tenant::new().await;
    tenant.connects().await;
    let of_fees = json!({"accounts_by_item": {"fees": {"id": "5"}}});
    tenant.set_up_with(INVOICE, of_fees).await;
    tenant.set_up(BILL).await;
    let record = Disbursement::new(1, "D-1")
        .with("/agents/0/item", json!({"id": "split", "name": "design"}))
        .with("/referrals/0/item", json!({"id": "fees", "name": "Referral fees"}));
    let posted = put(&tenant, "D1", &record).await.posted();
    let invoice = tenant.object("invoice", &id(posted.income())).await;
    let sold = |line: usize| {
        let item = &invoice["Line"][line]["SalesItemLineDetail"]["ItemRef"];
        item["name"].as_str().unwrap_or_default().to_owned()
    };
    assert_eq!(
        [0, 1, 2, 3].map(sold),
        ["Gross commission", "Design", "Referral fees", "Gross commission"]
    );
    let effect = tenant.effect().await;
    for (account, amount) in
        [("Design income", "-9000.00"), ("Fees Billed", "-1500.00"), ("Services", "-4500.00")]
    {
        assert_eq!(effect.get(account).map(String::as_str), Some(amount), "{effect:?}");
    }
    assert_eq!(count(&names(&tenant, "item").await, "Design"), 1);
    tenant.assert_balanced().await;
}

/// S2-24, S4-038: a line may name another account than the workflow's.
#[tokio::test]
async fn a_line_with_an_account_of_its_own_is_booked_there() {
    let tenant = Tenant::disbursing(DEPOSIT, BILL).await;
    let record = Disbursement::new(1, "D-1")
        .with("/company_share/account", json!("5"))
        .with("/referrals/0/account", json!("14"));
    put(&tenant, "D1", &record).await.posted();
    let effect = tenant.effect().await;
    for (account, amount) in [
        ("Fees Billed", "-4000.00"),
        ("Services", "-11000.00"),
        ("Miscellaneous", "1500.00"),
        ("Commissions & fees", "9205.00"),
    ] {
        assert_eq!(effect.get(account).map(String::as_str), Some(amount), "{effect:?}");
    }
    tenant.assert_balanced().await;
}

/// S4-292, S4-293: a vendor that a person linked by hand is paid, whatever the payee is called.
#[tokio::test]
async fn a_payee_linked_by_hand_is_paid_as_that_vendor() {
    let tenant = Tenant::disbursing(RECEIPT, BILL).await;
    let path = tenant.path("links/vendor/A1");
    let linked = tenant
        .call("settings", reqwest::Method::PUT, &path, Some(&json!({"object_id": "47"})))
        .await;
    assert_eq!(linked.status, 200, "{}", linked.body);
    let posted = put(&tenant, "D1", &Disbursement::new(1, "D-1")).await.posted();
    let document = tenant.object("bill", &id(posted.expense("A1"))).await;
    assert_eq!(document["VendorRef"]["name"], "Pam Seitz", "{document}");
}

/// A vendor that was made inactive stops its own part only, says so, and the part goes on once it is active again.
#[tokio::test]
async fn an_inactive_vendor_holds_back_its_own_part() {
    let tenant = Tenant::disbursing(RECEIPT, BILL).await;
    let first = Disbursement::new(1, "D-1");
    put(&tenant, "D1", &first).await.posted();
    let vendors = tenant.objects("vendor").await;
    let ann = vendors.iter().find(|vendor| vendor["DisplayName"] == "Ann Smith").expect("a vendor");
    let ann = ann["Id"].as_str().expect("an id").to_owned();
    tenant.bookkeeper_does("inactivate", "vendor", &ann).await;
    let record = Disbursement::new(1, "D-2");
    let waits = stands(put(&tenant, "D2", &record).await, "blocked", "reference_inactive");
    assert_eq!(waits.expense("A1")["state"], "blocked", "{}", waits.body);
    for part in [waits.income(), waits.expense("R1")] {
        assert_eq!(part["state"], "posted", "{part}");
    }
    tenant.bookkeeper_does("reactivate", "vendor", &ann).await;
    let synced = sync(&tenant, "D2").await.posted();
    assert_eq!(living(synced.expense("A1"))["total"], "8705.00");
    assert_eq!(tenant.effect().await, booked(RECEIPT, 3_000_000, BILL, 2_141_000));
}
