//! Customers, sub-customers and jobs.

use serde_json::json;

use super::{Draft, EntityType, Kind, LIST, Listing, currency, names};
use crate::{
    api::Fault,
    json::{default, flag, reference, set, text},
    ledger::{Pool, Sequence},
    switches::SalesTax,
};

pub(super) static CUSTOMER: EntityType = EntityType {
    kind: Kind::Customer,
    name: "Customer",
    table: TABLE,
    sequence: Some(Sequence::Names),
    listing: Listing::ByName("DisplayName"),
    prepare,
    index: |object| {
        text(object, "DisplayName").map(|name| (Pool::Names, name.to_owned())).into_iter().collect()
    },
    ..LIST
};

const TABLE: &str = "
DisplayName name:500 q keep
Title name:16
GivenName name:100 q
MiddleName name:100 q
FamilyName name:100 q
Suffix name:16
FullyQualifiedName text q ro
CompanyName text:100 q
PrintOnCheckName name:110 q keep
Active bool q
PrimaryEmailAddr email q
PrimaryPhone phone
AlternatePhone phone
Mobile phone
Fax phone
WebAddr web
OtherContactInfo any
DefaultTaxCodeRef ref
Taxable bool
TaxExemptionReasonId text
BillAddr addr
ShipAddr addr
OtherAddr addr
Notes text:2000
Job bool q
BillWithParent bool
ParentRef ref
Level int ro
CustomerTypeRef ref
SalesTermRef ref
PaymentMethodRef ref
PriceLevelRef ref
Balance dec q ro
OpenBalanceDate date
BalanceWithJobs dec ro
CreditLimit dec
AcctNum text
CurrencyRef ref keep
PreferredDeliveryMethod enum:Print|Email|None
ResaleNum text:16
PrimaryTaxIdentifier text
SecondaryTaxIdentifier text
ARAccountRef ref
IsProject bool ro
BusinessNumber text
GSTIN text
GSTRegistrationType text
CustomField [field]
ClientEntityId text ro
CustomerEx any ro
Source text ro
";

fn prepare(draft: &mut Draft<'_>) -> Result<(), Fault> {
    names::display_name(draft)?;
    if flag(&draft.object, "Job") == Some(true) && reference(&draft.object, "ParentRef").is_none() {
        return Err(Fault::parent_required());
    }
    names::place(draft, Kind::Customer)?;
    let is_sub = draft.object.contains_key("ParentRef");
    set(&mut draft.object, "Job", is_sub);
    draft.refer("SalesTermRef", Kind::Term)?;
    draft.refer("PaymentMethodRef", Kind::PaymentMethod)?;
    taxable(draft)?;
    currency::settle(draft, None)?;
    let object = &mut draft.object;
    default(object, "Active", true);
    default(object, "BillWithParent", false);
    default(object, "PreferredDeliveryMethod", "Print");
    default(object, "Balance", 0);
    default(object, "BalanceWithJobs", 0);
    default(object, "IsProject", false);
    default(object, "ClientEntityId", "0");
    object.remove("OpenBalanceDate");
    Ok(())
}

/// Recorded: new customers are taxable with the company's tax code.
fn taxable(draft: &mut Draft<'_>) -> Result<(), Fault> {
    let collects_tax = draft.switches.sales_tax != SalesTax::Off;
    default(&mut draft.object, "Taxable", collects_tax);
    if flag(&draft.object, "Taxable") != Some(true) {
        draft.object.remove("DefaultTaxCodeRef");
        return Ok(());
    }
    if draft.ledger.get(Kind::TaxCode, "2").is_some() {
        default(&mut draft.object, "DefaultTaxCodeRef", json!({"value": "2"}));
    }
    if let Some(id) = reference(&draft.object, "DefaultTaxCodeRef") {
        draft.resolve("DefaultTaxCodeRef", id, Kind::TaxCode)?;
    }
    Ok(())
}
