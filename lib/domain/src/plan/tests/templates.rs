//! Every template of disbursements, and what happens when another one takes its place.

use crate::ledger::ObjectKind;
use crate::posting::Workflow;
use crate::template::Template;

use super::samples::{amount, changed, disbursement};
use super::world::{World, expense, income};

const INCOME: [Template; 3] = [
    Template::BrokerageIncomeInvoice,
    Template::BrokerageIncomeSalesReceipt,
    Template::BrokerageIncomeDeposit,
];
const EXPENSE: [Template; 3] =
    [Template::AgentExpenseBill, Template::AgentExpenseCheck, Template::AgentExpenseJournalEntry];

/// The one step that writes a document, without the entries made before it.
fn on_documents(done: Vec<String>) -> Vec<String> {
    let is_entry =
        |step: &String| ["customer", "vendor", "item:"].iter().any(|of| step.contains(of));
    done.into_iter().filter(|step| !is_entry(step)).collect()
}

#[test]
fn each_template_books_its_document_to_its_accounts() {
    // S1-08
    let (gross, net) = ("15000", "8705");
    for (template, step, debit, credit, total) in [
        (INCOME[0], "create_invoice", "receivable", "79", gross),
        (INCOME[1], "create_sales_receipt", "35", "79", gross),
        (INCOME[2], "create_deposit", "35", "79", gross),
        (EXPENSE[0], "create_bill", "80", "payable", net),
        (EXPENSE[1], "create_check", "80", "36", net),
        (EXPENSE[2], "create_journal_entry", "80", "37", net),
    ] {
        let mut world = World::with(&[template]);
        let post = |world: &mut World, disbursement: &_| match template.workflow() {
            Workflow::BrokerageIncome => world.post_income(disbursement),
            _ => world.post_expense("A1", disbursement),
        };
        let first = disbursement();
        assert_eq!(on_documents(post(&mut world, &first)), [step], "{template:?}");
        let effect: Vec<_> = world.books.effect().into_iter().collect();
        let mut expected =
            vec![(debit.to_owned(), amount(total)), (credit.to_owned(), -amount(total))];
        expected.sort();
        assert_eq!(effect, expected, "{template:?}");
        assert_eq!(post(&mut world, &first), Vec::<String>::new(), "unchanged");

        let more = changed(&first, |d| {
            d.gross_commission = amount("15001");
            d.shares[1].amount = amount("9001");
        });
        let update = step.replace("create", "update");
        let read = (template.document() == ObjectKind::Bill).then(|| "read bill".to_owned());
        let expected: Vec<String> = read.into_iter().chain([update]).collect();
        assert_eq!(post(&mut world, &more), expected, "{template:?}");
    }
}

#[test]
fn another_template_takes_the_old_document_away_before_it_makes_its_own() {
    let kinds = |templates: [Template; 3]| templates.map(|template| template.document().as_str());
    for (templates, key) in [(INCOME, income()), (EXPENSE, expense("A1"))] {
        for (from, old) in templates.into_iter().zip(kinds(templates)) {
            for (to, new) in templates.into_iter().zip(kinds(templates)) {
                if from == to {
                    continue;
                }
                let mut world = World::with(&[from]);
                let record = crate::record::Record::Disbursement(disbursement());
                world.post(&key, &record);
                world.run(to);
                let done = on_documents(world.post(&key, &record));
                let can_be_voided = from.document().can_be_voided();
                let remove =
                    if can_be_voided { format!("void_{old}") } else { format!("delete_{old}") };
                // What was paid on it, only QuickBooks knows.
                let reads = matches!(from.document(), ObjectKind::Bill | ObjectKind::Invoice);
                let mut expected: Vec<String> =
                    reads.then(|| format!("read {old}")).into_iter().collect();
                expected.extend([remove, format!("create_{new}")]);
                assert_eq!(done, expected, "{from:?} {to:?}");
                let [living] = world.living(&key)[..] else { panic!("one document") };
                assert_eq!(living.kind, to.document());

                let mut alone = World::with(&[to]);
                alone.post(&key, &record);
                assert_eq!(world.books.effect(), alone.books.effect(), "{from:?} {to:?}");
                assert_eq!(world.post(&key, &record), Vec::<String>::new(), "{from:?} {to:?}");
            }
        }
    }
}

#[test]
fn a_document_that_was_paid_is_not_replaced_by_one_that_brings_the_money_again() {
    for (from, to, key, expected) in [
        (INCOME[0], INCOME[1], income(), ["read invoice", "fail invoice_paid"]),
        (INCOME[0], INCOME[2], income(), ["read invoice", "fail invoice_paid"]),
        (EXPENSE[0], EXPENSE[1], expense("A1"), ["read bill", "fail bill_paid"]),
    ] {
        let mut world = World::with(&[from]);
        let record = crate::record::Record::Disbursement(disbursement());
        world.post(&key, &record);
        let id = world.living(&key)[0].id.clone();
        world.paid.insert(id, amount("0.01"));
        world.run(to);
        assert_eq!(world.post(&key, &record), expected);
        world.run(from);
        assert_eq!(world.post(&key, &record), Vec::<String>::new(), "as it was");
    }
}
