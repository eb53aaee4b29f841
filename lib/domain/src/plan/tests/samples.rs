//! Records, settings and a company to plan with.

use jiff::civil::Date;
use rust_decimal::Decimal;

use crate::connection::{Books, Company};
use crate::id::{CompanyId, HostId, ObjectId};
use crate::money::{Currency, parse_decimal};
use crate::record::{
    Agent, Allocation, Bill, BillItem, BillLine, Disbursement, DisbursementStatus, Party, Payment,
    PaymentOnBill, Role, Share, Transaction, Withheld, Withholding,
};
use crate::settings::{Choice, Configuration, Settings, Setup, Stage, Value};
use crate::template::{Field, Template};

/// Every account that a template takes, with the id it has here.
pub(super) const ACCOUNTS: [(Field, &str); 5] = [
    (Field::IncomeAccount, "79"),
    (Field::DepositAccount, "35"),
    (Field::ExpenseAccount, "80"),
    (Field::CheckingAccount, "36"),
    (Field::CreditAccount, "37"),
];

pub(super) fn host(id: &str) -> HostId {
    HostId::parse(id).unwrap()
}

pub(super) fn object_id(id: &str) -> ObjectId {
    ObjectId::parse(id).unwrap()
}

pub(super) fn amount(text: &str) -> Decimal {
    parse_decimal(text).unwrap()
}

pub(super) fn day(text: &str) -> Date {
    text.parse().unwrap()
}

pub(super) fn dollars() -> Currency {
    Currency::parse("USD").unwrap()
}

pub(super) fn company() -> Company {
    Company {
        id: CompanyId::parse("4620").unwrap(),
        name: "Harbor Realty".to_owned(),
        country: "US".to_owned(),
        edition: None,
        currency: dollars(),
        multicurrency: false,
        books: Books::default(),
    }
}

pub(super) fn entry(id: &str) -> Option<Value> {
    Some(Value::Entry(Choice { id: object_id(id), name: format!("Account {id}") }))
}

pub(super) fn word(word: &str) -> Option<Value> {
    Some(Value::Word(word.to_owned()))
}

/// Settings under which these templates run, with an account for each field.
pub(super) fn running(templates: &[Template]) -> Settings {
    let mut settings = Settings::default();
    let workflows = settings.companies.entry(company().id).or_default();
    for template in templates {
        let mut configuration = Configuration::default();
        for (field, id) in ACCOUNTS.iter().filter(|(field, _)| template.fields().contains(field)) {
            configuration.set(*field, entry(id));
        }
        configuration.set(Field::InitialSync, word("all"));
        assert_eq!(configuration.missing(*template), []);
        let setup = Setup { stage: Stage::Active, configuration, ..Setup::default() };
        workflows.0.insert(*template, setup);
    }
    settings
}

pub(super) fn bill(version: u64, price: &str, paid: Option<&str>) -> Bill {
    Bill {
        version,
        agent: Agent { id: host("A1"), name: "Ann Smith".to_owned(), email: None },
        number: Some("B-1".to_owned()),
        issued_on: day("2026-03-01"),
        due_on: None,
        closed_on: None,
        currency: dollars(),
        memo: None,
        lines: vec![BillLine {
            item: BillItem { id: host("fee"), name: "Desk fee".to_owned() },
            description: None,
            quantity: Decimal::ONE,
            unit_price: amount(price),
            amount: amount(price),
        }],
        payment: paid.map(|paid| PaymentOnBill {
            paid_on: day("2026-03-02"),
            amount: amount(paid),
            method: None,
            reference: None,
        }),
        charge: None,
    }
}

pub(super) fn payment(version: u64, bills: &[(&str, &str)], total: &str) -> Payment {
    let allocation =
        |(id, part): &(&str, &str)| Allocation { bill: host(id), amount: amount(part) };
    Payment {
        version,
        paid_on: day("2026-03-02"),
        amount: amount(total),
        currency: dollars(),
        method: None,
        reference: None,
        memo: None,
        bills: bills.iter().map(allocation).collect(),
        voided: false,
        charge: None,
    }
}

/// 15,000 of commission: 4,000 for the company, 9,000 less a fee of 295 for Ann, 2,000 for who referred the client.
pub(super) fn disbursement() -> Disbursement {
    let fee = withheld("Transaction fee", "295");
    Disbursement {
        version: 1,
        number: Some("D-1042".to_owned()),
        transaction: Transaction {
            id: host("T-77"),
            address: "12 Elm Street".to_owned(),
            closed_on: day("2026-05-01"),
            sale_price: None,
        },
        currency: dollars(),
        gross_commission: amount("15000"),
        payer: Party { id: host("ESC-1"), name: "First Title".to_owned(), email: None },
        shares: vec![
            share(Role::Company, None, "4000"),
            Share { withheld: vec![fee], ..share(Role::Agent, Some(("A1", "Ann Smith")), "9000") },
            share(Role::Referral, Some(("R1", "Bay Realty")), "2000"),
        ],
        percent_complete: Decimal::ONE_HUNDRED,
        status: DisbursementStatus::Approved,
        memo: None,
    }
}

/// The next version of a disbursement.
pub(super) fn changed(
    before: &Disbursement,
    change: impl FnOnce(&mut Disbursement),
) -> Disbursement {
    let mut after = before.clone();
    after.version += 1;
    change(&mut after);
    after
}

pub(super) fn share(role: Role, payee: Option<(&str, &str)>, share: &str) -> Share {
    Share {
        role,
        payee: payee.map(|(id, name)| Party { id: host(id), name: name.to_owned(), email: None }),
        description: None,
        amount: amount(share),
        withheld: Vec::new(),
        synced: true,
        number: None,
        item: None,
        account: None,
    }
}

pub(super) fn withheld(name: &str, withheld: &str) -> Withheld {
    Withheld {
        kind: Withholding::Fee,
        name: name.to_owned(),
        amount: amount(withheld),
        synced: true,
    }
}
