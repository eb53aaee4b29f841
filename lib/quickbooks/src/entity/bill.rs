//! Bills: what is owed to vendors.
//!
//! <https://developer.intuit.com/app/developer/qbo/docs/api/accounting/all-entities/bill>

use jiff::civil::Date;
use rust_decimal::Decimal;

use super::macros::objects;
use super::parts::{date, decimal};
use super::{Address, GlobalTaxCalculation, Line, LinkedTxn, MetaData, Ref, TxnTaxDetail};
use crate::{Field, ObjectId, SyncToken};

objects! {
    /// A bill from a vendor. It is paid when its balance is zero.
    pub struct Bill {
        /// Given by QuickBooks.
        pub id: Option<ObjectId>,
        /// The version. Moves when the bill is paid.
        pub sync_token: Option<SyncToken>,
        /// When it was made and changed.
        pub meta_data: Option<MetaData>,
        /// The vendor's number, of at most 21 characters; never given by QuickBooks.
        pub doc_number: Option<String>,
        /// The date of the booking.
        #[serde(with = "date")]
        pub txn_date: Option<Date>,
        /// When it is to be paid; from the term when left out, and the same day without one.
        #[serde(with = "date")]
        pub due_date: Option<Date>,
        /// Who is owed; demanded even by a sparse update.
        pub vendor_ref: Option<Ref>,
        /// The vendor's address.
        pub vendor_addr: Option<Address>,
        /// What was bought. In a sparse update: all lines or, by leaving it out, none.
        pub line: Option<Vec<Line>>,
        /// The payables account; that of the currency when left out.
        #[serde(rename = "APAccountRef")]
        pub ap_account_ref: Option<Ref>,
        /// The payment term; a full update without it clears it.
        pub sales_term_ref: Option<Ref>,
        /// Location. On the bill only: its lines take none.
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
        /// What paid it, and what it came from.
        pub linked_txn: Option<Vec<LinkedTxn>>,
        /// The total as QuickBooks computes it.
        #[serde(with = "decimal")]
        pub total_amt: Option<Decimal>,
        /// What is still owed.
        #[serde(with = "decimal")]
        pub balance: Option<Decimal>,
    }
}

impl Bill {
    /// The vendor's number.
    pub const DOC_NUMBER: Field<Self> = Field::named("DocNumber");
    /// The date of the booking.
    pub const TXN_DATE: Field<Self> = Field::named("TxnDate");
    /// When it is to be paid.
    pub const DUE_DATE: Field<Self> = Field::named("DueDate");
    /// The id of who is owed.
    pub const VENDOR: Field<Self> = Field::named("VendorRef");
    /// The total.
    pub const TOTAL: Field<Self> = Field::named("TotalAmt");
    /// What is still owed.
    pub const BALANCE: Field<Self> = Field::named("Balance");

    /// The least that QuickBooks takes: who is owed, for what.
    pub fn from_vendor(vendor: &ObjectId, lines: impl IntoIterator<Item = Line>) -> Self {
        Self { line: Some(lines.into_iter().collect()), ..Self::changes(vendor) }
    }

    /// The least of a sparse update: the vendor as it is, or as it becomes.
    pub fn changes(vendor: &ObjectId) -> Self {
        Self { vendor_ref: Some(Ref::to(vendor)), ..Self::default() }
    }
}
