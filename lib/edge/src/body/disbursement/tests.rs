//! What a host may send of a disbursement, and what it is told about the rest.

use domain::record::{Disbursement, Record, Role};
use proptest::prelude::*;
use serde_json::{Value, json};

use crate::body::tests::{changed, decode_text, errors_of};
use crate::body::{self, Json};

fn disbursement_json() -> Value {
    json!({
        "version": 3,
        "number": "D-1042",
        "transaction": {"id": "T-77", "address": "12 Elm Street", "closed_on": "2026-05-01", "sale_price": "500000.00"},
        "currency": "USD",
        "gross_commission": "15000.00",
        "payer": {"id": "ESC-1", "name": "First Title", "email": null},
        "company_share": {"amount": "4000.00", "description": "House", "item": {"id": "house", "name": "House share"},
            "account": "79", "sync": true},
        "agents": [
            {"id": "A1", "name": "Ann Smith", "email": "ann@example.com", "split": "9000.00", "number": "A-1",
             "fees": [{"name": "Transaction fee", "amount": "295.00", "sync": true}],
             "deductions": [{"name": "Sign rental", "amount": "40.00", "sync": false}]},
        ],
        "referrals": [{"id": "R1", "name": "Lakeside Realty", "amount": "1500.00", "account": "82"}],
        "franchise": [{"id": "F1", "name": "Homestead", "amount": "500.00"}],
        "percent_complete": "100",
        "status": "approved",
        "memo": "Closed with a credit",
    })
}

fn read(json: &Value) -> Disbursement {
    let (record, _) = decode_text(body::disbursement, &json.to_string()).unwrap();
    let Record::Disbursement(disbursement) = record else { panic!("a disbursement") };
    disbursement
}

fn errors(json: &Value) -> String {
    errors_of(body::disbursement, &json.to_string())
}

/// The remedy and message of the only error.
fn told(json: &Value) -> String {
    let problem = decode_text(body::disbursement, &json.to_string()).unwrap_err().to_json("r");
    let problem: Value = serde_json::from_str(&problem).unwrap();
    format!("{} {}", problem["errors"][0]["message"], problem["errors"][0]["remedy"])
}

#[test]
fn a_complete_disbursement_and_a_bare_one_are_read() {
    let full = read(&disbursement_json());
    let roles: Vec<Role> = full.shares.iter().map(|share| share.role).collect();
    assert_eq!(roles, [Role::Company, Role::Agent, Role::Referral, Role::Franchise]);
    assert_eq!(
        (full.income().to_string(), full.retained().to_string()),
        ("15000".into(), "4295".into())
    );
    assert_eq!(full.shares[1].withheld.len(), 2);
    assert_eq!(full.prove(), Ok(()));

    let bare = json!({
        "version": 1,
        "transaction": {"id": "T", "address": "12 Elm Street", "closed_on": "2026-05-01"},
        "currency": "JPY",
        "gross_commission": 900_000,
        "payer": {"id": "E", "name": "First Title"},
        "agents": [{"id": "A1", "name": "Ann Smith", "split": 900_000}],
        "percent_complete": 62.5,
    });
    let bare = read(&bare);
    assert!(!bare.is_complete() && bare.shares[0].synced);
    assert_eq!((bare.number, bare.memo, bare.shares.len()), (None, None, 1));
}

#[test]
fn every_unusable_field_of_a_disbursement_is_named_by_path_and_code() {
    let long = |length: usize| Some(json!("x".repeat(length)));
    for (pointer, value, expected) in [
        ("/version", None, "version missing"),
        ("/number", long(22), "number too_long"),
        ("/transaction", None, "transaction missing"),
        ("/transaction/id", Some(json!("T/7")), "transaction.id bad_id"),
        ("/transaction/address", Some(json!(" ")), "transaction.address empty_name"),
        ("/transaction/address", long(501), "transaction.address too_long"),
        ("/transaction/closed_on", None, "transaction.closed_on missing"),
        ("/transaction/closed_on", Some(json!("05/01/2026")), "transaction.closed_on bad_date"),
        ("/transaction/sale_price", Some(json!("-1")), "transaction.sale_price negative_amount"),
        ("/transaction/sale_price", None, "ok"),
        ("/transaction/price", Some(json!("1")), "transaction.price unknown_field"),
        ("/currency", Some(json!("usd")), "currency bad_currency"),
        ("/gross_commission", None, "gross_commission missing"),
        ("/gross_commission", Some(json!("-15000.00")), "gross_commission negative_amount"),
        ("/gross_commission", Some(json!("15000.01")), "gross_commission shares_differ"),
        ("/gross_commission", Some(json!("14999.99")), "gross_commission shares_differ"),
        ("/gross_commission", Some(json!("15000.001")), "gross_commission too_precise"),
        ("/gross_commission", Some(json!(15_000)), "ok"),
        ("/payer", None, "payer missing"),
        ("/payer/name", Some(json!("🎉")), "payer.name empty_name"),
        ("/payer/email", Some(json!("first title")), "payer.email bad_email"),
        ("/company_share", None, "gross_commission shares_differ"),
        ("/company_share", Some(json!([])), "company_share wrong_type"),
        ("/company_share/amount", None, "company_share.amount missing"),
        ("/company_share/amount", Some(json!("-4000.00")), "company_share.amount negative_amount"),
        ("/company_share/account", Some(json!(79)), "company_share.account wrong_type"),
        ("/company_share/account", Some(json!("7 9")), "company_share.account bad_id"),
        ("/company_share/item", Some(json!("house")), "company_share.item wrong_type"),
        ("/company_share/sync", Some(json!("yes")), "company_share.sync wrong_type"),
        ("/company_share/number", Some(json!("1")), "company_share.number unknown_field"),
        ("/agents", Some(json!({})), "agents wrong_type"),
        ("/agents/0/id", None, "agents[0].id missing"),
        ("/agents/0/name", None, "agents[0].name missing"),
        ("/agents/0/split", Some(json!("9000.005")), "agents[0].split too_precise"),
        ("/agents/0/split", Some(json!("-9000.00")), "agents[0].split negative_amount"),
        ("/agents/0/amount", Some(json!("1.00")), "agents[0].amount unknown_field"),
        ("/agents/0/description", long(1001), "agents[0].description too_long"),
        ("/agents/0/number", long(22), "agents[0].number too_long"),
        ("/agents/0/fees", Some(json!({})), "agents[0].fees wrong_type"),
        ("/agents/0/fees/0/name", None, "agents[0].fees[0].name missing"),
        (
            "/agents/0/fees/0/amount",
            Some(json!("-1.00")),
            "agents[0].fees[0].amount negative_amount",
        ),
        ("/agents/0/fees/0/amount", Some(json!("9000.00")), "ok"),
        ("/agents/0/fees/0/amount", Some(json!("9000.01")), "agents[0] payout_negative"),
        ("/agents/0/fees/0/sync", Some(json!(1)), "agents[0].fees[0].sync wrong_type"),
        ("/agents/0/deductions/0/sync", Some(json!(true)), "ok"),
        ("/referrals/0/split", Some(json!("1.00")), "referrals[0].split unknown_field"),
        ("/referrals/0/fees", Some(json!([])), "referrals[0].fees unknown_field"),
        ("/franchise/0/amount", Some(json!(true)), "franchise[0].amount wrong_type"),
        ("/percent_complete", None, "percent_complete missing"),
        ("/percent_complete", Some(json!("-1")), "percent_complete bad_percent"),
        ("/percent_complete", Some(json!("100.00001")), "percent_complete bad_percent"),
        ("/percent_complete", Some(json!(101)), "percent_complete bad_percent"),
        ("/percent_complete", Some(json!("95 %")), "percent_complete not_a_number"),
        ("/percent_complete", Some(json!(0)), "ok"),
        ("/percent_complete", Some(json!("99.99999")), "ok"),
        ("/status", Some(json!("cancelled")), "status unknown_choice"),
        ("/status", Some(json!("canceled")), "ok"),
        ("/status", None, "ok"),
        ("/memo", long(1001), "memo too_long"),
        ("/parts", Some(json!([])), "parts unknown_field"),
    ] {
        let found = changed(&disbursement_json(), body::disbursement, pointer, value.clone());
        assert_eq!(found, expected, "{pointer} = {value:?}");
    }
}

#[test]
fn all_bad_fields_are_reported_at_once() {
    let text = r#"{"transaction":{"id":"a/b"},"currency":"USD","gross_commission":"x","payer":[],
        "company_share":{"amount":"1.001","sync":0},"agents":[{"id":"A1","split":-1,"fees":[{"name":""},7]},7],
        "referrals":7,"percent_complete":200,"status":"done"}"#;
    assert_eq!(
        errors_of(body::disbursement, text),
        "version missing; transaction.id bad_id; transaction.address missing; transaction.closed_on missing; \
         gross_commission not_a_number; payer wrong_type; company_share.amount too_precise; company_share.sync wrong_type; \
         agents[0].name missing; agents[0].split negative_amount; agents[0].fees[0].name empty_name; \
         agents[0].fees[0].amount missing; agents[0].fees[1] wrong_type; agents[1] wrong_type; referrals wrong_type; \
         percent_complete bad_percent; status unknown_choice"
    );
}

#[test]
fn shares_that_are_a_cent_off_are_refused_with_both_sums() {
    // S1-02
    let mut json = disbursement_json();
    json["agents"][0]["split"] = json!("9000.01");
    assert_eq!(errors(&json), "gross_commission shares_differ");
    let told = told(&json);
    assert!(told.contains("is 15000.00; the shares come to 15000.01"), "{told}");
}

#[test]
fn yen_have_no_decimals() {
    let mut json = disbursement_json();
    json["currency"] = json!("JPY");
    assert_eq!(errors(&json), "ok", "15000.00 yen are whole yen");
    json["agents"][0]["fees"][0]["amount"] = json!("295.50");
    assert_eq!(errors(&json), "agents[0].fees[0].amount too_precise");
}

#[test]
fn one_payee_is_one_vendor_with_one_document() {
    let with = |second: Value| {
        let mut json = disbursement_json();
        json["referrals"][0] = second;
        json
    };
    let again = json!({"id": "A1", "name": "Ann Smith", "amount": "1500.00"});
    let read = read(&with(again.clone()));
    assert_eq!(read.payees().len(), 2, "an agent may get a referral too");
    for (field, value, code) in [
        ("name", "Ann Smyth", "payee_named_twice"),
        ("email", "smith@example.com", "payee_mailed_twice"),
        ("number", "A-2", "payee_numbered_twice"),
    ] {
        let mut again = again.clone();
        again[field] = json!(value);
        assert_eq!(errors(&with(again)), format!("referrals[0].{field} {code}"));
    }
    // What is kept back counts for all that the payee gets.
    let mut json = with(again);
    json["agents"][0]["fees"][0]["amount"] = json!("10500.00");
    assert_eq!(errors(&json), "ok");
    json["agents"][0]["fees"][0]["amount"] = json!("10500.01");
    assert_eq!(errors(&json), "agents[0] payout_negative");
    assert!(told(&json).contains("leave -0.01 for payee A1"), "{}", told(&json));
}

#[test]
fn one_item_id_has_one_name() {
    let mut json = disbursement_json();
    json["franchise"][0]["item"] = json!({"id": "house", "name": "Franchise"});
    assert_eq!(errors(&json), "franchise[0].item item_named_twice");
}

#[test]
fn everybody_who_would_be_paid_less_than_nothing_is_named() {
    let mut json = disbursement_json();
    let fees = json!([{"name": "Desk", "amount": "5000.00"}]);
    json["agents"] = json!([
        {"id": "A1", "name": "Ann", "split": "4500.00", "fees": fees},
        {"id": "A2", "name": "Bob", "split": "4500.00", "fees": fees},
    ]);
    assert_eq!(errors(&json), "agents[0] payout_negative; agents[1] payout_negative");
}

#[test]
fn more_payees_than_a_disbursement_has_are_one_error() {
    let agent =
        |n: usize| json!({"id": format!("A{n}"), "name": format!("Agent {n}"), "split": "1.00"});
    let other =
        |n: usize| json!({"id": format!("R{n}"), "name": format!("Other {n}"), "amount": "1.00"});
    for (agents, referrals, expected) in [
        (50, 0, "ok"),
        (30, 20, "ok"),
        (51, 0, "agents bad_count"),
        (30, 21, "agents too_many_payees"),
        (10_000, 0, "agents bad_count"),
        (10_000, 10_000, "agents bad_count; referrals bad_count"),
    ] {
        let mut json = disbursement_json();
        json["company_share"] = Value::Null;
        json["franchise"] = json!([]);
        json["agents"] = (0..agents).map(agent).collect();
        json["referrals"] = (0..referrals).map(other).collect();
        json["gross_commission"] = json!(agents + referrals);
        assert_eq!(errors(&json), expected, "{agents} agents, {referrals} referrals");
    }
    let mut json = disbursement_json();
    json["agents"][0]["fees"] = vec![json!({"name": "Fee", "amount": "1.00"}); 11].into();
    assert_eq!(errors(&json), "agents[0].fees bad_count");
}

#[test]
fn the_largest_disbursement_fits_quickbooks_limits() {
    // A line's description and a document's memo have 4,000 characters.
    let withheld = vec![json!({"name": "n".repeat(100), "amount": "99999999999.99"}); 10];
    let described = 1000 + 20 + withheld.len() * 2 * (100 + 17) + 502;
    let memo = "Disbursement , \n\n".len() + 100 + 500 + 1000 + 200;
    assert!(described <= 4000 && memo <= 4000, "{described} {memo}");
}

#[test]
fn nesting_is_bounded_before_anything_is_read() {
    let deep = format!("{}1{}", r#"{"agents":["#.repeat(1000), "]}".repeat(1000));
    assert_eq!(Json::parse(deep.as_bytes()).unwrap_err().code(), "malformed_json");
}

#[test]
fn what_cleaning_changed_is_said() {
    let mut json = disbursement_json();
    json["agents"][0]["name"] = json!("Ann: Smith 🎉");
    json["transaction"]["address"] = json!("12 Elm Street\nSpringfield");
    json["memo"] = json!("Thanks 🎉");
    let (_, changes) = decode_text(body::disbursement, &json.to_string()).unwrap();
    let told: Vec<_> =
        changes.iter().map(|change| (change.path.as_str(), change.to.as_str())).collect();
    let expected = [
        ("transaction.address", "12 Elm Street Springfield"),
        ("agents[0].name", "Ann- Smith"),
        ("memo", "Thanks"),
    ];
    assert_eq!(told, expected);
}

proptest! {
    #[test]
    fn what_is_read_is_tied(cents in proptest::collection::vec(0..100_000_u32, 1..20), fee in 0..200_000_u32, off in -1..=1_i64) {
        let money = |cents: i64| format!("{}.{:02}", cents / 100, cents % 100);
        let sum: i64 = cents.iter().copied().map(i64::from).sum::<i64>() + off;
        prop_assume!(sum >= 0);
        let mut json = disbursement_json();
        json["company_share"] = Value::Null;
        json["referrals"] = Value::Null;
        json["franchise"] = Value::Null;
        json["gross_commission"] = json!(money(sum));
        json["agents"] = cents
            .iter()
            .enumerate()
            .map(|(n, cents)| json!({"id": format!("A{n}"), "name": "Ann", "split": money((*cents).into())}))
            .collect();
        json["agents"][0]["fees"] = json!([{"name": "Fee", "amount": money(fee.into())}]);
        match decode_text(body::disbursement, &json.to_string()) {
            Ok((Record::Disbursement(read), _)) => prop_assert_eq!(read.prove(), Ok(())),
            Ok(_) => prop_assert!(false, "a disbursement"),
            Err(_) => prop_assert!(off != 0 || fee > cents[0]),
        }
    }
}
