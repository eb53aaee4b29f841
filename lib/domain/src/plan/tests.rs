//! Plans over every situation a bill or payment can meet, and a small ledger that carries them out.

use std::collections::BTreeMap;

use jiff::Timestamp;
use proptest::prelude::*;
use rust_decimal::Decimal;

use super::*;
use crate::connection::Company;
use crate::id::{CompanyId, HostId};
use crate::ledger::{Invoice, ObjectKind, Receipt, Removal};
use crate::money::{Currency, parse_decimal};
use crate::posting::State;
use crate::record::{Agent, Allocation, Bill, BillItem, BillLine, Payment, PaymentOnBill};
use crate::settings::{Account, TransactionDate};

fn host(id: &str) -> HostId {
    HostId::parse(id).unwrap()
}

fn object_id(id: &str) -> ObjectId {
    ObjectId::parse(id).unwrap()
}

fn amount(text: &str) -> Decimal {
    parse_decimal(text).unwrap()
}

fn company() -> Company {
    Company {
        id: CompanyId::parse("4620").unwrap(),
        name: "Harbor Realty".to_owned(),
        country: "US".to_owned(),
        edition: None,
        currency: Currency::parse("USD").unwrap(),
        multicurrency: false,
    }
}

fn settings() -> Settings {
    let account = |id: &str| Some(Account { id: object_id(id), name: id.to_owned() });
    Settings {
        income_account: account("79"),
        deposit_account: account("35"),
        ..Settings::default()
    }
}

fn bill(version: u64, price: &str, paid: Option<&str>) -> Bill {
    Bill {
        version,
        agent: Agent { id: host("A1"), name: "Ann Agent".to_owned(), email: None },
        number: Some("B-1".to_owned()),
        issued_on: "2026-03-01".parse().unwrap(),
        due_on: None,
        closed_on: None,
        currency: Currency::parse("USD").unwrap(),
        memo: None,
        lines: vec![BillLine {
            item: BillItem { id: host("fee"), name: "Desk fee".to_owned() },
            description: None,
            quantity: Decimal::ONE,
            unit_price: amount(price),
            amount: amount(price),
        }],
        payment: paid.map(|paid| PaymentOnBill {
            paid_on: "2026-03-02".parse().unwrap(),
            amount: amount(paid),
            method: None,
            reference: None,
        }),
    }
}

fn payment(bills: &[(&str, &str)], total: &str) -> Payment {
    Payment {
        version: 1,
        paid_on: "2026-03-02".parse().unwrap(),
        amount: amount(total),
        currency: Currency::parse("USD").unwrap(),
        method: None,
        reference: None,
        memo: None,
        bills: bills
            .iter()
            .map(|(id, part)| Allocation { bill: host(id), amount: amount(part) })
            .collect(),
        voided: false,
    }
}

fn facts() -> Facts {
    let link = |kind, id| (LinkKey::new(kind, host(id)), ());
    let ids = BTreeMap::from([link(ListKind::Customer, "A1"), link(ListKind::Item, "fee")]);
    Facts {
        company: company(),
        settings: settings(),
        links: ids.into_keys().map(|key| (key, object_id("58"))).collect(),
        free_names: BTreeMap::new(),
        parents: BTreeMap::new(),
        objects: Vec::new(),
        open_balances: BTreeMap::new(),
        marker: "[lb:0123456789abcdef]".to_owned(),
    }
}

/// The names of the steps, or what else planning came to.
fn outline(planned: &Planned) -> Vec<String> {
    match planned {
        Planned::Steps(steps) => steps.iter().map(Step::name).collect(),
        Planned::Lookup(lookups) => {
            lookups.iter().map(|l| format!("look up {} {}", l.key.kind.as_str(), l.name)).collect()
        }
        Planned::Fail(failure) => vec![format!("fail {}", failure.reason.code)],
        Planned::Skip(reason) => vec![format!("skip {}", reason.code)],
    }
}

/// A ledger that does what steps say.
#[derive(Default)]
struct Ledger {
    next: u32,
}

impl Ledger {
    fn perform(&mut self, step: &Step, facts: &mut Facts) {
        self.next += 1;
        let fresh = object_id(&self.next.to_string());
        let written = match step {
            Step::CreateEntry(entry) => {
                facts.links.insert(entry.key.clone(), fresh);
                return;
            }
            Step::CreateInvoice(invoice) => of_invoice(fresh, invoice, step),
            Step::UpdateInvoice(object, invoice) => of_invoice(object.id.clone(), invoice, step),
            Step::CreatePayment(receipt) => of_receipt(fresh, receipt, step),
            Step::UpdatePayment(object, receipt) => of_receipt(object.id.clone(), receipt, step),
            Step::VoidPayment(object) => {
                Object { removal: Some(Removal::Voided), ..object.clone() }
            }
        };
        let place = facts
            .objects
            .iter_mut()
            .find(|known| known.kind == written.kind && known.id == written.id);
        match place {
            Some(known) => *known = written,
            None => facts.objects.push(written),
        }
    }

    fn carry_out(&mut self, record: &Record, facts: &mut Facts) -> Vec<String> {
        let mut done = Vec::new();
        for _ in 0..20 {
            match plan(record, facts) {
                Planned::Steps(steps) => match steps.first() {
                    None => return done,
                    Some(step) => {
                        self.perform(step, facts);
                        done.push(step.name());
                    }
                },
                Planned::Lookup(lookups) => {
                    facts
                        .free_names
                        .extend(lookups.into_iter().map(|lookup| (lookup.key, lookup.name)));
                }
                other => panic!("{other:?}"),
            }
        }
        panic!("planning does not come to an end: {done:?}");
    }
}

fn object(kind: ObjectKind, id: ObjectId, step: &Step) -> Object {
    Object {
        kind,
        id,
        company: company().id,
        sync_token: "0".to_owned(),
        doc_number: None,
        date: None,
        total: None,
        balance: None,
        unapplied: None,
        customer: None,
        removal: None,
        line_ids: Vec::new(),
        content: step.content(),
    }
}

fn of_invoice(id: ObjectId, invoice: &Invoice, step: &Step) -> Object {
    let total = invoice.lines.iter().map(|line| line.amount).sum();
    let customer = invoice.customer.id().cloned();
    Object { total: Some(total), customer, ..object(ObjectKind::Invoice, id, step) }
}

fn of_receipt(id: ObjectId, receipt: &Receipt, step: &Step) -> Object {
    let applied: Decimal = receipt.lines.iter().map(|line| line.amount).sum();
    let unapplied = Some(receipt.amount - applied);
    Object { total: Some(receipt.amount), unapplied, ..object(ObjectKind::Payment, id, step) }
}

fn posted(record: Bill, id: &str, customer: &str) -> Posting {
    let mut posting = Posting::new(bill_key(&host(id)), State::Posted, Timestamp::UNIX_EPOCH);
    let step = Step::CreatePayment(Receipt {
        customer: crate::ledger::Ref::PlannedInvoice,
        date: None,
        amount: Decimal::ZERO,
        currency: Currency::parse("USD").unwrap(),
        deposit_account: object_id("1"),
        method: None,
        reference: None,
        memo: None,
        marker: String::new(),
        lines: Vec::new(),
    });
    let invoice = object(ObjectKind::Invoice, object_id("900"), &step);
    posting.objects = vec![Object { customer: Some(object_id(customer)), ..invoice }];
    posting.record = Some(Record::Bill(record));
    posting
}

#[test]
fn a_bill_is_posted_with_as_few_steps_as_its_links_allow() {
    let unlinked = Facts { links: BTreeMap::new(), ..facts() };
    let looked_up = |facts: &Facts| {
        let names = [(ListKind::Customer, "A1", "Ann Agent"), (ListKind::Item, "fee", "Desk fee")];
        let free_names =
            names.map(|(kind, id, name)| (LinkKey::new(kind, host(id)), name.to_owned()));
        Facts { free_names: free_names.into(), ..facts.clone() }
    };
    for (case, bill, facts, expected) in [
        ("linked, unpaid", bill(1, "125", None), facts(), vec!["create_invoice"]),
        (
            "linked, paid",
            bill(1, "125", Some("125")),
            facts(),
            vec!["create_invoice", "create_payment"],
        ),
        (
            "unlinked",
            bill(1, "125", None),
            unlinked.clone(),
            vec!["look up customer Ann Agent", "look up item Desk fee"],
        ),
        (
            "unlinked, names free",
            bill(1, "125", Some("125")),
            looked_up(&unlinked),
            vec!["create_customer:A1", "create_item:fee", "create_invoice", "create_payment"],
        ),
        ("zero", bill(1, "0", None), facts(), vec!["skip zero_amount"]),
    ] {
        assert_eq!(outline(&plan(&Record::Bill(bill), &facts)), expected, "{case}");
    }
}

#[test]
fn what_a_tenant_or_record_lacks_is_named() {
    let without = |change: fn(&mut Settings)| {
        let mut facts = facts();
        change(&mut facts.settings);
        facts
    };
    let euro = Bill { currency: Currency::parse("EUR").unwrap(), ..bill(1, "125", None) };
    for (bill, facts, expected) in [
        (bill(1, "125", None), without(|s| s.income_account = None), "fail setting_missing"),
        (
            bill(1, "125", Some("125")),
            without(|s| s.deposit_account = None),
            "fail setting_missing",
        ),
        (bill(1, "125", None), without(|s| s.deposit_account = None), "create_invoice"),
        (
            bill(1, "125", None),
            without(|s| s.transaction_date = TransactionDate::CloseDate),
            "fail close_date_missing",
        ),
        (euro, facts(), "fail currency_mismatch"),
    ] {
        assert_eq!(outline(&plan(&Record::Bill(bill), &facts)), [expected]);
    }
}

#[test]
fn the_date_is_left_to_quickbooks_or_taken_from_the_close_date() {
    let closed = Bill { closed_on: Some("2026-02-14".parse().unwrap()), ..bill(1, "125", None) };
    let date = |policy| {
        let mut facts = facts();
        facts.settings.transaction_date = policy;
        match plan(&Record::Bill(closed.clone()), &facts) {
            Planned::Steps(steps) => match &steps[0] {
                Step::CreateInvoice(invoice) => invoice.date.map(|date| date.to_string()),
                other => panic!("{other:?}"),
            },
            other => panic!("{other:?}"),
        }
    };
    assert_eq!(date(TransactionDate::SyncDay), None);
    assert_eq!(date(TransactionDate::CloseDate).as_deref(), Some("2026-02-14"));
}

#[test]
fn each_change_of_a_bill_changes_the_same_documents() {
    for (before, after, expected) in [
        (bill(1, "125", None), bill(2, "125", None), vec![]),
        (bill(1, "125", None), bill(2, "150", None), vec!["update_invoice"]),
        (bill(1, "125", None), bill(2, "125", Some("125")), vec!["create_payment"]),
        (
            bill(1, "125", Some("125")),
            bill(2, "150", Some("150")),
            vec!["update_invoice", "update_payment"],
        ),
        (
            bill(1, "125", Some("125")),
            bill(2, "100", Some("100")),
            vec!["update_payment", "update_invoice"],
        ),
        (bill(1, "125", Some("125")), bill(2, "125", None), vec!["void_payment"]),
    ] {
        let (mut ledger, mut facts) = (Ledger::default(), facts());
        ledger.carry_out(&Record::Bill(before.clone()), &mut facts);
        let done = ledger.carry_out(&Record::Bill(after.clone()), &mut facts);
        assert_eq!(done, expected, "{before:?} then {after:?}");
        assert_eq!(warnings(&Record::Bill(after), &facts.objects, &company().id), []);
    }
}

#[test]
fn an_overpaid_bill_leaves_the_rest_as_credit() {
    let (mut ledger, mut facts) = (Ledger::default(), facts());
    let record = Record::Bill(bill(1, "125", Some("200")));
    ledger.carry_out(&record, &mut facts);
    let paid = crate::posting::living(&facts.objects, ObjectKind::Payment, &company().id).unwrap();
    assert_eq!((paid.total, paid.unapplied), (Some(amount("200")), Some(amount("75"))));
    assert_eq!(warnings(&record, &facts.objects, &company().id), []);
}

#[test]
fn a_payment_waits_for_its_bills_and_is_refused_where_it_cannot_be_right() {
    let parents = |bills: &[(&str, Option<&str>, &str)]| {
        let posting = |(id, paid, customer): &(&str, Option<&str>, &str)| {
            (bill_key(&host(id)), posted(bill(1, "125", *paid), id, customer))
        };
        Facts { parents: bills.iter().map(posting).collect(), ..facts() }
    };
    let blocked = {
        let mut facts = parents(&[("B1", None, "58")]);
        facts.parents.values_mut().for_each(|parent| parent.state = State::Blocked);
        facts
    };
    let one = payment(&[("B1", "125")], "125");
    let two = payment(&[("B1", "125"), ("B2", "75")], "250");
    let voided = Payment { voided: true, ..one.clone() };
    for (case, payment, facts, expected) in [
        ("bill unknown", &one, facts(), vec!["fail waiting_for_bill"]),
        ("bill blocked", &one, blocked, vec!["fail waiting_for_bill"]),
        ("bill posted", &one, parents(&[("B1", None, "58")]), vec!["create_payment"]),
        (
            "two bills",
            &two,
            parents(&[("B1", None, "58"), ("B2", None, "58")]),
            vec!["create_payment"],
        ),
        (
            "two agents",
            &two,
            parents(&[("B1", None, "58"), ("B2", None, "59")]),
            vec!["fail different_agents"],
        ),
        (
            "bill pays itself",
            &one,
            parents(&[("B1", Some("125"), "58")]),
            vec!["fail bill_already_paid"],
        ),
        (
            "voided before posting",
            &voided,
            parents(&[("B1", None, "58")]),
            vec!["skip voided_before_posting"],
        ),
    ] {
        assert_eq!(outline(&plan(&Record::Payment(payment.clone()), &facts)), expected, "{case}");
    }
}

#[test]
fn voiding_a_payment_is_done_once() {
    let mut facts = facts();
    facts.parents.insert(bill_key(&host("B1")), posted(bill(1, "125", None), "B1", "58"));
    let mut ledger = Ledger::default();
    let live = payment(&[("B1", "125")], "125");
    assert_eq!(ledger.carry_out(&Record::Payment(live.clone()), &mut facts), ["create_payment"]);
    let voided = Record::Payment(Payment { voided: true, version: 2, ..live });
    assert_eq!(ledger.carry_out(&voided, &mut facts), ["void_payment"]);
    assert_eq!(ledger.carry_out(&voided, &mut facts), Vec::<String>::new());
}

#[test]
fn what_a_person_removed_in_quickbooks_is_made_again_only_when_a_person_asks() {
    for removal in [Removal::VoidedInQuickbooks, Removal::DeletedInQuickbooks] {
        let (mut ledger, mut facts) = (Ledger::default(), facts());
        ledger.carry_out(&Record::Bill(bill(1, "125", None)), &mut facts);
        facts.objects[0].removal = Some(removal);
        let code = match removal {
            Removal::DeletedInQuickbooks => "fail gone_in_quickbooks",
            _ => "fail voided_in_quickbooks",
        };
        assert_eq!(outline(&plan(&Record::Bill(bill(2, "150", None)), &facts)), [code]);
        let mut posting = posted(bill(2, "150", None), "B1", "58");
        posting.objects = facts.objects.clone();
        posting.allow_replacing();
        facts.objects = posting.objects;
        assert_eq!(outline(&plan(&Record::Bill(bill(2, "150", None)), &facts)), ["create_invoice"]);
    }
}

#[test]
fn nothing_of_another_company_counts() {
    let (mut ledger, mut facts) = (Ledger::default(), facts());
    let record = Record::Bill(bill(1, "125", None));
    ledger.carry_out(&record, &mut facts);
    facts.company.id = CompanyId::parse("9999").unwrap();
    assert_eq!(outline(&plan(&record, &facts)), ["create_invoice"]);
}

#[test]
fn a_total_that_differs_is_reported() {
    let (mut ledger, mut facts) = (Ledger::default(), facts());
    let record = Record::Bill(bill(1, "125", None));
    ledger.carry_out(&record, &mut facts);
    facts.objects[0].total = Some(amount("135"));
    let warnings = warnings(&record, &facts.objects, &company().id);
    assert_eq!(warnings.len(), 1);
    assert!(
        warnings[0].message.contains("135.00") && warnings[0].message.contains("125.00"),
        "{warnings:?}"
    );
}

proptest! {
    /// Whatever the host sends in whatever order of amounts, the ledger ends where the last version alone would have
    /// led, with one living invoice and at most one living payment.
    #[test]
    fn any_sequence_of_versions_ends_like_the_last_one_alone(
        versions in proptest::collection::vec((1u32..50_000, proptest::option::of(1u32..80_000)), 1..8)
    ) {
        let cents = |cents: u32| Decimal::new(cents.into(), 2).normalize().to_string();
        let record = |(index, (price, paid)): (usize, &(u32, Option<u32>))| {
            Record::Bill(bill(index as u64 + 1, &cents(*price), paid.map(cents).as_deref()))
        };
        let (mut ledger, mut all) = (Ledger::default(), facts());
        for record in versions.iter().enumerate().map(record) {
            ledger.carry_out(&record, &mut all);
        }
        let last = record((versions.len() - 1, versions.last().unwrap()));
        let mut alone = facts();
        Ledger::default().carry_out(&last, &mut alone);
        let effect = |facts: &Facts| {
            let living = facts.objects.iter().filter(|object| object.removal.is_none());
            let mut living: Vec<_> = living.map(|o| (o.kind, o.total, o.unapplied)).collect();
            living.sort();
            living
        };
        prop_assert_eq!(effect(&all), effect(&alone));
        prop_assert_eq!(warnings(&last, &all.objects, &company().id), vec![]);
    }
}
