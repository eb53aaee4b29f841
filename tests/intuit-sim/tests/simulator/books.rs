//! The books stay balanced whatever is done, and agree with what the objects say.

use proptest::{prelude::*, test_runner::Config};
use serde_json::{Value, json};
use tokio::runtime::Runtime;

use crate::support::{Company, id, invoice, line, number, payment};

#[tokio::test]
async fn the_sample_company_starts_balanced_and_as_recorded() {
    let company = Company::sample().await;
    company.assert_books_balance().await;
    for (account, balance) in [
        ("33", -1602.67),
        ("35", 2101.0),
        ("36", 800.0),
        ("41", -157.72),
        ("90", -370.94),
        ("84", 5281.52),
        ("79", 0.0),
    ] {
        assert_eq!(
            company.read("Account", account).await["CurrentBalance"],
            json!(number(&balance.to_string())),
            "{account}"
        );
    }
    let truck = company.read("Account", "37").await;
    assert_eq!(
        (&truck["CurrentBalance"], &truck["CurrentBalanceWithSubAccounts"]),
        (&json!(0), &json!(13495))
    );
    for (customer, balance) in
        [("1", 239.0), ("8", 477.5), ("10", 629.1), ("18", 954.75), ("26", 414.72), ("29", 375.0)]
    {
        assert_eq!(
            company.read("Customer", customer).await["Balance"],
            number(&balance.to_string()),
            "{customer}"
        );
    }
    for (entity, count) in [
        ("Account", 89),
        ("Customer", 29),
        ("Vendor", 26),
        ("Item", 18),
        ("Term", 4),
        ("Employee", 2),
        ("Invoice", 31),
        ("Payment", 16),
    ] {
        let reply = company.query(&format!("select count(*) from {entity}")).await;
        assert_eq!(reply.body["QueryResponse"]["totalCount"], json!(count), "{entity}");
    }
}

/// One thing that may happen to a company's receivables.
#[derive(Clone, Debug)]
enum Event {
    Invoice { cents: u32, taxed: bool },
    Pay { invoice: usize, percent: u32, over: u32 },
    Edit { invoice: usize, cents: u32 },
    VoidInvoice(usize),
    DeleteInvoice(usize),
    VoidPayment(usize),
    DeletePayment(usize),
    Unlink(usize),
}

fn event() -> impl Strategy<Value = Event> {
    let which = 0..8_usize;
    prop_oneof![
        3 => (1..200_000_u32, any::<bool>()).prop_map(|(cents, taxed)| Event::Invoice { cents, taxed }),
        4 => (which.clone(), 1..101_u32, 0..5_000_u32).prop_map(|(invoice, percent, over)| Event::Pay { invoice, percent, over }),
        2 => (which.clone(), 1..200_000_u32).prop_map(|(invoice, cents)| Event::Edit { invoice, cents }),
        1 => which.clone().prop_map(Event::VoidInvoice),
        1 => which.clone().prop_map(Event::DeleteInvoice),
        1 => which.clone().prop_map(Event::VoidPayment),
        1 => which.clone().prop_map(Event::DeletePayment),
        1 => which.prop_map(Event::Unlink),
    ]
}

fn money(cents: u32) -> String {
    format!("{}.{:02}", cents / 100, cents % 100)
}

fn in_cents(value: &Value) -> u32 {
    let text = value.to_string();
    let (whole, rest) = text.split_once('.').unwrap_or((&text, ""));
    whole.parse::<u32>().unwrap() * 100 + format!("{rest:0<2}").parse::<u32>().unwrap()
}

async fn live(company: &Company, entity: &str) -> Vec<Value> {
    let objects =
        company.inspect(&format!("objects/{entity}")).await["objects"].as_array().unwrap().clone();
    objects
        .into_iter()
        .filter(|object| object.get("status").is_none() && object["CustomerRef"]["value"] == "3")
        .collect()
}

async fn happens(company: &Company, event: &Event) {
    let (invoices, payments) = (live(company, "invoice").await, live(company, "payment").await);
    let pick = |objects: &[Value], index: usize| {
        (!objects.is_empty()).then(|| objects[index % objects.len()].clone())
    };
    let named = |object: &Value| json!({"Id": object["Id"], "SyncToken": object["SyncToken"], "sparse": true});
    match event {
        Event::Invoice { cents, taxed } => {
            let mut body = invoice("3", &money(*cents));
            if *taxed {
                body["Line"][0]["SalesItemLineDetail"]["TaxCodeRef"] = json!({"value": "TAX"});
                body["TxnTaxDetail"] = json!({"TxnTaxCodeRef": {"value": "3"}});
            }
            company.save("Invoice", body).await;
        }
        Event::Pay { invoice, percent, over } => {
            if let Some(invoice) = pick(&invoices, *invoice) {
                let part = u32::try_from(
                    u64::from(in_cents(&invoice["Balance"])) * u64::from(*percent) / 100,
                )
                .unwrap();
                let lines: &[(&str, &str)] = &[(id(&invoice), &money(part))];
                company.save("Payment", payment("3", &money(part + over), lines)).await;
            }
        }
        Event::Edit { invoice, cents } => {
            if let Some(invoice) = pick(&invoices, *invoice) {
                let mut body = named(&invoice);
                body["Line"] = json!([line(&money(*cents), "4")]);
                company.save("Invoice", body).await;
            }
        }
        Event::VoidInvoice(index) | Event::DeleteInvoice(index) => {
            if let Some(invoice) = pick(&invoices, *index) {
                let operation =
                    if matches!(event, Event::VoidInvoice(_)) { "void" } else { "delete" };
                let reply =
                    company.post(&format!("invoice?operation={operation}"), named(&invoice)).await;
                assert_eq!(reply.status, 200, "{}", reply.body);
            }
        }
        Event::VoidPayment(index) | Event::DeletePayment(index) => {
            if let Some(payment) = pick(&payments, *index) {
                let operation = if matches!(event, Event::VoidPayment(_)) {
                    "update&include=void"
                } else {
                    "delete"
                };
                let reply =
                    company.post(&format!("payment?operation={operation}"), named(&payment)).await;
                assert_eq!(reply.status, 200, "{}", reply.body);
            }
        }
        Event::Unlink(index) => {
            if let Some(payment) = pick(&payments, *index) {
                let mut body = named(&payment);
                body["Line"] = json!([]);
                company.save("Payment", body).await;
            }
        }
    }
}

/// Books are zero, and the customer's balance is what invoices and payments leave open.
async fn agrees(company: &Company) {
    company.assert_books_balance().await;
    let open: i64 = live(company, "invoice")
        .await
        .iter()
        .map(|invoice| i64::from(in_cents(&invoice["Balance"])))
        .sum();
    let unapplied: i64 = live(company, "payment")
        .await
        .iter()
        .map(|payment| i64::from(in_cents(&payment["UnappliedAmt"])))
        .sum();
    let customer = company.read("Customer", "3").await["Balance"].to_string();
    let (sign, digits) =
        customer.strip_prefix('-').map_or((1, customer.as_str()), |digits| (-1, digits));
    assert_eq!(sign * i64::from(in_cents(&number(digits))), open - unapplied);
}

proptest! {
    #![proptest_config(Config { cases: 12, failure_persistence: None, ..Config::default() })]
    #[test]
    fn books_balance_after_any_sequence_of_events(events in prop::collection::vec(event(), 1..14)) {
        Runtime::new().unwrap().block_on(async {
            let company = Company::switched(json!({"delete_paid_invoice": "unlink"})).await;
            for event in &events {
                happens(&company, event).await;
            }
            agrees(&company).await;
        });
    }
}
