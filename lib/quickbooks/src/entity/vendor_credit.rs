//! Vendor credits: what vendors need not be paid after all.
//!
//! <https://developer.intuit.com/app/developer/qbo/docs/api/accounting/all-entities/vendorcredit>

use jiff::civil::Date;
use rust_decimal::Decimal;

use super::macros::objects;
use super::parts::{date, decimal};
use super::{Address, GlobalTaxCalculation, Line, LinkedTxn, MetaData, Ref, TxnTaxDetail};
use crate::{Field, ObjectId, SyncToken};

objects! {
    /// A credit from a vendor. Amounts are positive. It is used up by a line of a
    /// [`BillPayment`](super::BillPayment).
    pub struct VendorCredit {
        /// Given by QuickBooks.
        pub id: Option<ObjectId>,
        /// The version.
        pub sync_token: Option<SyncToken>,
        /// When it was made and changed.
        pub meta_data: Option<MetaData>,
        /// The vendor's number, of at most 21 characters; never given by QuickBooks.
        pub doc_number: Option<String>,
        /// The date of the booking.
        #[serde(with = "date")]
        pub txn_date: Option<Date>,
        /// Who credits.
        pub vendor_ref: Option<Ref>,
        /// The vendor's address.
        pub vendor_addr: Option<Address>,
        /// What is credited, in lines like those of a bill.
        pub line: Option<Vec<Line>>,
        /// The payables account; that of the currency when left out.
        #[serde(rename = "APAccountRef")]
        pub ap_account_ref: Option<Ref>,
        /// Location.
        pub department_ref: Option<Ref>,
        /// Must be sent where the company uses several currencies.
        pub currency_ref: Option<Ref>,
        /// Home units for one foreign unit.
        #[serde(with = "decimal")]
        pub exchange_rate: Option<Decimal>,
        /// A note for the bookkeeper, of at most 4000 characters.
        pub private_note: Option<String>,
        /// Tax, as sent or as computed.
        pub txn_tax_detail: Option<TxnTaxDetail>,
        /// Whether line amounts hold the tax; outside the United States only.
        pub global_tax_calculation: Option<GlobalTaxCalculation>,
        /// The payments of bills that used it.
        pub linked_txn: Option<Vec<LinkedTxn>>,
        /// The total as QuickBooks computes it.
        #[serde(with = "decimal")]
        pub total_amt: Option<Decimal>,
        /// What of it is not used yet.
        #[serde(with = "decimal")]
        pub balance: Option<Decimal>,
    }
}

impl VendorCredit {
    /// The vendor's number.
    pub const DOC_NUMBER: Field<Self> = Field::named("DocNumber");
    /// The date of the booking.
    pub const TXN_DATE: Field<Self> = Field::named("TxnDate");
    /// The id of who credits.
    pub const VENDOR: Field<Self> = Field::named("VendorRef");
    /// The total.
    pub const TOTAL: Field<Self> = Field::named("TotalAmt");

    /// The least that QuickBooks takes: who credits, for what.
    pub fn from_vendor(vendor: &ObjectId, lines: impl IntoIterator<Item = Line>) -> Self {
        let line = Some(lines.into_iter().collect());
        Self { vendor_ref: Some(Ref::to(vendor)), line, ..Self::default() }
    }
}
