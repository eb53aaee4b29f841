//! Vendors.
//!
//! <https://developer.intuit.com/app/developer/qbo/docs/api/accounting/all-entities/vendor>

use rust_decimal::Decimal;

use super::macros::objects;
use super::parts::decimal;
use super::{Address, EmailAddress, MetaData, PhoneNumber, Ref, WebAddress};
use crate::{Field, ObjectId, SyncToken};

objects! {
    /// Whom the company buys from, or pays.
    pub struct Vendor {
        /// Given by QuickBooks, from one sequence with customers and employees.
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
        /// The payee on a printed check, of at most 100 characters; from the other names when left out. Cannot be
        /// cleared.
        pub print_on_check_name: Option<String>,
        /// E-mail.
        pub primary_email_addr: Option<EmailAddress>,
        /// Telephone.
        pub primary_phone: Option<PhoneNumber>,
        /// Web page.
        pub web_addr: Option<WebAddress>,
        /// Where bills come from and checks go.
        pub bill_addr: Option<Address>,
        /// `false` hides it and blocks it; QuickBooks then appends "(deleted)" to the names.
        pub active: Option<bool>,
        /// Whether it is a contractor, reported on form 1099.
        pub vendor1099: Option<bool>,
        /// Tax number, of at most 20 characters; comes back masked.
        pub tax_identifier: Option<String>,
        /// The company's account number at the vendor, of at most 100 characters.
        pub acct_num: Option<String>,
        /// The usual term of its bills.
        pub term_ref: Option<Ref>,
        /// Fixed when the vendor is made.
        pub currency_ref: Option<Ref>,
        /// What it is owed.
        #[serde(with = "decimal")]
        pub balance: Option<Decimal>,
    }
}

impl Vendor {
    /// The name that is unique.
    pub const DISPLAY_NAME: Field<Self> = Field::named("DisplayName");
    /// The company it is.
    pub const COMPANY_NAME: Field<Self> = Field::named("CompanyName");
    /// Whether it is in use.
    pub const ACTIVE: Field<Self> = Field::named("Active");
    /// What it is owed.
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
