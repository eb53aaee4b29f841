//! The books stay balanced under all kinds of documents, and every balance shown follows from them.

use proptest::{prelude::*, test_runner::Config};
use serde_json::{Value, json};
use tokio::runtime::Runtime;

use crate::support::{Company, bill, invoice, number, payment};

const KINDS: [&str; 9] = [
    "Invoice",
    "CreditMemo",
    "SalesReceipt",
    "Payment",
    "Bill",
    "VendorCredit",
    "Purchase",
    "Deposit",
    "JournalEntry",
];

/// What happens to the company; numbers pick among what is there.
#[derive(Clone, Debug)]
enum Event {
    Create { kind: usize, cents: u32, other: usize },
    Apply { charge: usize, credit: usize, percent: u32 },
    Deposit { first: usize, count: usize, back: u32 },
    Edit { kind: usize, which: usize, cents: u32 },
    Delete { kind: usize, which: usize },
    Void { kind: usize, which: usize },
    Pay { which: usize, percent: u32, credit: Option<usize> },
    Unpay { which: usize, voids: bool },
    Merge { which: usize },
}

/// Merges that a person can make without taking away what the other events name.
const MERGES: [(&str, &str, &str); 4] =
    [("vendor", "46", "41"), ("customer", "1", "3"), ("account", "76", "7"), ("item", "2", "1")];

fn event() -> impl Strategy<Value = Event> {
    let (kind, which) = (0..KINDS.len(), 0..20_usize);
    prop_oneof![
        6 => (kind.clone(), 1..100_000_u32, which.clone()).prop_map(|(kind, cents, other)| Event::Create { kind, cents, other }),
        3 => (which.clone(), which.clone(), 1..120_u32).prop_map(|(charge, credit, percent)| Event::Apply { charge, credit, percent }),
        3 => (which.clone(), 1..4_usize, 0..500_u32).prop_map(|(first, count, back)| Event::Deposit { first, count, back }),
        3 => (kind.clone(), which.clone(), 1..100_000_u32).prop_map(|(kind, which, cents)| Event::Edit { kind, which, cents }),
        2 => (kind.clone(), which.clone()).prop_map(|(kind, which)| Event::Delete { kind, which }),
        2 => (kind, which.clone()).prop_map(|(kind, which)| Event::Void { kind, which }),
        4 => (which.clone(), 1..120_u32, prop::option::of(0..4_usize)).prop_map(|(which, percent, credit)| Event::Pay { which, percent, credit }),
        1 => (which.clone(), any::<bool>()).prop_map(|(which, voids)| Event::Unpay { which, voids }),
        1 => which.prop_map(|which| Event::Merge { which }),
    ]
}

fn money(cents: u64) -> String {
    format!("{}.{:02}", cents / 100, cents % 100)
}

/// Whole cents of a JSON amount.
fn cents(value: &Value) -> i64 {
    let text = if value.is_null() { "0".to_owned() } else { value.to_string() };
    let (sign, digits) = text.strip_prefix('-').map_or((1, text.as_str()), |digits| (-1, digits));
    let (whole, rest) = digits.split_once('.').unwrap_or((digits, ""));
    sign * (whole.parse::<i64>().unwrap() * 100 + format!("{rest:0<2}").parse::<i64>().unwrap())
}

async fn live(company: &Company, entity: &str) -> Vec<Value> {
    let all =
        company.inspect(&format!("objects/{entity}")).await["objects"].as_array().unwrap().clone();
    all.into_iter().filter(|object| object.get("status").is_none()).collect()
}

fn entry(amount: &str, other: usize) -> Value {
    let side = |kind: &str, account: &str, name: Value| json!({"Amount": number(amount), "DetailType": "JournalEntryLineDetail", "JournalEntryLineDetail": {"PostingType": kind, "AccountRef": {"value": account}, "Entity": name}});
    let named = |kind: &str, id: &str| json!({"Type": kind, "EntityRef": {"value": id}});
    let (debit, credit) = match other % 4 {
        0 => (("84", named("Customer", "3")), ("25", json!({}))),
        1 => (("7", json!({})), ("33", named("Vendor", "41"))),
        2 => (("4", json!({})), ("84", named("Customer", "2"))),
        _ => (("7", json!({})), ("35", json!({}))),
    };
    json!({"Line": [side("Debit", debit.0, debit.1), side("Credit", credit.0, credit.1)]})
}

/// A new document, or the members that change an old one.
fn document(kind: &str, amount: &str, other: usize) -> Value {
    let expense = |account: &str| bill("41", amount, account);
    match kind {
        "Bill" | "VendorCredit" => expense(["7", "63", "37"][other % 3]),
        "Purchase" => {
            let (kind, account) =
                [("Check", "35"), ("Cash", "36"), ("CreditCard", "41")][other % 3];
            json!({"PaymentType": kind, "AccountRef": {"value": account}, "Credit": other.is_multiple_of(2), "Line": expense("7")["Line"]})
        }
        "Payment" => payment("3", amount, &[]),
        "Deposit" => {
            json!({"DepositToAccountRef": {"value": "35"}, "Line": [{"Amount": number(amount), "DetailType": "DepositLineDetail", "DepositLineDetail": {"AccountRef": {"value": "25"}}}]})
        }
        "JournalEntry" => entry(amount, other),
        _ => {
            let mut body = invoice("3", amount);
            if other.is_multiple_of(2) {
                body["Line"][0]["SalesItemLineDetail"]["TaxCodeRef"] = json!({"value": "TAX"});
                body["TxnTaxDetail"] = json!({"TxnTaxCodeRef": {"value": "3"}});
            }
            body
        }
    }
}

fn pick(objects: &[Value], which: usize) -> Option<&Value> {
    (!objects.is_empty()).then(|| &objects[which % objects.len()])
}

fn addressed(object: &Value) -> Value {
    json!({"Id": object["Id"], "SyncToken": object["SyncToken"], "sparse": true})
}

/// Performs an event; the rules may refuse it, but only with a fault that belongs to it.
async fn happens(company: &Company, event: &Event) {
    let (path, body) = match event {
        Event::Create { kind, cents, other } => {
            (KINDS[*kind].to_lowercase(), document(KINDS[*kind], &money((*cents).into()), *other))
        }
        Event::Apply { charge, credit, percent } => {
            let open = |objects: Vec<Value>| -> Vec<Value> {
                objects.into_iter().filter(|object| object["CustomerRef"]["value"] == "3").collect()
            };
            let charges = open(live(company, "invoice").await);
            let credits = open(live(company, "creditmemo").await);
            let (Some(charge), Some(credit)) = (pick(&charges, *charge), pick(&credits, *credit))
            else {
                return;
            };
            let least = cents(&charge["Balance"]).min(cents(&credit["Balance"]));
            let amount = number(&money(u64::try_from(least).unwrap() * u64::from(*percent) / 100));
            let line = |item: &Value, kind: &str| json!({"Amount": amount, "LinkedTxn": [{"TxnId": item["Id"], "TxnType": kind}]});
            let body = json!({"CustomerRef": {"value": "3"}, "TotalAmt": 0, "Line": [line(charge, "Invoice"), line(credit, "CreditMemo")]});
            ("payment".to_owned(), body)
        }
        Event::Deposit { first, count, back } => {
            let mut lines = Vec::new();
            for (entity, kind) in [("payment", "Payment"), ("salesreceipt", "SalesReceipt")] {
                for object in live(company, entity).await.iter().skip(*first).take(*count) {
                    lines.push(json!({"Amount": object["TotalAmt"], "LinkedTxn": [{"TxnId": object["Id"], "TxnType": kind, "TxnLineId": "0"}]}));
                }
            }
            let back =
                json!({"AccountRef": {"value": "36"}, "Amount": number(&money((*back).into()))});
            let body =
                json!({"DepositToAccountRef": {"value": "35"}, "Line": lines, "CashBack": back});
            ("deposit".to_owned(), body)
        }
        Event::Pay { which, percent, credit } => {
            let mut bills = live(company, "bill").await;
            bills.retain(|bill| bill["VendorRef"]["value"] == "41");
            let credits = live(company, "vendorcredit").await;
            let Some(bill) = pick(&bills, *which) else { return };
            let open = u64::try_from(cents(&bill["Balance"])).unwrap();
            let paid = open * u64::from(*percent) / 100;
            let line = |of: &Value, kind: &str, amount: u64| json!({"Amount": number(&money(amount)), "LinkedTxn": [{"TxnId": of["Id"], "TxnType": kind}]});
            let mut lines = vec![line(bill, "Bill", paid)];
            let mut total = paid;
            if let Some(credit) = credit.and_then(|which| pick(&credits, which)) {
                let used = u64::try_from(cents(&credit["Balance"])).unwrap().min(paid);
                lines.push(line(credit, "VendorCredit", used));
                total -= used;
            }
            let body = json!({"VendorRef": {"value": "41"}, "PayType": "Check", "CheckPayment": {"BankAccountRef": {"value": "35"}}, "TotalAmt": number(&money(total)), "Line": lines});
            ("billpayment".to_owned(), body)
        }
        Event::Unpay { which, voids } => {
            let payments = live(company, "billpayment").await;
            let Some(payment) = pick(&payments, *which) else { return };
            let operation = if *voids { "update&include=void" } else { "delete" };
            (format!("billpayment?operation={operation}"), addressed(payment))
        }
        Event::Merge { which } => {
            let (entity, loser, survivor) = MERGES[which % MERGES.len()];
            let merged =
                company.try_by_hand(entity, loser, "merge", json!({"into": survivor})).await;
            assert!([200, 404].contains(&merged.status), "{}", merged.body);
            company.assert_books_balance().await;
            return;
        }
        Event::Edit { kind, which, cents } => {
            let objects = live(company, &KINDS[*kind].to_lowercase()).await;
            let Some(object) = pick(&objects, *which) else { return };
            let mut body = addressed(object);
            let change = document(KINDS[*kind], &money((*cents).into()), *which);
            body.as_object_mut().unwrap().extend(change.as_object().unwrap().clone());
            (KINDS[*kind].to_lowercase(), body)
        }
        Event::Delete { kind, which } | Event::Void { kind, which } => {
            let entity = KINDS[*kind].to_lowercase();
            let objects = live(company, &entity).await;
            let Some(object) = pick(&objects, *which) else { return };
            let operation =
                if matches!(event, Event::Void { .. }) { "update&include=void" } else { "delete" };
            (format!("{entity}?operation={operation}"), addressed(object))
        }
    };
    let reply = company.post(&path, body.clone()).await;
    let refusals = ["6540", "6000", "620", "2020"];
    assert!(
        reply.status == 200 || refusals.contains(&reply.code()),
        "{path} {body}: {}",
        reply.body
    );
    company.assert_books_balance().await;
}

async fn balance(company: &Company, account: &str) -> i64 {
    cents(&company.read("Account", account).await["CurrentBalance"])
}

fn sum(objects: &[Value], member: &str) -> i64 {
    objects.iter().map(|object| cents(&object[member])).sum()
}

/// The control accounts are the sums of the names, and names the sums of their documents.
async fn agrees(company: &Company) {
    let customers = live(company, "customer").await;
    let vendors = live(company, "vendor").await;
    assert_eq!(balance(company, "84").await, sum(&customers, "Balance"), "receivables");
    assert_eq!(-balance(company, "33").await, sum(&vendors, "Balance"), "payables");

    let journal = live(company, "journalentry").await;
    let booked = |account: &str, name: Option<&str>| -> i64 {
        let lines = journal.iter().flat_map(|entry| entry["Line"].as_array().unwrap());
        lines
            .filter(|line| {
                let detail = &line["JournalEntryLineDetail"];
                detail["AccountRef"]["value"] == account
                    && name.is_none_or(|name| detail["Entity"]["EntityRef"]["value"] == name)
            })
            .map(|line| {
                let is_debit = line["JournalEntryLineDetail"]["PostingType"] == "Debit";
                if is_debit { cents(&line["Amount"]) } else { -cents(&line["Amount"]) }
            })
            .sum()
    };
    let of = |objects: Vec<Value>, member: &'static str, name: &'static str| -> Vec<Value> {
        objects.into_iter().filter(|object| object[member]["value"] == name).collect()
    };
    let open = sum(&of(live(company, "invoice").await, "CustomerRef", "3"), "Balance")
        - sum(&of(live(company, "creditmemo").await, "CustomerRef", "3"), "RemainingCredit")
        - sum(&of(live(company, "payment").await, "CustomerRef", "3"), "UnappliedAmt");
    let customer = cents(&company.read("Customer", "3").await["Balance"]);
    assert_eq!(customer, open + booked("84", Some("3")), "customer");
    // A bill payment outlives its bill and is then owed back.
    let used = |line: &Value| match line["LinkedTxn"][0]["TxnType"].as_str() {
        Some("VendorCredit") => -cents(&line["Amount"]),
        _ => cents(&line["Amount"]),
    };
    let unused: i64 = of(live(company, "billpayment").await, "VendorRef", "41")
        .iter()
        .map(|paid| {
            cents(&paid["TotalAmt"])
                - paid["Line"].as_array().unwrap().iter().map(used).sum::<i64>()
        })
        .sum();
    let owed = sum(&of(live(company, "bill").await, "VendorRef", "41"), "Balance")
        - sum(&of(live(company, "vendorcredit").await, "VendorRef", "41"), "Balance")
        - unused;
    let vendor = cents(&company.read("Vendor", "41").await["Balance"]);
    assert_eq!(vendor, owed - booked("33", Some("41")), "vendor");

    // What lies in Undeposited Funds is what no deposit has taken; 300 were there from the start.
    let mut waiting = 30_000 + booked("4", None);
    for entity in ["payment", "salesreceipt"] {
        waiting += live(company, entity)
            .await
            .iter()
            .filter(|object| {
                object["DepositToAccountRef"]["value"] == "4" && object.get("LinkedTxn").is_none()
            })
            .map(|object| cents(&object["TotalAmt"]))
            .sum::<i64>();
    }
    assert_eq!(balance(company, "4").await, waiting, "undeposited funds");
}

proptest! {
    #![proptest_config(Config { cases: 16, failure_persistence: None, ..Config::default() })]
    #[test]
    fn books_and_balances_hold_whatever_happens_to_any_document(events in prop::collection::vec(event(), 1..24)) {
        Runtime::new().unwrap().block_on(async {
            let company = Company::switched(json!({"delete_paid_invoice": "unlink", "undocumented_void": "accept"})).await;
            agrees(&company).await;
            for event in &events {
                happens(&company, event).await;
            }
            agrees(&company).await;
        });
    }
}
