//! How a company set up QuickBooks: what a posting has to respect.
//!
//! <https://developer.intuit.com/app/developer/qbo/docs/api/accounting/all-entities/preferences>

use jiff::civil::Date;

use super::macros::objects;
use super::parts::date;
use super::{MetaData, NameValue, Ref};
use crate::{ObjectId, SyncToken};

objects! {
    /// All settings.
    pub struct Preferences {
        /// Always `1`.
        pub id: Option<ObjectId>,
        /// The version.
        pub sync_token: Option<SyncToken>,
        /// When it was made and changed.
        pub meta_data: Option<MetaData>,
        /// The books as such.
        pub accounting_info_prefs: Option<AccountingInfoPrefs>,
        /// Invoices and the like.
        pub sales_forms_prefs: Option<SalesFormsPrefs>,
        /// Items.
        pub product_and_services_prefs: Option<ProductAndServicesPrefs>,
        /// Tax.
        pub tax_prefs: Option<TaxPrefs>,
        /// Currency.
        pub currency_prefs: Option<CurrencyPrefs>,
        /// Everything else, by name.
        pub other_prefs: Option<OtherPrefs>,
    }

    /// The books as such.
    pub struct AccountingInfoPrefs {
        /// Nothing on or before this day can change; absent while the books were never closed.
        #[serde(with = "date")]
        pub book_close_date: Option<Date>,
        /// Whether accounts show numbers.
        pub use_account_numbers: Option<bool>,
        /// Whether a document has one class.
        pub class_tracking_per_txn: Option<bool>,
        /// Whether each line has a class.
        pub class_tracking_per_txn_line: Option<bool>,
        /// Whether there are locations.
        pub track_departments: Option<bool>,
        /// What the company calls its customers.
        pub customer_terminology: Option<String>,
    }

    /// Invoices and the like.
    pub struct SalesFormsPrefs {
        /// Whether the company numbers documents by hand: then a document without a number has none.
        pub custom_txn_numbers: Option<bool>,
        /// Whether an invoice may name a deposit.
        pub allow_deposit: Option<bool>,
        /// Whether documents may have a discount.
        pub allow_discount: Option<bool>,
        /// Whether lines may have a service date.
        pub allow_service_date: Option<bool>,
        /// Whether QuickBooks uses up credits by itself.
        pub auto_apply_credit: Option<bool>,
        /// Whether QuickBooks applies payments by itself.
        pub auto_apply_payments: Option<bool>,
        /// The usual term.
        pub default_terms: Option<Ref>,
    }

    /// Items.
    pub struct ProductAndServicesPrefs {
        /// Whether items are used in sales.
        pub for_sales: Option<bool>,
        /// Whether lines show quantity and price.
        pub quantity_with_price_and_rate: Option<bool>,
        /// Whether goods are counted.
        pub quantity_on_hand: Option<bool>,
    }

    /// Tax.
    pub struct TaxPrefs {
        /// Whether sales are taxed at all.
        pub using_sales_tax: Option<bool>,
        /// Whether QuickBooks works tax out itself; absent from old companies.
        pub partner_tax_enabled: Option<bool>,
    }

    /// Currency.
    pub struct CurrencyPrefs {
        /// The currency of the books.
        pub home_currency: Option<Ref>,
        /// Whether there are others; then documents must name theirs.
        pub multi_currency_enabled: Option<bool>,
    }

    /// Everything else.
    pub struct OtherPrefs {
        /// By name, `WarnDuplicateCheckNumber` for one.
        pub name_value: Option<Vec<NameValue>>,
    }
}

impl Preferences {
    /// A setting that has no member of its own.
    pub fn setting(&self, name: &str) -> Option<&str> {
        NameValue::find(self.other_prefs.as_ref()?.name_value.as_deref(), name)
    }
}
