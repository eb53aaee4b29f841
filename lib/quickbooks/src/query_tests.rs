//! The statements that are written, above all for values that look like syntax.

use super::*;
use crate::ObjectId;
use crate::entity::{
    Account, Bill, BillPayment, Class, CreditMemo, Customer, Department, Deposit, Invoice, Item,
    JournalEntry, Payment, PaymentMethod, Purchase, SalesReceipt, TaxCode, Term, Vendor,
    VendorCredit,
};

fn named(text: &str) -> String {
    Query::<Customer>::new().filter(Customer::DISPLAY_NAME, Op::Eq, text).statement()
}

#[test]
fn a_value_cannot_become_syntax() {
    let check = |text: &str, literal: &str| {
        let expect = format!(
            "SELECT * FROM Customer WHERE DisplayName = {literal} ORDERBY Id ASC STARTPOSITION 1 MAXRESULTS 100"
        );
        assert_eq!(named(text), expect, "{text:?}");
    };
    check("Amy's Bird Sanctuary", r"'Amy\'s Bird Sanctuary'");
    check(r"back\slash", r"'back\\slash'");
    check(r"end\", r"'end\\'");
    check(r"\'", r"'\\\''");
    check("''", r"'\'\''");
    check("100%", "'100%'");
    check("\"double\"", "'\"double\"'");
    check("Søn & 数 🌲", "'Søn & 数 🌲'");
    check("x' OR Active = false", r"'x\' OR Active = false'");
    check(r"x\' MAXRESULTS 1000 --", r"'x\\\' MAXRESULTS 1000 --'");
    check("", "''");
}

#[test]
fn every_literal_ends_where_the_parser_says_it_ends() {
    // A reader of the language: after the opening quote, a backslash takes the next character with it.
    let reads = |literal: &str| -> Option<String> {
        let mut characters = literal.strip_prefix('\'')?.chars();
        let mut text = String::new();
        loop {
            match characters.next()? {
                '\\' => text.push(characters.next()?),
                '\'' => return characters.as_str().is_empty().then_some(text),
                other => text.push(other),
            }
        }
    };
    let pieces = ["'", "\\", "%", "a", "\\'", "''", " OR 1=1", "\n"];
    for one in pieces {
        for two in pieces {
            for three in pieces {
                let text = [one, two, three].concat();
                let mut literal = String::new();
                Value::from(text.as_str()).render(&mut literal);
                assert_eq!(reads(&literal), Some(text), "{literal}");
            }
        }
    }
}

#[test]
fn conditions_of_every_kind_are_joined() {
    let day: Date = "2026-05-05".parse().unwrap();
    let moment: Timestamp = "2026-05-05T02:06:31-07:00".parse().unwrap();
    let query = Query::<Invoice>::new()
        .filter(Invoice::CUSTOMER, Op::Eq, &ObjectId::new("58"))
        .filter(Invoice::TXN_DATE, Op::Ge, day)
        .filter(Field::UPDATED, Op::Gt, moment)
        .filter(Invoice::TOTAL, Op::Le, Decimal::new(58_250, 2))
        .filter(Invoice::DOC_NUMBER, Op::Like, "B-%")
        .filter(Field::CREATED, Op::Lt, moment)
        .order_by(Field::UPDATED, Direction::Ascending)
        .order_by(Field::ID, Direction::Descending)
        .start(1001)
        .max(1000);
    assert_eq!(
        query.statement(),
        "SELECT * FROM Invoice WHERE CustomerRef = '58' AND TxnDate >= '2026-05-05' \
         AND MetaData.LastUpdatedTime > '2026-05-05T09:06:31Z' AND TotalAmt <= '582.50' AND DocNumber LIKE 'B-%' \
         AND MetaData.CreateTime < '2026-05-05T09:06:31Z' \
         ORDERBY MetaData.LastUpdatedTime ASC, Id DESC STARTPOSITION 1001 MAXRESULTS 1000"
    );
}

#[test]
fn lists_are_written_with_in() {
    let both = Query::<Customer>::new().one_of(Customer::ACTIVE, [true, false]);
    assert!(
        both.statement().contains("WHERE Active IN (true, false) ORDERBY"),
        "{}",
        both.statement()
    );
    let ids =
        Query::<Payment>::new().one_of(Field::ID, [&ObjectId::new("1"), &ObjectId::new("2'")]);
    assert!(ids.statement().contains(r"WHERE Id IN ('1', '2\'') ORDERBY"), "{}", ids.statement());
}

#[test]
fn what_changed_since_a_moment_is_paged_in_the_order_of_change() {
    let moment: Timestamp = "2026-05-05T02:06:31-07:00".parse().unwrap();
    let query = Query::<BillPayment>::new()
        .filter(Field::UPDATED, Op::Ge, moment)
        .order_by(Field::UPDATED, Direction::Ascending)
        .order_by(Field::ID, Direction::Ascending)
        .start(2001)
        .max(1000);
    assert_eq!(
        query.statement(),
        "SELECT * FROM BillPayment WHERE MetaData.LastUpdatedTime >= '2026-05-05T09:06:31Z' \
         ORDERBY MetaData.LastUpdatedTime ASC, Id ASC STARTPOSITION 2001 MAXRESULTS 1000"
    );
}

#[test]
fn names_are_found_by_id_even_when_they_are_out_of_use() {
    fn check<T: can::Retire>() {
        let ids = [&ObjectId::new("5"), &ObjectId::new("TAX")];
        let statement = Query::<T>::new().one_of(Field::ID, ids).even_retired().statement();
        let expect = format!(
            "SELECT * FROM {} WHERE Id IN ('5', 'TAX') AND Active IN (true, false) \
             ORDERBY Id ASC STARTPOSITION 1 MAXRESULTS 100",
            T::NAME
        );
        assert_eq!(statement, expect);
    }
    check::<Account>();
    check::<Class>();
    check::<Customer>();
    check::<Department>();
    check::<Item>();
    check::<PaymentMethod>();
    check::<TaxCode>();
    check::<Term>();
    check::<Vendor>();
}

#[test]
fn an_empty_list_matches_nothing_and_asks_nobody() {
    let query = Query::<Payment>::new().one_of(Field::ID, Vec::<String>::new());
    assert!(query.matches_nothing());
    assert!(!Query::<Payment>::new().matches_nothing());
}

#[test]
fn positions_and_sizes_stay_within_what_quickbooks_takes() {
    let check = |start: u32, max: u32, expect: &str| {
        let statement = Query::<Customer>::new().start(start).max(max).statement();
        assert!(statement.ends_with(expect), "{statement}");
    };
    check(0, 0, "STARTPOSITION 1 MAXRESULTS 1");
    check(101, 5000, "STARTPOSITION 101 MAXRESULTS 1000");
}

#[test]
fn a_page_that_is_not_full_is_the_last() {
    let query = Query::<Customer>::new().start(3).max(2);
    let rows = |count: usize| vec![Customer::named("A"); count];
    assert_eq!(query.page(rows(2), None, None).next_start, Some(5));
    assert_eq!(query.page(rows(1), None, None).next_start, None);
    assert_eq!(query.page(rows(0), None, None).next_start, None);
}

#[test]
fn every_document_is_found_by_what_it_offers() {
    fn check<T: Entity>(field: Field<T>, value: impl Into<super::Value>, expect: &str) {
        let statement = Query::<T>::new().filter(field, Op::Eq, value).statement();
        let expect = format!(
            "SELECT * FROM {} WHERE {expect} ORDERBY Id ASC STARTPOSITION 1 MAXRESULTS 100",
            T::NAME
        );
        assert_eq!(statement, expect);
    }
    let day: Date = "2026-05-05".parse().unwrap();
    check(Vendor::DISPLAY_NAME, "Chin's", r"DisplayName = 'Chin\'s'");
    check(Bill::VENDOR, &ObjectId::new("46"), "VendorRef = '46'");
    check(BillPayment::VENDOR, &ObjectId::new("46"), "VendorRef = '46'");
    check(BillPayment::DOC_NUMBER, "45", "DocNumber = '45'");
    check(BillPayment::TOTAL, Decimal::new(10_355, 2), "TotalAmt = '103.55'");
    check(VendorCredit::TXN_DATE, day, "TxnDate = '2026-05-05'");
    check(Bill::DUE_DATE, day, "DueDate = '2026-05-05'");
    check(Purchase::PAYMENT_TYPE, "Check", "PaymentType = 'Check'");
    check(Purchase::TOTAL, Decimal::new(990, 2), "TotalAmt = '9.90'");
    check(SalesReceipt::CUSTOMER, &ObjectId::new("58"), "CustomerRef = '58'");
    check(CreditMemo::BALANCE, Decimal::ZERO, "Balance = '0'");
    check(Deposit::TXN_DATE, day, "TxnDate = '2026-05-05'");
    check(JournalEntry::DOC_NUMBER, "JE-001", "DocNumber = 'JE-001'");
    check(Class::CLASS_NAME, "East", "Name = 'East'");
    check(Department::FULLY_QUALIFIED_NAME, "A:B", "FullyQualifiedName = 'A:B'");
}
