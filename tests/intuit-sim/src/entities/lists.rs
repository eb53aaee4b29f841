//! The small lists: terms, payment methods, tax lists, and the names that only the seed fills.

use rust_decimal::Decimal;

use super::{Draft, EntityType, Kind, LIST, Listing, READ_ONLY};
use crate::{
    api::Fault,
    json::{Object, amount, default, set, text},
    ledger::{Pool, Sequence},
};

pub(super) static TERM: EntityType = EntityType {
    kind: Kind::Term,
    name: "Term",
    table: "
Name text:31 q need
Active bool q
Type text q ro
DiscountPercent dec
DueDays int q
DiscountDays int
DayOfMonthDue int q
DueNextMonthDays int
DiscountDayOfMonth int
",
    sequence: Some(Sequence::Terms),
    prepare: prepare_term,
    index: |object| named(object, Pool::Terms),
    ..LIST
};

pub(super) static PAYMENT_METHOD: EntityType = EntityType {
    kind: Kind::PaymentMethod,
    name: "PaymentMethod",
    table: "
Name text:31 q need
Active bool q
Type enum:CREDIT_CARD|NON_CREDIT_CARD q
",
    sequence: Some(Sequence::PaymentMethods),
    prepare: prepare_payment_method,
    index: |object| named(object, Pool::PaymentMethods),
    ..LIST
};

pub(super) static TAX_CODE: EntityType = EntityType {
    kind: Kind::TaxCode,
    name: "TaxCode",
    table: "
Name text:100 q
Description text q
Active bool q
Hidden bool
Taxable bool q
TaxGroup bool q
TaxCodeConfigType text
SalesTaxRateList any
PurchaseTaxRateList any
",
    listing: Listing::ByName("Name"),
    ..READ_ONLY
};

pub(super) static TAX_RATE: EntityType = EntityType {
    kind: Kind::TaxRate,
    name: "TaxRate",
    table: "
Name text:100 q
Description text q
Active bool q
RateValue dec q
AgencyRef ref
SpecialTaxType text
DisplayType text
EffectiveTaxRate any
",
    listing: Listing::ByName("Name"),
    ..READ_ONLY
};

pub(super) static TAX_AGENCY: EntityType = EntityType {
    kind: Kind::TaxAgency,
    name: "TaxAgency",
    table: "
DisplayName text:100 q
TaxTrackedOnSales bool
TaxTrackedOnPurchases bool
TaxTrackedOnSalesAccountRef ref
",
    ..READ_ONLY
};

pub(super) static EMPLOYEE: EntityType = EntityType {
    kind: Kind::Employee,
    name: "Employee",
    table: "
DisplayName name:500 q
GivenName text q
FamilyName text q
PrintOnCheckName text q
Active bool q
BillableTime bool
",
    listing: Listing::ByName("DisplayName"),
    sequence: Some(Sequence::Names),
    index: |object| {
        text(object, "DisplayName").map(|name| (Pool::Names, name.to_owned())).into_iter().collect()
    },
    ..READ_ONLY
};

fn named(object: &Object, pool: Pool) -> Vec<(Pool, String)> {
    text(object, "Name").map(|name| (pool, name.to_owned())).into_iter().collect()
}

fn prepare_term(draft: &mut Draft<'_>) -> Result<(), Fault> {
    let name = text(&draft.object, "Name").unwrap_or_default().to_owned();
    draft.unique(Pool::Terms, &name, "term")?;
    let within = |member: &'static str, low: i64, high: i64| match amount(&draft.object, member) {
        Some(value) if value < Decimal::from(low) || value > Decimal::from(high) => {
            Err(Fault::invalid_number(member))
        }
        _ => Ok(()),
    };
    within("DueDays", 0, 999)?;
    within("DayOfMonthDue", 1, 31)?;
    within("DiscountPercent", 0, 100)?;
    let kind =
        match (draft.object.contains_key("DueDays"), draft.object.contains_key("DayOfMonthDue")) {
            (true, _) => "STANDARD",
            (false, true) => "DATE_DRIVEN",
            (false, false) => return Err(Fault::missing("DueDays")),
        };
    set(&mut draft.object, "Type", kind);
    default(&mut draft.object, "Active", true);
    Ok(())
}

fn prepare_payment_method(draft: &mut Draft<'_>) -> Result<(), Fault> {
    let name = text(&draft.object, "Name").unwrap_or_default().to_owned();
    draft.unique(Pool::PaymentMethods, &name, "payment method")?;
    default(&mut draft.object, "Type", "NON_CREDIT_CARD");
    default(&mut draft.object, "Active", true);
    Ok(())
}
