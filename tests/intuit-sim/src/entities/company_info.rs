//! The company itself, derived from its profile.

use serde_json::json;

use super::{EntityType, Kind, READ_ONLY};
use crate::{company::Company, json::Object};

pub(super) static COMPANY_INFO: EntityType = EntityType {
    kind: Kind::CompanyInfo,
    name: "CompanyInfo",
    table: "
CompanyName text:1024 q
LegalName text:1024 q
CompanyAddr addr
CustomerCommunicationAddr addr
LegalAddr addr
PrimaryPhone phone
Email email
WebAddr web
CompanyStartDate date q
FiscalYearStartMonth text
Country text q
SupportedLanguages text
NameValue any
",
    derived: Some(derived),
    ..READ_ONLY
};

fn derived(company: &Company) -> Object {
    let profile = &company.profile;
    // Recorded since autumn 2025: three-letter country inside addresses, two-letter edition outside.
    let country = match profile.country.as_str() {
        "US" => "USA",
        "CA" => "CAN",
        "GB" => "GBR",
        other => other,
    };
    let address = json!({"Id": "1", "Line1": "123 Sierra Way", "City": "San Pablo", "Country": country, "CountrySubDivisionCode": "CA", "PostalCode": "87999"});
    let lapsed = company.switches.subscription_lapsed;
    let flags = [
        ("NeoEnabled", "true"),
        ("IndustryType", "Landscaping Services"),
        ("SubscriptionStatus", if lapsed { "EXPIRED" } else { "PAID" }),
        ("OfferingSku", profile.edition.as_str()),
        ("ItemCategoriesFeature", "true"),
        ("PayrollFeature", "false"),
        ("AccountantFeature", "false"),
        ("IsQbdtMigrated", "false"),
    ];
    let flags: Vec<_> =
        flags.iter().map(|(name, value)| json!({"Name": name, "Value": value})).collect();
    let created = company.clock.created_stamp();
    let object = json!({
        "CompanyName": profile.name, "LegalName": profile.name, "CompanyAddr": address, "LegalAddr": address,
        "CustomerCommunicationAddr": address, "PrimaryPhone": {}, "Email": {"Address": "noreply@quickbooks.com"}, "WebAddr": {},
        "CompanyStartDate": company.switches.company_start_date.to_string(), "FiscalYearStartMonth": "January", "Country": profile.country,
        "SupportedLanguages": "en", "NameValue": flags, "domain": "QBO", "sparse": false, "Id": "1", "SyncToken": "0",
        "MetaData": {"CreateTime": created, "LastUpdatedTime": created}
    });
    object.as_object().cloned().unwrap_or_default()
}
