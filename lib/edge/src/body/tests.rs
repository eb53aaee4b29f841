//! What a host may send, and what it is told about the rest.

use domain::record::Record;
use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;

fn bill_json() -> Value {
    json!({
        "version": 3,
        "agent": {"id": "A-7", "name": "Ann Example", "email": "ann@example.com"},
        "number": "B-1042",
        "issued_on": "2026-04-01",
        "due_on": "2026-04-30",
        "closed_on": "2026-03-28",
        "currency": "USD",
        "memo": "Desk fee April",
        "lines": [
            {"item": {"id": "desk", "name": "Desk fee"}, "description": "April", "quantity": "1",
             "unit_price": "125.00", "amount": "125.00"},
        ],
        "payment": {"paid_on": "2026-04-12", "amount": "125.00", "method": "Visa", "reference": "ch_1"},
    })
}

fn payment_json() -> Value {
    json!({
        "version": 1,
        "paid_on": "2026-04-12",
        "amount": "300.00",
        "currency": "USD",
        "method": "Check",
        "reference": "1001",
        "memo": "Paid at the office",
        "bills": [{"id": "B-1", "amount": "100.00"}, {"id": "B-2", "amount": "150.00"}],
    })
}

pub(super) type Decoder = fn(&Json) -> Result<(Record, Vec<Change>), Problem>;

pub(super) fn decode_text(decoder: Decoder, text: &str) -> Result<(Record, Vec<Change>), Problem> {
    decoder(&Json::parse(text.as_bytes())?)
}

/// `path code` of every error, in the order reported; `ok` when there is none.
pub(super) fn errors_of(decoder: Decoder, text: &str) -> String {
    errors_in(decode_text(decoder, text).err())
}

/// As [`errors_of`], of a problem.
pub(super) fn errors_in(problem: Option<Problem>) -> String {
    let Some(problem) = problem else { return "ok".to_owned() };
    let body: Value = serde_json::from_str(&problem.to_json("r")).unwrap();
    assert_eq!(body["status"], 422, "{body}");
    let errors = body["errors"].as_array().unwrap();
    let told = |error: &Value| {
        let text = |name: &str| error[name].as_str().unwrap().to_owned();
        assert!(!text("remedy").is_empty() && !text("message").is_empty(), "{error}");
        format!("{} {}", text("path"), text("code"))
    };
    errors.iter().map(told).collect::<Vec<_>>().join("; ")
}

/// The errors after setting the value at a JSON pointer; `None` removes it.
pub(super) fn changed(
    base: &Value,
    decoder: Decoder,
    pointer: &str,
    value: Option<Value>,
) -> String {
    let mut json = base.clone();
    let (parent, name) = pointer.rsplit_once('/').unwrap();
    let parent = json.pointer_mut(parent).unwrap();
    match (parent, value) {
        (Value::Object(members), Some(value)) => drop(members.insert(name.to_owned(), value)),
        (Value::Object(members), None) => drop(members.remove(name)),
        (Value::Array(list), Some(value)) => list[name.parse::<usize>().unwrap()] = value,
        (parent, _) => panic!("{parent} has no {name}"),
    }
    errors_of(decoder, &json.to_string())
}

#[test]
fn a_complete_bill_and_a_bare_one_are_read() {
    let (record, changes) = decode_text(bill, &bill_json().to_string()).unwrap();
    let Record::Bill(read) = record else { panic!("a bill") };
    assert_eq!((read.version, read.total().to_string().as_str()), (3, "125"));
    assert_eq!(changes, []);

    let bare = r#"{"version":1,"agent":{"id":"A","name":"Ann"},"issued_on":"2026-04-01","currency":"JPY",
        "due_on":null,"payment":null,"lines":[{"item":{"id":"i","name":"I"},"amount":500}]}"#;
    let (Record::Bill(read), _) = decode_text(bill, bare).unwrap() else { panic!("a bill") };
    assert_eq!(read.lines[0].quantity.to_string(), "1");
    assert_eq!(read.lines[0].unit_price.to_string(), "500");
    assert_eq!((read.due_on, read.payment), (None, None));
}

#[test]
fn a_complete_payment_is_read() {
    let (Record::Payment(read), _) = decode_text(payment, &payment_json().to_string()).unwrap()
    else {
        panic!("a payment")
    };
    assert_eq!(read.allocated().to_string(), "250");
    assert!(!read.voided);
}

#[test]
fn every_unusable_field_of_a_bill_is_named_by_path_and_code() {
    let long = |length: usize| Some(json!("x".repeat(length)));
    for (pointer, value, expected) in [
        ("/version", None, "version missing"),
        ("/version", Some(json!(null)), "version missing"),
        ("/version", Some(json!(0)), "version bad_version"),
        ("/version", Some(json!(-1)), "version bad_version"),
        ("/version", Some(json!(1.5)), "version bad_version"),
        ("/version", Some(json!(9_007_199_254_740_993_u64)), "version bad_version"),
        ("/version", Some(json!("3")), "version wrong_type"),
        ("/agent", Some(json!("Ann")), "agent wrong_type"),
        ("/agent/id", Some(json!("a/b")), "agent.id bad_id"),
        ("/agent/id", Some(json!("a#b")), "agent.id bad_id"),
        ("/agent/id", Some(json!("")), "agent.id bad_id"),
        ("/agent/id", long(101), "agent.id bad_id"),
        ("/agent/id", Some(json!(7)), "agent.id wrong_type"),
        ("/agent/name", long(501), "agent.name too_long"),
        ("/agent/name", long(500), "ok"),
        ("/agent/name", Some(json!("🎉")), "agent.name empty_name"),
        ("/agent/name", Some(json!("\u{1}\u{2}")), "agent.name empty_name"),
        ("/agent/name", Some(json!("")), "agent.name empty_name"),
        ("/agent/email", Some(json!("ann")), "agent.email bad_email"),
        ("/agent/email", Some(json!("ann@host")), "agent.email bad_email"),
        ("/agent/email", Some(json!("a@b.c,d@e.f")), "agent.email bad_email"),
        ("/agent/email", Some(json!("a@b..c")), "agent.email bad_email"),
        (
            "/agent/email",
            Some(json!(format!("{}@example.com", "x".repeat(100)))),
            "agent.email too_long",
        ),
        ("/agent/email", Some(json!("")), "ok"),
        ("/number", long(22), "number too_long"),
        ("/number", Some(json!("B\t1")), "number bad_character"),
        ("/issued_on", Some(json!("2026-02-30")), "issued_on bad_date"),
        ("/issued_on", Some(json!("2026-4-1")), "issued_on bad_date"),
        ("/issued_on", Some(json!("20260401")), "issued_on bad_date"),
        ("/issued_on", Some(json!("04/01/2026")), "issued_on bad_date"),
        ("/issued_on", Some(json!("2026-04-01T00:00:00Z")), "issued_on bad_date"),
        ("/issued_on", Some(json!("1899-12-31")), "issued_on bad_date"),
        ("/issued_on", Some(json!("2200-01-01")), "issued_on bad_date"),
        ("/issued_on", Some(json!(1_775_001_600)), "issued_on wrong_type"),
        ("/due_on", Some(json!("2026-03-01")), "ok"),
        ("/currency", Some(json!("usd")), "currency bad_currency"),
        ("/currency", Some(json!("US$")), "currency bad_currency"),
        ("/currency", None, "currency missing"),
        ("/memo", long(1001), "memo too_long"),
        ("/memo", Some(json!("")), "ok"),
        ("/memo", Some(json!(["x"])), "memo wrong_type"),
        ("/lines", Some(json!([])), "lines bad_count"),
        ("/lines", Some(json!({})), "lines wrong_type"),
        ("/lines/0", Some(json!(null)), "lines[0] wrong_type"),
        ("/lines/0/item/name", long(101), "lines[0].item.name too_long"),
        ("/lines/0/item", None, "lines[0].item missing"),
        ("/lines/0/description", long(4001), "lines[0].description too_long"),
        ("/lines/0/amount", Some(json!("125.01")), "lines[0].amount amount_differs"),
        ("/lines/0/amount", Some(json!("125.001")), "lines[0].amount too_precise"),
        ("/lines/0/amount", Some(json!("-125.00")), "lines[0].amount negative_amount"),
        ("/lines/0/amount", Some(json!("NaN")), "lines[0].amount not_a_number"),
        ("/lines/0/amount", Some(json!("1.25e2")), "lines[0].amount not_a_number"),
        ("/lines/0/amount", Some(json!("12345678901234567890")), "lines[0].amount too_large"),
        ("/lines/0/amount", Some(json!(true)), "lines[0].amount wrong_type"),
        ("/lines/0/amount", Some(json!(125)), "ok"),
        ("/lines/0/amount", None, "lines[0].amount missing"),
        ("/lines/0/quantity", Some(json!("-1")), "lines[0].quantity negative_amount"),
        ("/lines/0/quantity", Some(json!("0.1234567")), "lines[0].quantity too_precise"),
        ("/lines/0/quantity", None, "ok"),
        ("/lines/0/unit_price", None, "lines[0].unit_price missing"),
        ("/payment/amount", Some(json!("0.00")), "payment.amount zero_payment"),
        ("/payment/amount", Some(json!("-5.00")), "payment.amount refund_not_supported"),
        ("/payment/amount", Some(json!("200.00")), "ok"),
        ("/payment/method", long(32), "payment.method too_long"),
        ("/payment/reference", long(22), "payment.reference too_long"),
        ("/payment/paid_on", None, "payment.paid_on missing"),
        ("/payment", Some(json!([])), "payment wrong_type"),
        ("/colour", Some(json!("red")), "colour unknown_field"),
        ("/charge", Some(json!("succeeded")), "ok"),
        ("/charge", Some(json!("failed")), "charge charge_failed"),
        ("/charge", Some(json!("pending")), "charge unknown_choice"),
        ("/charge", Some(json!(true)), "charge wrong_type"),
        ("/agent/nmae", Some(json!("x")), "agent.nmae unknown_field"),
        ("/lines/0/tax", Some(json!("1.00")), "lines[0].tax unknown_field"),
    ] {
        let found = changed(&bill_json(), bill, pointer, value.clone());
        assert_eq!(found, expected, "{pointer} = {value:?}");
    }
}

#[test]
fn every_unusable_field_of_a_payment_is_named_by_path_and_code() {
    for (pointer, value, expected) in [
        ("/amount", Some(json!("-300.00")), "amount refund_not_supported"),
        ("/amount", Some(json!("0")), "amount zero_payment"),
        ("/amount", Some(json!("249.99")), "bills over_allocated"),
        ("/amount", Some(json!("250.00")), "ok"),
        ("/bills", Some(json!([])), "bills bad_count"),
        ("/bills", None, "bills missing"),
        ("/bills/1/id", Some(json!("B-1")), "bills[1].id bill_repeated"),
        ("/bills/1/amount", Some(json!("0.00")), "bills[1].amount zero_payment"),
        ("/bills/1/amount", Some(json!("1.005")), "bills[1].amount too_precise"),
        ("/bills/0", Some(json!("B-1")), "bills[0] wrong_type"),
        ("/paid_on", Some(json!("yesterday")), "paid_on bad_date"),
        ("/voided", Some(json!(true)), "voided unknown_field"),
        ("/currency", Some(json!("JPY")), "ok"),
        ("/charge", Some(json!("failed")), "ok"),
        ("/charge", Some(json!("refunded")), "charge unknown_choice"),
    ] {
        let found = changed(&payment_json(), payment, pointer, value.clone());
        assert_eq!(found, expected, "{pointer} = {value:?}");
    }
}

#[test]
fn all_bad_fields_are_reported_at_once() {
    let text = r#"{"version":0,"agent":{"id":"","nam":"x"},"issued_on":"x","currency":"x",
        "lines":[{"item":{"id":"i","name":"I"},"amount":"x"},{"amount":1}],"payment":{}}"#;
    assert_eq!(
        errors_of(bill, text),
        "version bad_version; agent.nam unknown_field; agent.id bad_id; agent.name missing; issued_on bad_date; \
         currency bad_currency; lines[0].amount not_a_number; lines[1].item missing; payment.paid_on missing; \
         payment.amount missing"
    );
    assert_eq!(errors_of(bill, "[]"), " wrong_type");
    assert_eq!(
        errors_of(payment, "{}"),
        "version missing; paid_on missing; currency missing; amount missing; bills missing"
    );
}

#[test]
fn a_repeated_member_is_refused_because_nobody_knows_which_one_counts() {
    let text =
        payment_json().to_string().replacen("\"amount\":", "\"amount\":\"1.00\",\"amount\":", 1);
    assert!(
        errors_of(payment, &text).contains("amount repeated_field"),
        "{}",
        errors_of(payment, &text)
    );
}

#[test]
fn one_item_id_has_one_name() {
    let mut json = bill_json();
    let line = |id: &str, name: &str| json!({"item": {"id": id, "name": name}, "amount": "1.00"});
    json["lines"] = json!([line("a", "One"), line("a", "One"), line("b", "One"), line("a", "Two")]);
    assert_eq!(errors_of(bill, &json.to_string()), "lines[3].item item_named_twice");
}

#[test]
fn more_lines_than_a_document_holds_are_one_error() {
    let line = json!({"item": {"id": "i", "name": "I"}, "amount": "1.00"});
    for (count, expected) in [(500, "ok"), (501, "lines bad_count"), (10_000, "lines bad_count")] {
        let mut json = bill_json();
        json["lines"] = Value::Array(vec![line.clone(); count]);
        assert_eq!(errors_of(bill, &json.to_string()), expected, "{count} lines");
    }
}

#[test]
fn a_total_beyond_what_quickbooks_takes_is_refused() {
    let mut json = bill_json();
    let line = json!({"item": {"id": "i", "name": "I"}, "quantity": "1", "unit_price": "99999999999.99",
        "amount": "99999999999.99"});
    json["lines"] = json!([line, line]);
    assert_eq!(errors_of(bill, &json.to_string()), "lines too_large");
    json["lines"] = json!([{"item": {"id": "i", "name": "I"}, "quantity": "99999999999.99999",
        "unit_price": "99999999999.99999", "amount": "1"}]);
    assert_eq!(errors_of(bill, &json.to_string()), "lines[0].amount amount_differs");
}

#[test]
fn the_expected_amount_is_named() {
    let mut json = bill_json();
    json["lines"][0]["quantity"] = json!("3");
    json["lines"][0]["unit_price"] = json!("33.335");
    let problem = decode_text(bill, &json.to_string()).unwrap_err().to_json("r");
    assert!(problem.contains("which is 100.01"), "{problem}");
}

#[test]
fn what_cleaning_changed_is_said() {
    let mut json = bill_json();
    json["agent"]["name"] = json!("Ann: \u{0}🎉 Example\t");
    json["memo"] = json!("Thanks 🎉");
    json["payment"]["method"] = json!("Visa: 4242");
    let (record, changes) = decode_text(bill, &json.to_string()).unwrap();
    let told: Vec<_> =
        changes.iter().map(|change| (change.path.as_str(), change.to.as_str())).collect();
    let expected =
        [("agent.name", "Ann- Example"), ("memo", "Thanks"), ("payment.method", "Visa- 4242")];
    assert_eq!(told, expected);
    let Record::Bill(read) = record else { panic!("a bill") };
    assert_eq!(read.agent.name, "Ann- Example");
}

/// JSON that looks enough like a record to get past the first checks.
fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        "[-+]?[0-9]{0,25}(\\.[0-9]{0,8})?".prop_map(Value::from),
        "[12][0-9]{3}-[01][0-9]-[0-3][0-9]".prop_map(Value::from),
        any::<String>().prop_map(Value::from),
        Just(json!("USD")),
    ];
    leaf.prop_recursive(5, 60, 6, |inner| {
        let name = prop_oneof![
            proptest::sample::select(vec![
                "version",
                "agent",
                "id",
                "name",
                "email",
                "number",
                "issued_on",
                "due_on",
                "closed_on",
                "currency",
                "memo",
                "lines",
                "item",
                "description",
                "quantity",
                "unit_price",
                "amount",
                "payment",
                "paid_on",
                "method",
                "reference",
                "bills",
                "return_url",
                "charge",
                "company",
                "configuration",
                "income_account",
                "accounts_by_item",
                "number_prefix",
                "cut_off",
                "auto_sync",
                "kind",
                "transaction",
                "gross_commission",
                "company_share",
                "agents",
                "split",
                "fees",
                "percent_complete",
            ])
            .prop_map(str::to_owned),
            any::<String>(),
        ];
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..6).prop_map(Value::from),
            proptest::collection::hash_map(name, inner, 0..12)
                .prop_map(|members| Value::Object(members.into_iter().collect())),
        ]
    })
}

proptest! {
    #[test]
    fn decoding_never_panics(replacement in any_json(), place in 0..14_usize) {
        let pointers = [
            "", "/agent", "/agent/name", "/agent/email", "/lines", "/lines/0", "/lines/0/item", "/lines/0/amount",
            "/lines/0/quantity", "/lines/0/unit_price", "/payment", "/payment/amount", "/issued_on", "/currency",
        ];
        let mut json = bill_json();
        *json.pointer_mut(pointers[place]).unwrap() = replacement.clone();
        for text in [json.to_string(), replacement.to_string()] {
            let parsed = Json::parse(text.as_bytes()).unwrap();
            drop((bill(&parsed), payment(&parsed), settings(&parsed), start(&parsed), nothing(&parsed)));
            drop((disbursement(&parsed), asked(&parsed), one_record(&parsed), release(&parsed)));
            drop(Template::ALL.map(|template| workflow(template, &parsed)));
        }
    }

    #[test]
    fn parsing_never_panics(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        drop(Json::parse(&bytes));
    }
}
