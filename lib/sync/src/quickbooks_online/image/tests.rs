//! What is sent says the same when it is read back, for every kind of document.

use domain::connection::{Books, Company};
use domain::id::{CompanyId, ObjectId};
use domain::ledger::{
    Booking, BookingLine, Document, Merge, Object, ObjectKind, Part, Receipt, ReceiptLine, Ref,
    Sale, SaleLine, Step,
};
use domain::money::Currency;
use quickbooks::Write;
use serde_json::{Value, json};
use uuid::Uuid;

use super::Says;
use crate::quickbooks_online::answer::{Body, Readable};
use crate::quickbooks_online::render;

const MARKER: &str = "[lb:0123456789abcdef]";

fn id(text: &str) -> ObjectId {
    ObjectId::parse(text).unwrap()
}

fn company() -> Company {
    Company {
        id: CompanyId::parse("4620").unwrap(),
        name: "Harbor Realty".to_owned(),
        country: "US".to_owned(),
        edition: None,
        currency: Currency::parse("USD").unwrap(),
        multicurrency: false,
        books: Books::default(),
    }
}

fn sale(deposit_account: Option<&str>) -> Sale {
    Sale {
        customer: Ref::Known(id("58")),
        number: Some("B-1".to_owned()),
        date: "2026-05-03".parse().ok(),
        due: deposit_account.is_none().then(|| "2026-06-03".parse().unwrap()),
        term: deposit_account.is_none().then(|| id("3")),
        deposit_account: deposit_account.map(id),
        currency: company().currency,
        memo: Some("two\nlines".to_owned()),
        marker: MARKER.to_owned(),
        email: Some("ann@example.com".to_owned()),
        class: Some(id("9")),
        lines: vec![
            SaleLine {
                item: Ref::Known(id("7")),
                description: Some("Desk fee; May".to_owned()),
                quantity: "2.50".parse().unwrap(),
                unit_price: "50".parse().unwrap(),
                amount: "125.00".parse().unwrap(),
            },
            SaleLine {
                item: Ref::Known(id("8")),
                description: None,
                quantity: "1".parse().unwrap(),
                unit_price: "-5".parse().unwrap(),
                amount: "-5".parse().unwrap(),
            },
        ],
    }
}

fn booking(account: Option<&str>, number: Option<&str>) -> Booking {
    let line = |account: &str, text: Option<&str>, amount: &str| BookingLine {
        account: id(account),
        description: text.map(str::to_owned),
        amount: amount.parse().unwrap(),
    };
    Booking {
        party: Ref::Known(id("61")),
        account: account.map(id),
        number: number.map(str::to_owned),
        date: "2026-05-03".parse().ok(),
        term: None,
        currency: company().currency,
        memo: Some("D-1, 12 Elm Street\nnote".to_owned()),
        marker: MARKER.to_owned(),
        class: Some(id("9")),
        lines: vec![line("80", Some("Commission"), "8705.00"), line("81", None, "0.10")],
    }
}

fn receipt() -> Receipt {
    Receipt {
        customer: Ref::Known(id("58")),
        date: "2026-05-03".parse().ok(),
        amount: "130.00".parse().unwrap(),
        currency: company().currency,
        deposit_account: id("35"),
        method: Some(Ref::Known(id("2"))),
        reference: Some("4711".to_owned()),
        memo: None,
        marker: MARKER.to_owned(),
        lines: vec![
            ReceiptLine { invoice: Ref::Known(id("145")), amount: "125".parse().unwrap() },
            ReceiptLine { invoice: Ref::Known(id("146")), amount: "0".parse().unwrap() },
        ],
    }
}

fn documents() -> [Document; 7] {
    [
        Document::Invoice(sale(None)),
        Document::SalesReceipt(sale(Some("35"))),
        Document::Payment(receipt()),
        Document::Deposit(booking(Some("35"), None)),
        Document::Bill(Booking { term: Some(id("3")), ..booking(None, Some("D-1-A1")) }),
        Document::Check(booking(Some("36"), Some("D-1-A1"))),
        Document::JournalEntry(booking(Some("37"), Some("D-1-A1"))),
    ]
}

fn written(step: &Step, now: Option<&Body>) -> Value {
    let write: Write = render(step, &company(), Uuid::nil(), now);
    serde_json::from_str(write.body()).unwrap()
}

fn says(document: &Document, mut body: Value) -> domain::ledger::Image {
    fn read<T: Says>(body: Value) -> domain::ledger::Image {
        serde_json::from_value::<T>(body).unwrap().says()
    }
    body["Line"]
        .as_array_mut()
        .unwrap()
        .push(json!({"DetailType": "SubTotalLineDetail", "Amount": 120}));
    match document.kind() {
        ObjectKind::Invoice => read::<quickbooks::entity::Invoice>(body),
        ObjectKind::SalesReceipt => read::<quickbooks::entity::SalesReceipt>(body),
        ObjectKind::Payment => read::<quickbooks::entity::Payment>(body),
        ObjectKind::Deposit => read::<quickbooks::entity::Deposit>(body),
        ObjectKind::Bill => read::<quickbooks::entity::Bill>(body),
        ObjectKind::Purchase => read::<quickbooks::entity::Purchase>(body),
        ObjectKind::JournalEntry => read::<quickbooks::entity::JournalEntry>(body),
        other => panic!("{other:?} is no document"),
    }
}

#[test]
fn what_is_sent_says_the_same_when_it_is_read_back() {
    for document in documents() {
        let body = written(&Step::Create(document.clone()), None);
        assert_eq!(says(&document, body.clone()), document.image(), "{body}");
    }
}

#[test]
fn the_marker_says_nothing_wherever_a_person_moves_it() {
    let document = Document::Invoice(sale(None));
    let mut body = written(&Step::Create(document.clone()), None);
    for note in [&*format!("{MARKER} two\nlines"), "two\nlines", &format!("two\nlines {MARKER}")] {
        body["PrivateNote"] = json!(note);
        assert_eq!(says(&document, body.clone()).text(Part::Memo), Some("two\nlines"), "{note}");
    }
    body["PrivateNote"] = json!("paid by hand [lb:half");
    assert_eq!(says(&document, body).text(Part::Memo), Some("paid by hand [lb:half"));
}

/// A document as it is in QuickBooks.
fn existing(document: &Document) -> Object {
    let bill = quickbooks::entity::Bill {
        id: Some(quickbooks::ObjectId::new("145")),
        sync_token: Some(quickbooks::SyncToken::new("3")),
        ..quickbooks::entity::Bill::default()
    };
    let kind = document.kind();
    Object { kind, ..bill.read(&company().id).unwrap().object }
}

#[test]
fn parts_that_are_not_to_be_sent_are_left_out_but_for_what_every_update_repeats() {
    for document in documents() {
        let parts = document.image().determined();
        for part in &parts {
            let unsent = [*part].into();
            let merge = Merge { unsent, ..Merge::default() };
            let step = Step::Update(Box::new(existing(&document)), document.clone(), merge.clone());
            let whole =
                Step::Update(Box::new(existing(&document)), document.clone(), Merge::default());
            let (body, whole) = (written(&step, None), written(&whole, None));
            for member in super::members(document.kind(), *part) {
                let repeated = matches!(
                    (document.kind(), *member),
                    (ObjectKind::Bill, "VendorRef")
                        | (ObjectKind::Deposit, "DepositToAccountRef" | "Line")
                );
                assert_eq!(body.get(*member).is_some(), repeated, "{member} in {body}");
                let only_abroad = *member == "GlobalTaxCalculation";
                assert!(only_abroad || whole.get(*member).is_some(), "{member} in {whole}");
            }
            assert_eq!(body["SyncToken"], "3");
        }
    }
}

#[test]
fn what_is_kept_and_repeated_is_repeated_as_the_bookkeeper_made_it() {
    let document = Document::Deposit(booking(Some("35"), None));
    let theirs = json!([{"Amount": 1.50, "Description": "theirs", "Made": "up"}]);
    let Value::Object(now) = json!({"Line": theirs, "DepositToAccountRef": {"value": "99"}}) else {
        panic!("an object")
    };
    let kept: std::collections::BTreeSet<Part> = [Part::Lines].into();
    let merge = Merge { unsent: kept.clone(), kept, ..Merge::default() };
    let step = Step::Update(Box::new(existing(&document)), document, merge);
    let body = written(&step, Some(&now));
    assert_eq!((&body["Line"], &body["DepositToAccountRef"]["value"]), (&theirs, &json!("35")));
}
