//! Lists that are short, rarely change, and are chosen from: terms, tax codes, ways to pay.

use rust_decimal::Decimal;

use super::MetaData;
use super::macros::objects;
use super::parts::decimal;
use crate::{Field, ObjectId, SyncToken};

objects! {
    /// When an invoice is to be paid.
    pub struct Term {
        /// Given by QuickBooks.
        pub id: Option<ObjectId>,
        /// The version.
        pub sync_token: Option<SyncToken>,
        /// When it was made and changed.
        pub meta_data: Option<MetaData>,
        /// At most 31 characters.
        pub name: Option<String>,
        /// Whether it is in use.
        pub active: Option<bool>,
        /// Days after the date of the document.
        pub due_days: Option<u32>,
        /// Or a day of the month.
        pub day_of_month_due: Option<u32>,
        /// That of the month after, when the document is dated within so many days of it.
        pub due_next_month_days: Option<u32>,
        /// A discount for paying early.
        #[serde(with = "decimal")]
        pub discount_percent: Option<Decimal>,
        /// How early.
        pub discount_days: Option<u32>,
    }

    /// A sales tax code. The codes `TAX` and `NON` of the United States are not in the list.
    pub struct TaxCode {
        /// Given by QuickBooks.
        pub id: Option<ObjectId>,
        /// The version.
        pub sync_token: Option<SyncToken>,
        /// When it was made and changed.
        pub meta_data: Option<MetaData>,
        /// At most 100 characters.
        pub name: Option<String>,
        /// What it is for.
        pub description: Option<String>,
        /// Whether it is in use.
        pub active: Option<bool>,
        /// Whether it taxes at all.
        pub taxable: Option<bool>,
        /// Whether it has several rates.
        pub tax_group: Option<bool>,
        /// Whether people see it.
        pub hidden: Option<bool>,
    }

    /// A way to pay.
    pub struct PaymentMethod {
        /// Given by QuickBooks.
        pub id: Option<ObjectId>,
        /// The version.
        pub sync_token: Option<SyncToken>,
        /// When it was made and changed.
        pub meta_data: Option<MetaData>,
        /// At most 31 characters.
        pub name: Option<String>,
        /// Whether it is in use.
        pub active: Option<bool>,
        /// `CREDIT_CARD` or `NON_CREDIT_CARD`.
        #[serde(rename = "Type")]
        pub method_type: Option<String>,
    }
}

impl Term {
    /// The name.
    pub const TERM_NAME: Field<Self> = Field::named("Name");
    /// Whether it is in use.
    pub const ACTIVE: Field<Self> = Field::named("Active");
}

impl TaxCode {
    /// The name.
    pub const TAX_CODE_NAME: Field<Self> = Field::named("Name");
    /// Whether it is in use.
    pub const ACTIVE: Field<Self> = Field::named("Active");
}

impl PaymentMethod {
    /// The name.
    pub const METHOD_NAME: Field<Self> = Field::named("Name");
    /// Whether it is in use.
    pub const ACTIVE: Field<Self> = Field::named("Active");

    /// The least that QuickBooks takes.
    pub fn named(name: impl Into<String>) -> Self {
        Self { name: Some(name.into()), ..Self::default() }
    }
}
