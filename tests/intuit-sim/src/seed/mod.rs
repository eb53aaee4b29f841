//! The sample company, built once a day from data files and cloned for every company.
//!
//! Lists and transactions go through the same writes as a caller's, under the sample's own ids.
//! What the seeded documents do not explain of an account's balance is booked against Opening Balance
//! Equity, so the trial balance is zero from the start.

mod rows;

use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
};

use jiff::civil::Date;
use rust_decimal::Decimal;
use serde_json::{Value, json};

use crate::{
    company::{Clock, Company, Profile},
    entities::{Kind, entity_named},
    json::{Object, number, parse_decimal, set},
    ledger::{Key, Ledger, Leg, ObjectId, Options, Write, commit, write},
};

const ACCOUNTS: &str = include_str!("../../seed/accounts.tsv");
const BILLS: &str = include_str!("../../seed/bills.tsv");
const BILL_PAYMENTS: &str = include_str!("../../seed/bill_payments.tsv");
const CUSTOMERS: &str = include_str!("../../seed/customers.tsv");
const DOCUMENTS: &str = include_str!("../../seed/documents.json");
const INVOICES: &str = include_str!("../../seed/invoices.tsv");
const ITEMS: &str = include_str!("../../seed/items.tsv");
const LISTS: &str = include_str!("../../seed/lists.json");
const PAYMENTS: &str = include_str!("../../seed/payments.tsv");
const VENDORS: &str = include_str!("../../seed/vendors.tsv");

const CHECKING: &str = "35";
const MASTERCARD: &str = "41";
const OPENING_BALANCE_EQUITY: &str = "34";
const SECONDS_A_DAY: i64 = 24 * 3600;
/// The sample's last transaction, so that new ones continue behind it.
const LAST_TRANSACTION: &str = "144";

/// Prepared ledgers by kind of company and day.
#[derive(Debug, Default)]
pub(crate) struct Templates {
    prepared: Mutex<HashMap<(bool, String, Date), Ledger>>,
}

impl Templates {
    /// A fresh ledger; the first one of a day is built, the others are clones.
    pub(crate) fn ledger(&self, profile: &Profile, clock: &Clock) -> Ledger {
        let key = (profile.sample, profile.country.clone(), clock.today());
        let mut prepared = self.prepared.lock().unwrap_or_else(PoisonError::into_inner);
        prepared.entry(key).or_insert_with(|| build(profile, clock)).clone()
    }
}

fn build(profile: &Profile, clock: &Clock) -> Ledger {
    let sample = profile.sample;
    let blank = Profile { country: profile.country.clone(), ..Profile::default() };
    let mut seed = Seed { company: Company::new(String::new(), blank, Ledger::default(), *clock) };
    seed.moved_back(100);
    seed.accounts(sample);
    seed.lists();
    seed.items(sample);
    if sample {
        seed.names();
        // The numbers of sales forms go on behind the last invoice, so it comes after the others.
        seed.documents(clock, "first");
        seed.invoices(clock);
        seed.payments(clock);
        seed.documents(clock, "last");
        seed.bills(clock);
        seed.bill_payments(clock);
        seed.company.ledger.reserve(Kind::Invoice, LAST_TRANSACTION);
        seed.opening_balances();
    } else {
        seed.company.ledger.last_number = "1000".to_owned();
    }
    // What is there from the start is no news.
    seed.company.ledger.changes.take();
    seed.company.ledger
}

struct Seed {
    company: Company,
}

impl Seed {
    fn moved_back(&mut self, days: i64) {
        self.company.clock.advance(-days * SECONDS_A_DAY);
    }

    /// Creates an object the way a caller would, under the sample's id.
    fn create(&mut self, kind: Kind, id: &str, object: &Value) {
        let options =
            Options { allow_duplicate_number: true, id: Some(id.to_owned()), ..Options::default() };
        let object = object.as_object().expect("seed objects are JSON objects");
        write(&mut self.company, kind, Write::Save, object, &options)
            .unwrap_or_else(|fault| panic!("the seed is refused: {kind:?} {id}: {fault:?}"));
    }

    /// Stores an object that cannot be created through the API.
    fn store(&mut self, kind: Kind, mut object: Object) {
        let stamp = self.company.clock.stamp();
        set(&mut object, "SyncToken", "0");
        set(&mut object, "domain", "QBO");
        set(&mut object, "sparse", false);
        set(&mut object, "MetaData", json!({"CreateTime": stamp, "LastUpdatedTime": stamp}));
        commit(&mut self.company, kind, object, false);
    }

    fn accounts(&mut self, sample: bool) {
        let mut ids: HashMap<&str, &str> = HashMap::new();
        for row in rows::rows(ACCOUNTS).filter(|row| sample || row.has(1)) {
            let (parent, name) = row
                .cell(2)
                .rsplit_once(':')
                .map_or((None, row.cell(2)), |(parent, name)| (Some(parent), name));
            let mut account =
                json!({"Name": name, "AccountType": row.cell(3), "AccountSubType": row.cell(4)});
            if let Some(parent) = parent.and_then(|parent| ids.get(parent)) {
                account["ParentRef"] = json!({"value": parent});
            }
            ids.insert(row.cell(2), row.cell(0));
            self.create(Kind::Account, row.cell(0), &account);
        }
    }

    fn lists(&mut self) {
        let lists: Value = serde_json::from_str(LISTS).expect("the seed lists are JSON");
        for (name, objects) in lists.as_object().into_iter().flatten() {
            let kind = entity_named(name).expect("the seed names known entities").kind;
            for object in objects.as_array().into_iter().flatten() {
                let id = object["Id"].as_str().unwrap_or_default().to_owned();
                if matches!(kind, Kind::Term | Kind::PaymentMethod) {
                    let mut object = object.clone();
                    object["Id"].take();
                    self.create(kind, &id, &object);
                } else {
                    self.store(kind, object.as_object().cloned().unwrap_or_default());
                }
            }
        }
    }

    fn items(&mut self, sample: bool) {
        for row in rows::rows(ITEMS).filter(|row| sample || row.has(1)) {
            let mut item = json!({"Name": row.cell(2), "Type": row.cell(3), "Taxable": row.has(10), "UnitPrice": decimal(row.cell(4)), "PurchaseCost": decimal(row.cell(5))});
            for (column, member) in
                [(7, "IncomeAccountRef"), (8, "ExpenseAccountRef"), (9, "AssetAccountRef")]
            {
                if row.has(column) {
                    item[member] = json!({"value": row.cell(column)});
                }
            }
            if row.has(6) {
                item["QtyOnHand"] = decimal(row.cell(6));
                item["InvStartDate"] = json!(self.company.clock.today().to_string());
            }
            self.create(Kind::Item, row.cell(0), &item);
        }
    }

    fn names(&mut self) {
        for row in rows::rows(CUSTOMERS) {
            let mut customer = json!({"DisplayName": row.cell(1), "Taxable": row.has(11)});
            for (column, member) in [(2, "GivenName"), (3, "FamilyName"), (4, "CompanyName")] {
                if row.has(column) {
                    customer[member] = json!(row.cell(column));
                }
            }
            if row.has(5) {
                let address = json!({"Line1": row.cell(5), "City": row.cell(6), "CountrySubDivisionCode": row.cell(7), "PostalCode": row.cell(8)});
                customer["BillAddr"] = address.clone();
                customer["ShipAddr"] = address;
                customer["PrimaryEmailAddr"] = json!({"Address": row.cell(9)});
            }
            if row.has(10) {
                customer["PrimaryPhone"] = json!({"FreeFormNumber": row.cell(10)});
            }
            if row.has(12) {
                customer["ParentRef"] = json!({"value": row.cell(12)});
                customer["Job"] = json!(true);
            }
            self.create(Kind::Customer, row.cell(0), &customer);
        }
        for row in rows::rows(VENDORS) {
            let mut vendor = json!({"DisplayName": row.cell(1), "Vendor1099": row.has(3)});
            if row.has(2) {
                vendor["TermRef"] = json!({"value": row.cell(2)});
            }
            self.create(Kind::Vendor, row.cell(0), &vendor);
        }
    }

    fn invoices(&mut self, now: &Clock) {
        for row in rows::rows(INVOICES) {
            self.dated(now, row.cell(3));
            let line = |amount: &str, code: &str| json!({"Amount": decimal(amount), "DetailType": "SalesItemLineDetail", "SalesItemLineDetail": {"ItemRef": {"value": row.cell(4)}, "TaxCodeRef": {"value": code}}});
            let lines: Vec<Value> = [(row.cell(5), "NON"), (row.cell(6), "TAX")]
                .into_iter()
                .filter(|(amount, _)| *amount != "0")
                .map(|(amount, code)| line(amount, code))
                .collect();
            let mut invoice = json!({"DocNumber": row.cell(1), "CustomerRef": {"value": row.cell(2)}, "SalesTermRef": {"value": "3"}, "Line": lines, "CustomerMemo": {"value": "Thank you for your business and have a great day!"}});
            if row.has(7) {
                invoice["TxnTaxDetail"] = json!({"TxnTaxCodeRef": {"value": row.cell(7)}});
            }
            self.create(Kind::Invoice, row.cell(0), &invoice);
        }
    }

    fn payments(&mut self, now: &Clock) {
        for row in rows::rows(PAYMENTS) {
            self.dated(now, row.cell(2));
            let (invoice, amount) =
                row.cell(4).split_once(':').expect("a seeded payment names invoice and amount");
            let mut payment = json!({
                "CustomerRef": {"value": row.cell(1)}, "TotalAmt": decimal(amount), "PaymentMethodRef": {"value": row.cell(3)},
                "Line": [{"Amount": decimal(amount), "LinkedTxn": [{"TxnId": invoice, "TxnType": "Invoice"}]}]
            });
            if row.has(5) {
                payment["DepositToAccountRef"] = json!({"value": row.cell(5)});
            }
            self.create(Kind::Payment, row.cell(0), &payment);
        }
    }

    /// Documents with more structure than a row has: deposits, receipts, journal entries, credits.
    fn documents(&mut self, now: &Clock, which: &str) {
        let documents: Value = serde_json::from_str(DOCUMENTS).expect("the documents are JSON");
        for document in documents[which].as_array().into_iter().flatten() {
            let text = |name: &str| document[name].as_str().unwrap_or_default();
            self.dated(now, &document["days_ago"].to_string());
            let kind = entity_named(text("entity")).expect("the seed names known entities").kind;
            self.create(kind, text("id"), &document["object"]);
        }
    }

    fn bills(&mut self, now: &Clock) {
        for row in rows::rows(BILLS) {
            self.dated(now, row.cell(2));
            let mut bill = json!({"VendorRef": {"value": row.cell(1)}, "Line": [{"Amount": decimal(row.cell(4)), "DetailType": "AccountBasedExpenseLineDetail", "AccountBasedExpenseLineDetail": {"AccountRef": {"value": row.cell(3)}}}]});
            if row.has(5) {
                bill["SalesTermRef"] = json!({"value": row.cell(5)});
            }
            self.create(Kind::Bill, row.cell(0), &bill);
        }
    }

    fn bill_payments(&mut self, now: &Clock) {
        for row in rows::rows(BILL_PAYMENTS) {
            self.dated(now, row.cell(2));
            let (bill, amount) =
                row.cell(5).split_once(':').expect("a seeded bill payment names bill and amount");
            let mut payment = json!({
                "VendorRef": {"value": row.cell(1)}, "PayType": row.cell(3), "DocNumber": row.cell(4), "TotalAmt": decimal(amount),
                "Line": [{"Amount": decimal(amount), "LinkedTxn": [{"TxnId": bill, "TxnType": "Bill"}]}]
            });
            if row.cell(3) == "Check" {
                payment["CheckPayment"] = json!({"BankAccountRef": {"value": CHECKING}});
            } else {
                payment["CreditCardPayment"] = json!({"CCAccountRef": {"value": MASTERCARD}});
            }
            self.create(Kind::BillPayment, row.cell(0), &payment);
        }
    }

    fn dated(&mut self, now: &Clock, days_ago: &str) {
        self.company.clock = *now;
        self.moved_back(days_ago.parse().expect("days are whole numbers"));
    }

    /// Brings every account with a known balance to it, against Opening Balance Equity.
    fn opening_balances(&mut self) {
        let mut legs = Vec::new();
        let mut difference = Decimal::ZERO;
        for row in rows::rows(ACCOUNTS).filter(|row| row.has(5)) {
            let missing = parse_decimal(row.cell(5)).unwrap_or_default()
                - self.company.ledger.books.account_balance(&ObjectId::from(row.cell(0)));
            legs.push(Leg::debit(row.cell(0), missing));
            difference += missing;
        }
        legs.push(Leg::credit(OPENING_BALANCE_EQUITY, difference));
        let stamp = self.company.clock.stamp();
        self.company.ledger.post_directly(
            Key::new(Kind::Account, OPENING_BALANCE_EQUITY),
            legs,
            &stamp,
        );
    }
}

fn decimal(text: &str) -> Value {
    number(parse_decimal(text).unwrap_or_default())
}
