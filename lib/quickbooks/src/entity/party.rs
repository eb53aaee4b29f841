//! Who stands on the other side: a customer, a vendor or an employee, where any of them may.

use serde::{Deserialize, Serialize};

use super::Ref;
use super::macros::{objects, open_enum};
use crate::ObjectId;

open_enum! {
    /// The kinds of party. Some answers write them in capitals.
    pub enum PartyType {
        /// A customer.
        Customer = "Customer",
        /// A vendor.
        Vendor = "Vendor",
        /// An employee.
        Employee = "Employee",
    }
}

/// A reference to a party of any kind, as purchases and deposits have it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PartyRef {
    /// The id of the party. Customers, vendors and employees share one sequence.
    pub value: ObjectId,
    /// What QuickBooks shows for it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// What it is.
    #[serde(rename = "type", default, skip_serializing_if = "Option::is_none")]
    pub party_type: Option<PartyType>,
}

impl PartyRef {
    /// Refers to a customer.
    pub fn customer(id: &ObjectId) -> Self {
        Self::of(PartyType::Customer, id)
    }

    /// Refers to a vendor.
    pub fn vendor(id: &ObjectId) -> Self {
        Self::of(PartyType::Vendor, id)
    }

    /// Refers to an employee.
    pub fn employee(id: &ObjectId) -> Self {
        Self::of(PartyType::Employee, id)
    }

    fn of(party_type: PartyType, id: &ObjectId) -> Self {
        Self { value: id.clone(), name: None, party_type: Some(party_type) }
    }
}

objects! {
    /// The same reference as journal entries have it.
    pub struct JournalParty {
        /// What it is.
        #[serde(rename = "Type")]
        pub party_type: Option<PartyType>,
        /// Which one.
        pub entity_ref: Option<Ref>,
    }
}

impl From<PartyRef> for JournalParty {
    fn from(PartyRef { value, name, party_type }: PartyRef) -> Self {
        Self { party_type, entity_ref: Some(Ref { value, name }), ..Self::default() }
    }
}
