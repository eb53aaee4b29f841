//! What a company says about itself.
//!
//! <https://developer.intuit.com/app/developer/qbo/docs/api/accounting/all-entities/companyinfo>

use jiff::civil::Date;

use super::macros::objects;
use super::parts::date;
use super::{Address, EmailAddress, MetaData, PhoneNumber, WebAddress};
use crate::{ObjectId, SyncToken};

objects! {
    /// The company. There is one, and its own id is `1`.
    pub struct CompanyInfo {
        /// Always `1`.
        pub id: Option<ObjectId>,
        /// The version.
        pub sync_token: Option<SyncToken>,
        /// When it was made and changed.
        pub meta_data: Option<MetaData>,
        /// The name it shows.
        pub company_name: Option<String>,
        /// The name it signs with.
        pub legal_name: Option<String>,
        /// Its address.
        pub company_addr: Option<Address>,
        /// The edition, `US`, `CA`, `GB` …: decides how tax works.
        pub country: Option<String>,
        /// E-mail.
        pub email: Option<EmailAddress>,
        /// Telephone.
        pub primary_phone: Option<PhoneNumber>,
        /// Web page.
        pub web_addr: Option<WebAddress>,
        /// The name of a month.
        pub fiscal_year_start_month: Option<String>,
        /// When it came to QuickBooks.
        #[serde(with = "date")]
        pub company_start_date: Option<Date>,
        /// Features and subscription: `SubscriptionStatus`, `OfferingSku` …
        pub name_value: Option<Vec<NameValue>>,
    }

    /// One feature or setting.
    pub struct NameValue {
        /// Which.
        pub name: Option<String>,
        /// Its value, always text.
        pub value: Option<String>,
    }
}

impl CompanyInfo {
    /// The value of a feature, `SubscriptionStatus` for one.
    pub fn feature(&self, name: &str) -> Option<&str> {
        NameValue::find(self.name_value.as_deref(), name)
    }
}

impl NameValue {
    pub(super) fn find<'a>(list: Option<&'a [NameValue]>, name: &str) -> Option<&'a str> {
        list?.iter().find(|entry| entry.name.as_deref() == Some(name))?.value.as_deref()
    }
}
