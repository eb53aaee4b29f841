//! What lines, products and workflows choose: accounts, products, numbers, class and terms.

use std::collections::BTreeMap;

use crate::ledger::Document;
use crate::link::{LinkKey, ListKind};
use crate::record::{BillItem, Disbursement, DisbursementStatus};
use crate::settings::{Choice, Configuration, Value};
use crate::template::{Field, Template};

use super::samples::{amount, changed, disbursement, entry, host, object_id, word};
use super::world::{World, expense, income, number_of};

fn world(template: Template, choose: impl FnOnce(&mut Configuration)) -> World {
    let mut world = World::with(&[template]);
    world.configure(template, choose);
    world
}

fn item(id: &str, name: &str) -> Option<BillItem> {
    Some(BillItem { id: host(id), name: name.to_owned() })
}

#[test]
fn a_share_is_sold_as_its_own_product_else_the_workflows_else_gross_commission() {
    // S2-20, S2-22
    let chosen = |all: &mut Configuration| all.set(Field::Item, entry("5"));
    let none = |_: &mut Configuration| {};
    let own = |d: &mut Disbursement| d.shares[1].item = item("split", "Agent split");
    let sold = |mut world: World, disbursement: &Disbursement| -> Vec<String> {
        world.post_income(disbursement);
        let Document::Invoice(sale) = world.document(&income()) else { panic!("an invoice") };
        let name = |id: &_| {
            let link = world.links.iter().find(|(_, known)| *known == id);
            link.map_or_else(|| id.to_string(), |(key, _)| key.host_id.to_string())
        };
        sale.lines.iter().map(|line| name(line.item.id().unwrap())).collect()
    };
    let template = Template::BrokerageIncomeInvoice;
    let (plain, with_own) = (disbursement(), changed(&disbursement(), own));
    let all = "gross_commission";
    assert_eq!(sold(world(template, none), &plain), [all, all, all]);
    assert_eq!(sold(world(template, chosen), &plain), ["5", "5", "5"]);
    assert_eq!(sold(world(template, none), &with_own), [all, "split", all]);
    assert_eq!(sold(world(template, chosen), &with_own), ["5", "split", "5"]);
    let mut linked = world(template, chosen);
    linked.links.insert(LinkKey::new(ListKind::Item, host(all)), object_id("60"));
    assert_eq!(sold(linked, &plain), [all, all, all], "a person linked it");
}

#[test]
fn income_goes_to_the_account_of_the_product_else_of_the_workflow() {
    // S2-21, S2-22
    let by_item = |all: &mut Configuration| {
        let choice = Choice { id: object_id("82"), name: "Splits".to_owned() };
        let accounts = BTreeMap::from([(host("split"), choice)]);
        all.set(Field::AccountsByItem, Some(Value::Entries(accounts)));
    };
    let own = |d: &mut Disbursement| d.shares[1].item = item("split", "Agent split");
    let mut world = world(Template::BrokerageIncomeSalesReceipt, by_item);
    world.post_income(&changed(&disbursement(), own));
    let effect = world.books.effect();
    assert_eq!((effect["79"], effect["82"]), (amount("-6000"), amount("-9000")));
}

#[test]
fn a_line_may_name_the_account_of_its_expense_or_of_the_companys_income() {
    let accounts = |d: &mut Disbursement| {
        d.shares[0].account = Some(object_id("83"));
        d.shares[1].account = Some(object_id("84"));
    };
    let record = changed(&disbursement(), accounts);
    let mut deposit = World::with(&[Template::BrokerageIncomeDeposit]);
    deposit.post_income(&record);
    let effect = deposit.books.effect();
    assert_eq!((effect["83"], effect["79"]), (amount("-4000"), amount("-11000")));
    assert!(!effect.contains_key("84"), "an expense account takes no income");
    let mut bill = World::with(&[Template::AgentExpenseBill]);
    bill.post_expense("A1", &record);
    bill.post_expense("R1", &record);
    let effect = bill.books.effect();
    assert_eq!((effect["84"], effect["80"]), (amount("8705"), amount("2000")));
}

#[test]
fn a_number_is_the_hosts_with_or_without_prefix_or_left_to_quickbooks() {
    let numbering = |word: &'static str| {
        move |all: &mut Configuration| {
            all.set(Field::Numbering, super::samples::word(word));
            all.set(Field::NumberPrefix, Some(Value::Text("LB-".to_owned())));
        }
    };
    let payees = changed(&disbursement(), |d| d.shares[1].number = Some("9".to_owned()));
    for (numbers, invoice, bill) in [
        ("host", Some("D-1042"), Some("9")),
        ("prefix", Some("LB-D-1042"), Some("LB-9")),
        ("quickbooks", None, None),
    ] {
        let mut sales = world(Template::BrokerageIncomeInvoice, numbering(numbers));
        sales.post_income(&payees);
        assert_eq!(number_of(sales.document(&income())).as_deref(), invoice, "{numbers}");
        assert_eq!(sales.warnings(&income()), []);
        let mut bills = world(Template::AgentExpenseBill, numbering(numbers));
        bills.post_expense("A1", &payees);
        bills.post_expense("R1", &payees);
        assert_eq!(number_of(bills.document(&expense("A1"))).as_deref(), bill, "{numbers}");
        assert_eq!(number_of(bills.document(&expense("R1"))), None, "{numbers}");
    }
    let mut deposit = World::with(&[Template::BrokerageIncomeDeposit]);
    deposit.post_income(&payees);
    assert_eq!(number_of(deposit.document(&income())), None, "deposits have no numbers");
}

#[test]
fn a_number_that_is_too_long_is_refused_before_anything_is_written() {
    let long = |length: usize| changed(&disbursement(), |d| d.number = Some("7".repeat(length)));
    let invoice = || World::with(&[Template::BrokerageIncomeInvoice]);
    assert_eq!(invoice().post_income(&long(21)).last().unwrap(), "create_invoice");
    assert_eq!(invoice().post_income(&long(22)), ["fail number_too_long"]);
    let prefix = |all: &mut Configuration| {
        all.set(Field::Numbering, word("prefix"));
        all.set(Field::NumberPrefix, Some(Value::Text("LB-".to_owned())));
    };
    let mut prefixed = world(Template::BrokerageIncomeInvoice, prefix);
    assert_eq!(prefixed.post_income(&long(19)), ["fail number_too_long"]);

    // The receipt would need a variant of the number, which is too long: the invoice stays.
    let mut world = invoice();
    world.post_income(&long(21));
    world.run(Template::BrokerageIncomeSalesReceipt);
    assert_eq!(world.post_income(&long(21)), ["fail number_too_long"]);
    assert_eq!(world.document(&income()).total(), amount("15000"));
}

#[test]
fn what_takes_the_place_of_a_voided_document_gets_a_variant_of_its_number() {
    let mut world = World::with(&[Template::BrokerageIncomeInvoice]);
    let mut record = disbursement();
    world.post_income(&record);
    for (template, expected) in [
        (Template::BrokerageIncomeSalesReceipt, "D-1042-2"),
        (Template::BrokerageIncomeInvoice, "D-1042-3"),
    ] {
        world.run(template);
        world.post_income(&record);
        assert_eq!(number_of(world.document(&income())).as_deref(), Some(expected));
        assert_eq!(world.post_income(&record), Vec::<String>::new(), "it stays so");
        assert_eq!(world.warnings(&income()), []);
    }
    record = changed(&record, |d| d.status = DisbursementStatus::Canceled);
    world.post_income(&record);
    record = changed(&record, |d| d.status = DisbursementStatus::Approved);
    world.post_income(&record);
    assert_eq!(number_of(world.document(&income())).as_deref(), Some("D-1042-4"));

    let mut bills = World::with(&[Template::AgentExpenseBill]);
    let record = changed(&disbursement(), |d| d.shares[1].number = Some("9".to_owned()));
    bills.post_expense("A1", &record);
    bills.run(Template::AgentExpenseCheck);
    bills.post_expense("A1", &record);
    let number = number_of(bills.document(&expense("A1")));
    assert_eq!(number.as_deref(), Some("9"), "what was deleted keeps no number");
}

#[test]
fn class_and_terms_are_on_every_document_that_has_them() {
    let choose = |all: &mut Configuration| {
        all.set(Field::Class, entry("90"));
        all.set(Field::Term, entry("3"));
    };
    for template in Template::ALL {
        let takes_term = template.fields().contains(&Field::Term);
        let mut world = world(template, |all| {
            all.set(Field::Class, entry("90"));
            if takes_term {
                choose(all);
            }
        });
        let key = match template.workflow() {
            crate::posting::Workflow::AgentBilling => continue,
            crate::posting::Workflow::BrokerageIncome => income(),
            crate::posting::Workflow::AgentExpense => expense("A1"),
        };
        world.post(&key, &crate::record::Record::Disbursement(disbursement()));
        let (class, term) = match world.document(&key) {
            Document::Invoice(sale) | Document::SalesReceipt(sale) => (&sale.class, &sale.term),
            Document::Payment(_) => unreachable!("no template of disbursements makes one"),
            Document::Deposit(booking)
            | Document::Bill(booking)
            | Document::Check(booking)
            | Document::JournalEntry(booking) => (&booking.class, &booking.term),
        };
        assert_eq!(*class, Some(object_id("90")), "{template:?}");
        assert_eq!(*term, takes_term.then(|| object_id("3")), "{template:?}");
    }
}
