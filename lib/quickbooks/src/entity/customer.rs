//! Customers.
//!
//! <https://developer.intuit.com/app/developer/qbo/docs/api/accounting/all-entities/customer>

use rust_decimal::Decimal;

use super::macros::objects;
use super::parts::decimal;
use super::{Address, EmailAddress, MetaData, PhoneNumber, Ref, WebAddress};
use crate::{Field, ObjectId, SyncToken};

objects! {
    /// A customer, sub-customer, job or project.
    pub struct Customer {
        /// Given by QuickBooks, from one sequence with vendors and employees.
        pub id: Option<ObjectId>,
        /// The version. Does not move with the balance.
        pub sync_token: Option<SyncToken>,
        /// When it was made and changed.
        pub meta_data: Option<MetaData>,
        /// At most 500 characters, without colon, tab or newline, and unlike that of any other customer, vendor or
        /// employee, whatever the case (fault 6240). Cannot be cleared.
        pub display_name: Option<String>,
        /// At most 100 characters.
        pub company_name: Option<String>,
        /// At most 100 characters.
        pub given_name: Option<String>,
        /// At most 100 characters.
        pub family_name: Option<String>,
        /// With the names of its parents, `Parent:Child`.
        pub fully_qualified_name: Option<String>,
        /// E-mail.
        pub primary_email_addr: Option<EmailAddress>,
        /// Telephone.
        pub primary_phone: Option<PhoneNumber>,
        /// Web page.
        pub web_addr: Option<WebAddress>,
        /// Billing address.
        pub bill_addr: Option<Address>,
        /// Delivery address.
        pub ship_addr: Option<Address>,
        /// At most 2000 characters.
        pub notes: Option<String>,
        /// `false` hides it and blocks it; QuickBooks then appends "(deleted)" to the names.
        pub active: Option<bool>,
        /// Whether it belongs to another customer.
        pub job: Option<bool>,
        /// That other customer.
        pub parent_ref: Option<Ref>,
        /// Whether the parent gets the invoices.
        pub bill_with_parent: Option<bool>,
        /// Whether it is a project, which this API cannot make.
        pub is_project: Option<bool>,
        /// Whether its sales are taxed.
        pub taxable: Option<bool>,
        /// Fixed when the customer is made.
        pub currency_ref: Option<Ref>,
        /// Its usual term.
        pub sales_term_ref: Option<Ref>,
        /// What it owes.
        #[serde(with = "decimal")]
        pub balance: Option<Decimal>,
        /// What it owes with all below it.
        #[serde(with = "decimal")]
        pub balance_with_jobs: Option<Decimal>,
    }
}

impl Customer {
    /// The name that is unique.
    pub const DISPLAY_NAME: Field<Self> = Field::named("DisplayName");
    /// The name with those of its parents.
    pub const FULLY_QUALIFIED_NAME: Field<Self> = Field::named("FullyQualifiedName");
    /// The company it is.
    pub const COMPANY_NAME: Field<Self> = Field::named("CompanyName");
    /// E-mail.
    pub const EMAIL: Field<Self> = Field::named("PrimaryEmailAddr");
    /// Whether it is in use.
    pub const ACTIVE: Field<Self> = Field::named("Active");
    /// What it owes.
    pub const BALANCE: Field<Self> = Field::named("Balance");

    /// The least that QuickBooks takes.
    pub fn named(display_name: impl Into<String>) -> Self {
        Self { display_name: Some(display_name.into()), ..Self::default() }
    }

    /// Adds an e-mail address.
    #[must_use]
    pub fn with_email(mut self, address: impl Into<String>) -> Self {
        self.primary_email_addr = Some(EmailAddress::of(address));
        self
    }
}
