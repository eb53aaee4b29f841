//! Vendors.

use super::{Draft, EntityType, Kind, LIST, Listing, account, currency, names};
use crate::{
    api::Fault,
    json::{default, set, text},
    ledger::{Pool, Sequence},
};

pub(super) static VENDOR: EntityType = EntityType {
    kind: Kind::Vendor,
    name: "Vendor",
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
CompanyName text:100 q
PrintOnCheckName name:100 q keep
Active bool q
PrimaryEmailAddr email q
PrimaryPhone phone
AlternatePhone phone
Mobile phone
Fax phone
WebAddr web
OtherContactInfo any
BillAddr addr
ShipAddr addr
OtherAddr addr
ContactName text
AltContactName text
Notes text:4000
TermRef ref
APAccountRef ref
VendorTypeRef ref
AcctNum text:100 q
TaxIdentifier text:20
TaxIdEffectiveDate date
TaxCountry text
BusinessNumber text
Vendor1099 bool q
T4AEligible bool
T5018Eligible bool
BillRate dec
CostRate dec
Balance dec q ro
OpenBalanceDate date
CreditLimit dec
CurrencyRef ref keep
VendorPaymentBankDetail any
HasTPAR bool
TaxReportingBasis text
GSTIN text
GSTRegistrationType text
CustomField [field]
VendorEx any ro
Source text ro
";

fn prepare(draft: &mut Draft<'_>) -> Result<(), Fault> {
    names::unique_name(draft)?;
    let printed = text(&draft.object, "CompanyName")
        .filter(|name| !name.is_empty())
        .or_else(|| text(&draft.object, "DisplayName"))
        .unwrap_or_default()
        .to_owned();
    default(&mut draft.object, "PrintOnCheckName", printed);
    draft.refer("TermRef", Kind::Term)?;
    if let Some(found) = draft.refer("APAccountRef", Kind::Account)? {
        account::of_type(found, "APAccountRef", &["Accounts Payable"])?;
    }
    currency::settle(draft, None)?;
    let object = &mut draft.object;
    if let Some(masked) = text(object, "TaxIdentifier").map(masked) {
        set(object, "TaxIdentifier", masked);
    }
    default(object, "Active", true);
    default(object, "Balance", 0);
    default(object, "Vendor1099", false);
    object.remove("OpenBalanceDate");
    Ok(())
}

/// A tax number as it is read back: only its last characters.
fn masked(number: &str) -> String {
    let hidden = number.chars().count().saturating_sub(5);
    let covered = number.chars().enumerate();
    covered.map(|(place, character)| if place < hidden { 'X' } else { character }).collect()
}

#[cfg(test)]
mod tests {
    use super::masked;

    #[test]
    fn a_tax_number_shows_its_end_only() {
        for (number, shown) in
            [("99-5688293", "XXXXX88293"), ("XXXXX88293", "XXXXX88293"), ("123", "123")]
        {
            assert_eq!(masked(number), shown);
        }
    }
}
