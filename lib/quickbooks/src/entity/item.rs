//! Products and services.
//!
//! <https://developer.intuit.com/app/developer/qbo/docs/api/accounting/most-commonly-used/item>

use rust_decimal::Decimal;

use super::macros::{objects, open_enum};
use super::parts::decimal;
use super::{MetaData, Ref};
use crate::{Field, ObjectId, SyncToken};

objects! {
    /// A product or service.
    pub struct Item {
        /// Given by QuickBooks.
        pub id: Option<ObjectId>,
        /// The version.
        pub sync_token: Option<SyncToken>,
        /// When it was made and changed.
        pub meta_data: Option<MetaData>,
        /// Unique, at most 100 characters, without colon.
        pub name: Option<String>,
        /// With the names of its categories, `Category:Item`.
        pub fully_qualified_name: Option<String>,
        /// What kind it is.
        #[serde(rename = "Type")]
        pub item_type: Option<ItemType>,
        /// The text on sales, of at most 4000 characters.
        pub description: Option<String>,
        /// The company's code for it, of at most 100 characters.
        pub sku: Option<String>,
        /// `false` hides it and blocks it.
        pub active: Option<bool>,
        /// Whether its sales are taxed.
        pub taxable: Option<bool>,
        /// The usual price.
        #[serde(with = "decimal")]
        pub unit_price: Option<Decimal>,
        /// Where sales are booked; needed for services.
        pub income_account_ref: Option<Ref>,
        /// Where purchases are booked.
        pub expense_account_ref: Option<Ref>,
        /// Its category.
        pub parent_ref: Option<Ref>,
        /// Whether it has one.
        pub sub_item: Option<bool>,
    }
}

open_enum! {
    /// The kinds of item.
    pub enum ItemType {
        /// Work.
        Service = "Service",
        /// Goods that are not counted.
        NonInventory = "NonInventory",
        /// Goods that are counted.
        Inventory = "Inventory",
        /// A group of items in lists; cannot be sold.
        Category = "Category",
        /// A bundle; can be read only.
        Group = "Group",
    }
}

impl Item {
    /// The name.
    pub const ITEM_NAME: Field<Self> = Field::named("Name");
    /// The name with those of its categories.
    pub const FULLY_QUALIFIED_NAME: Field<Self> = Field::named("FullyQualifiedName");
    /// The company's code for it.
    pub const SKU: Field<Self> = Field::named("Sku");
    /// What kind it is.
    pub const TYPE: Field<Self> = Field::named("Type");
    /// Whether it is in use.
    pub const ACTIVE: Field<Self> = Field::named("Active");

    /// The least that QuickBooks takes for a service.
    pub fn service(name: impl Into<String>, income_account: &ObjectId) -> Self {
        Self {
            name: Some(name.into()),
            item_type: Some(ItemType::Service),
            income_account_ref: Some(Ref::to(income_account)),
            ..Self::default()
        }
    }
}
