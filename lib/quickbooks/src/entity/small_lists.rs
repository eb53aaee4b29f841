//! Lists that are short, rarely change, and are chosen from: terms, tax codes, ways to pay, classes and
//! locations.

use rust_decimal::Decimal;

use super::macros::objects;
use super::parts::decimal;
use super::{MetaData, Ref};
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

    /// A class, by which a company splits its results. Not in every subscription.
    pub struct Class {
        /// Given by QuickBooks.
        pub id: Option<ObjectId>,
        /// The version.
        pub sync_token: Option<SyncToken>,
        /// When it was made and changed.
        pub meta_data: Option<MetaData>,
        /// At most 100 characters, without colon.
        pub name: Option<String>,
        /// With the names of its parents, `Parent:Child`.
        pub fully_qualified_name: Option<String>,
        /// Whether it has a parent.
        pub sub_class: Option<bool>,
        /// The parent; five levels at most.
        pub parent_ref: Option<Ref>,
        /// `false` hides it and blocks it; QuickBooks then appends "(deleted)" to the name.
        pub active: Option<bool>,
    }

    /// A location, which people may call department, store or property. Not in every subscription.
    pub struct Department {
        /// Given by QuickBooks.
        pub id: Option<ObjectId>,
        /// The version.
        pub sync_token: Option<SyncToken>,
        /// When it was made and changed.
        pub meta_data: Option<MetaData>,
        /// At most 100 characters, without colon.
        pub name: Option<String>,
        /// With the names of its parents, `Parent:Child`.
        pub fully_qualified_name: Option<String>,
        /// Whether it has a parent.
        pub sub_department: Option<bool>,
        /// The parent; five levels at most.
        pub parent_ref: Option<Ref>,
        /// `false` hides it and blocks it; QuickBooks then appends "(deleted)" to the name.
        pub active: Option<bool>,
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

impl Class {
    /// The name.
    pub const CLASS_NAME: Field<Self> = Field::named("Name");
    /// The name with those of its parents.
    pub const FULLY_QUALIFIED_NAME: Field<Self> = Field::named("FullyQualifiedName");
    /// Whether it is in use.
    pub const ACTIVE: Field<Self> = Field::named("Active");

    /// The least that QuickBooks takes.
    pub fn named(name: impl Into<String>) -> Self {
        Self { name: Some(name.into()), ..Self::default() }
    }

    /// Puts it below another.
    #[must_use]
    pub fn below(mut self, parent: &ObjectId) -> Self {
        self.sub_class = Some(true);
        self.parent_ref = Some(Ref::to(parent));
        self
    }
}

impl Department {
    /// The name.
    pub const DEPARTMENT_NAME: Field<Self> = Field::named("Name");
    /// The name with those of its parents.
    pub const FULLY_QUALIFIED_NAME: Field<Self> = Field::named("FullyQualifiedName");
    /// Whether it is in use.
    pub const ACTIVE: Field<Self> = Field::named("Active");

    /// The least that QuickBooks takes.
    pub fn named(name: impl Into<String>) -> Self {
        Self { name: Some(name.into()), ..Self::default() }
    }

    /// Puts it below another.
    #[must_use]
    pub fn below(mut self, parent: &ObjectId) -> Self {
        self.sub_department = Some(true);
        self.parent_ref = Some(Ref::to(parent));
        self
    }
}
