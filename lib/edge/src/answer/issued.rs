//! Issued payments as the host sees them.

use domain::issued::{Applied, IssuedPayment, IssuedState, Linked, Named};
use domain::money::Currency;
use jiff::Timestamp;
use jiff::civil::Date;
use quickbooks::{Endpoints, EntityKind, RealmId};
use serde::Serialize;

#[cfg(test)]
use crate::openapi::words;

/// What a call about one payment answers.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(rename = "IssuedPaymentAnswer"))]
pub(crate) struct Body<'a> {
    pub(crate) issued_payment: View<'a>,
}

/// A payment on bills of ours.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(rename = "IssuedPayment"))]
pub(crate) struct View<'a> {
    /// The company it was paid from and its QuickBooks id, with a dot between them.
    id: String,
    /// How it stands; the legend says what that means.
    #[cfg_attr(test, schemars(with = "words::IssuedState"))]
    state: &'static str,
    /// The color of the state's icon.
    #[cfg_attr(test, schemars(with = "words::IssuedColor"))]
    color: &'static str,
    /// The host's own number for it.
    #[serde(skip_serializing_if = "Option::is_none")]
    number: Option<&'a str>,
    /// The host's own files about it.
    attachments: Vec<AttachmentView<'a>>,
    /// What QuickBooks says of it. It is changed there only.
    quickbooks: SeenView<'a>,
    /// What it pays of bills that were posted from here. All amounts are in the payment's currency.
    applied: Vec<AppliedView<'a>>,
    /// Credits of the vendor's that it uses up.
    credits: Vec<LinkedView<'a>>,
    /// What else it is linked to: bills that were not posted from here, journal entries, deposits.
    others: Vec<LinkedView<'a>>,
    /// When it came.
    first_seen_at: Timestamp,
    /// When it last changed here.
    updated_at: Timestamp,
}

#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(rename = "Attachment"))]
struct AttachmentView<'a> {
    /// The host's id of it.
    id: &'a str,
    /// Its name, for people.
    name: &'a str,
}

#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(rename = "BillPayment"))]
struct SeenView<'a> {
    /// Its QuickBooks id.
    id: &'a str,
    /// The check's number, or what stands for one.
    #[serde(skip_serializing_if = "Option::is_none")]
    doc_number: Option<&'a str>,
    /// The day it was paid.
    #[serde(skip_serializing_if = "Option::is_none")]
    date: Option<Date>,
    /// How it was paid.
    #[cfg_attr(test, schemars(with = "words::PayType"))]
    pay_type: &'static str,
    /// The bank account or credit card it was paid from.
    #[serde(skip_serializing_if = "Option::is_none")]
    account: Option<NamedView<'a>>,
    /// Who was paid.
    vendor: NamedView<'a>,
    /// ISO 4217 code.
    currency: &'a str,
    /// What left the account; zero once it is voided.
    total: String,
    /// What the bookkeeper noted.
    #[serde(skip_serializing_if = "Option::is_none")]
    memo: Option<&'a str>,
    /// Its page in QuickBooks, unless it is gone there.
    #[serde(skip_serializing_if = "Option::is_none")]
    url: Option<String>,
    /// When it was last changed, by QuickBooks' clock.
    changed_at: Timestamp,
}

#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(rename = "Named"))]
struct NamedView<'a> {
    /// Its QuickBooks id.
    id: &'a str,
    /// Its name in QuickBooks.
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<&'a str>,
}

#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(rename = "Applied"))]
struct AppliedView<'a> {
    /// The host's id of the disbursement whose expense the bill is.
    disbursement: &'a str,
    /// The host's id of who is paid.
    #[serde(skip_serializing_if = "Option::is_none")]
    payee: Option<&'a str>,
    /// The bill.
    bill: BillView<'a>,
    /// How much of it this payment pays.
    amount: String,
}

#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(rename = "PaidBill"))]
struct BillView<'a> {
    /// Its QuickBooks id.
    id: &'a str,
    /// Its number.
    #[serde(skip_serializing_if = "Option::is_none")]
    doc_number: Option<&'a str>,
    /// What was open on it when it was last looked at.
    #[serde(skip_serializing_if = "Option::is_none")]
    balance: Option<String>,
}

#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(rename = "LinkedDocument"))]
struct LinkedView<'a> {
    /// What it is, as QuickBooks calls it: `VendorCredit`, `Bill`, `JournalEntry` …
    #[serde(rename = "type")]
    kind: &'a str,
    /// Its QuickBooks id, unique per type.
    id: &'a str,
    /// How much of it.
    amount: String,
}

/// The states with what they mean, for people.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(rename = "IssuedLegendAnswer"))]
pub(crate) struct Legend {
    /// Every state, in the order in which to show them.
    legend: Vec<Entry>,
}

#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(rename = "IssuedLegendEntry"))]
struct Entry {
    /// The state.
    #[cfg_attr(test, schemars(with = "words::IssuedState"))]
    state: &'static str,
    /// The color of its icon.
    #[cfg_attr(test, schemars(with = "words::IssuedColor"))]
    color: &'static str,
    /// What people call it.
    title: &'static str,
    /// What it means.
    explanation: &'static str,
}

/// The legend.
pub(crate) fn legend() -> Legend {
    let entry = |state: IssuedState| Entry {
        state: state.as_str(),
        color: state.color().as_str(),
        title: state.title(),
        explanation: state.explanation(),
    };
    Legend { legend: IssuedState::ALL.map(entry).into() }
}

/// A payment as it is shown.
pub(crate) fn view<'a>(payment: &'a IssuedPayment, endpoints: &Endpoints) -> View<'a> {
    let seen = &payment.seen;
    let currency = &seen.currency;
    View {
        id: payment.id.as_text(),
        state: payment.state.as_str(),
        color: payment.state.color().as_str(),
        number: payment.number.as_deref(),
        attachments: payment
            .attachments
            .iter()
            .map(|file| AttachmentView { id: file.id.as_str(), name: &file.name })
            .collect(),
        quickbooks: SeenView {
            id: seen.id.as_str(),
            doc_number: seen.doc_number.as_deref(),
            date: seen.date,
            pay_type: seen.pay_type.as_str(),
            account: seen.account.as_ref().map(named),
            vendor: named(&seen.vendor),
            currency: currency.as_str(),
            total: currency.format(seen.total),
            memo: seen.memo.as_deref(),
            url: url(payment, endpoints),
            changed_at: seen.changed_at,
        },
        applied: payment.applied.iter().map(|applied| paid(applied, currency)).collect(),
        credits: payment.credits().map(|line| linked(line, currency)).collect(),
        others: payment.others().map(|line| linked(line, currency)).collect(),
        first_seen_at: payment.first_seen_at,
        updated_at: payment.updated_at,
    }
}

fn named(named: &Named) -> NamedView<'_> {
    NamedView { id: named.id.as_str(), name: named.name.as_deref() }
}

fn paid<'a>(applied: &'a Applied, currency: &Currency) -> AppliedView<'a> {
    AppliedView {
        disbursement: applied.posting.id.as_str(),
        payee: applied.posting.payee.as_ref().map(|payee| payee.as_str()),
        bill: BillView {
            id: applied.bill.as_str(),
            doc_number: applied.doc_number.as_deref(),
            balance: applied.balance.map(|balance| currency.format(balance)),
        },
        amount: currency.format(applied.amount),
    }
}

fn linked<'a>(line: &'a Linked, currency: &Currency) -> LinkedView<'a> {
    LinkedView { kind: &line.kind, id: line.id.as_str(), amount: currency.format(line.amount) }
}

fn url(payment: &IssuedPayment, endpoints: &Endpoints) -> Option<String> {
    if payment.state == IssuedState::Gone {
        return None;
    }
    let id = quickbooks::ObjectId::new(payment.id.payment.as_str());
    let realm = RealmId::new(payment.id.company.as_str());
    endpoints.object_url(EntityKind::BillPayment, &id, &realm).map(String::from)
}

#[cfg(test)]
mod tests {
    use domain::id::{HostId, ObjectId};
    use domain::issued::{Attachment, IssuedId, PayType, SCHEMA, Seen};
    use domain::posting::PostingKey;
    use rust_decimal::Decimal;
    use serde_json::json;

    use super::*;

    fn object(id: &str) -> ObjectId {
        ObjectId::parse(id).unwrap()
    }

    fn host(id: &str) -> HostId {
        HostId::parse(id).unwrap()
    }

    fn named(id: &str, name: &str) -> Named {
        Named { id: object(id), name: Some(name.to_owned()) }
    }

    fn payment(currency: &str) -> IssuedPayment {
        let line = |kind: &str, id: &str, amount: i64| Linked {
            kind: kind.to_owned(),
            id: object(id),
            amount: Decimal::from(amount),
        };
        IssuedPayment {
            schema: SCHEMA,
            revision: 1,
            id: IssuedId::parse("9130.71").unwrap(),
            state: IssuedState::Synced,
            number: Some("CHK-7".to_owned()),
            attachments: vec![Attachment { id: host("scan-77"), name: "Cheque.pdf".to_owned() }],
            seen: Seen {
                id: object("71"),
                sync_token: "3".to_owned(),
                entered_at: Timestamp::UNIX_EPOCH,
                changed_at: Timestamp::from_second(60).unwrap(),
                doc_number: Some("1042".to_owned()),
                date: Some(jiff::civil::date(2026, 5, 1)),
                pay_type: PayType::Check,
                account: Some(named("35", "Checking")),
                vendor: named("56", "Bob's Burger Joint"),
                currency: Currency::parse(currency).unwrap(),
                total: Decimal::new(1800, 0),
                memo: None,
                voided: false,
                lines: vec![
                    line("Bill", "152", 1500),
                    line("Bill", "99", 400),
                    line("VendorCredit", "150", 100),
                ],
            },
            applied: vec![Applied {
                posting: PostingKey::expense(host("D-1042"), host("a-17")),
                bill: object("152"),
                doc_number: Some("D-1042-1".to_owned()),
                balance: Some(Decimal::from(300)),
                amount: Decimal::from(1500),
            }],
            first_seen_at: Timestamp::UNIX_EPOCH,
            updated_at: Timestamp::from_second(90).unwrap(),
        }
    }

    #[test]
    fn a_payment_is_shown_with_what_it_pays_in_the_form_of_its_currency() {
        // S3-15, S3-16, S3-22
        let shown = payment("USD");
        let shown =
            serde_json::to_value(Body { issued_payment: view(&shown, &Endpoints::production()) })
                .unwrap();
        let expected = json!({"issued_payment": {
            "id": "9130.71", "state": "synced", "color": "green", "number": "CHK-7",
            "attachments": [{"id": "scan-77", "name": "Cheque.pdf"}],
            "quickbooks": {
                "id": "71", "doc_number": "1042", "date": "2026-05-01", "pay_type": "check",
                "account": {"id": "35", "name": "Checking"},
                "vendor": {"id": "56", "name": "Bob's Burger Joint"},
                "currency": "USD", "total": "1800.00",
                "url": "https://app.qbo.intuit.com/app/billpayment?txnId=71&companyId=9130",
                "changed_at": "1970-01-01T00:01:00Z",
            },
            "applied": [{"disbursement": "D-1042", "payee": "a-17", "amount": "1500.00",
                "bill": {"id": "152", "doc_number": "D-1042-1", "balance": "300.00"}}],
            "credits": [{"type": "VendorCredit", "id": "150", "amount": "100.00"}],
            "others": [{"type": "Bill", "id": "99", "amount": "400.00"}],
            "first_seen_at": "1970-01-01T00:00:00Z", "updated_at": "1970-01-01T00:01:30Z",
        }});
        assert_eq!(shown, expected);
        let yen = payment("JPY");
        let yen = serde_json::to_value(view(&yen, &Endpoints::production())).unwrap();
        assert_eq!(yen["quickbooks"]["total"], "1800");
    }

    #[test]
    fn what_is_not_known_is_left_out_and_what_is_gone_has_no_page() {
        let mut gone = payment("USD");
        gone.state = IssuedState::Gone;
        gone.number = None;
        gone.seen.pay_type = PayType::CreditCard;
        (gone.seen.doc_number, gone.seen.date, gone.seen.account) = (None, None, None);
        gone.seen.vendor.name = None;
        gone.applied[0].balance = None;
        let shown = serde_json::to_value(view(&gone, &Endpoints::production())).unwrap();
        assert_eq!((&shown["state"], &shown["color"]), (&json!("gone"), &json!("red")));
        assert!(shown.get("number").is_none());
        let seen = json!({"id": "71", "pay_type": "credit_card", "vendor": {"id": "56"}, "currency": "USD",
            "total": "1800.00", "changed_at": "1970-01-01T00:01:00Z"});
        assert_eq!(shown["quickbooks"], seen);
        assert_eq!(shown["applied"][0]["bill"], json!({"id": "152", "doc_number": "D-1042-1"}));
    }

    #[test]
    fn the_legend_says_what_each_state_means() {
        // S3-22, S3-23
        let legend = serde_json::to_value(legend()).unwrap();
        let told: Vec<(&str, &str)> = legend["legend"]
            .as_array()
            .unwrap()
            .iter()
            .map(|entry| {
                assert!(!entry["title"].as_str().unwrap().is_empty(), "{entry}");
                assert!(entry["explanation"].as_str().unwrap().ends_with('.'), "{entry}");
                (entry["state"].as_str().unwrap(), entry["color"].as_str().unwrap())
            })
            .collect();
        let expected =
            [("synced", "green"), ("voided", "gray"), ("detached", "amber"), ("gone", "red")];
        assert_eq!(told, expected);
    }
}
