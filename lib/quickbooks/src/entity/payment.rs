//! Payments received.
//!
//! <https://developer.intuit.com/app/developer/qbo/docs/api/accounting/all-entities/payment>

use jiff::civil::Date;
use rust_decimal::Decimal;

use super::macros::objects;
use super::parts::{date, decimal};
use super::{Line, LinkedTxn, LinkedTxnType, MetaData, Ref};
use crate::{Field, ObjectId, SyncToken};

objects! {
    /// Money received from a customer, and what it pays.
    pub struct Payment {
        /// Given by QuickBooks.
        pub id: Option<ObjectId>,
        /// The version. Does not move when the payment goes on a deposit.
        pub sync_token: Option<SyncToken>,
        /// When it was made and changed.
        pub meta_data: Option<MetaData>,
        /// Who paid.
        pub customer_ref: Option<Ref>,
        /// What was received.
        #[serde(with = "decimal")]
        pub total_amt: Option<Decimal>,
        /// What of it pays nothing yet.
        #[serde(with = "decimal")]
        pub unapplied_amt: Option<Decimal>,
        /// The date of the booking.
        #[serde(with = "date")]
        pub txn_date: Option<Date>,
        /// What it pays. In any update: all lines, an empty list to unlink everything, or left out to keep the links.
        pub line: Option<Vec<Line>>,
        /// How it was paid.
        pub payment_method_ref: Option<Ref>,
        /// The number of the check or the like, of at most 21 characters.
        pub payment_ref_num: Option<String>,
        /// Where the money went; Undeposited Funds when left out.
        pub deposit_to_account_ref: Option<Ref>,
        /// The receivables account; the company's own when left out.
        #[serde(rename = "ARAccountRef")]
        pub ar_account_ref: Option<Ref>,
        /// Must be the currency of the invoices.
        pub currency_ref: Option<Ref>,
        /// Home units for one foreign unit.
        #[serde(with = "decimal")]
        pub exchange_rate: Option<Decimal>,
        /// A note for the bookkeeper, of at most 4000 characters.
        pub private_note: Option<String>,
        /// The deposit it is on.
        pub linked_txn: Option<Vec<LinkedTxn>>,
    }
}

impl Payment {
    /// The number of the check or the like.
    pub const REF_NUM: Field<Self> = Field::named("PaymentRefNum");
    /// The date of the booking.
    pub const TXN_DATE: Field<Self> = Field::named("TxnDate");
    /// The id of who paid.
    pub const CUSTOMER: Field<Self> = Field::named("CustomerRef");
    /// What was received.
    pub const TOTAL: Field<Self> = Field::named("TotalAmt");

    /// Money received, with [`Line::paying_invoice`] for each invoice it pays; what the lines leave over stays
    /// unapplied.
    pub fn from_customer(
        customer: &ObjectId,
        total: Decimal,
        lines: impl IntoIterator<Item = Line>,
    ) -> Self {
        Self {
            customer_ref: Some(Ref::to(customer)),
            total_amt: Some(total),
            line: Some(lines.into_iter().collect()),
            ..Self::default()
        }
    }

    /// Whether it is on a deposit: then amount, date, account and method cannot change, nor can it be removed.
    pub fn is_deposited(&self) -> bool {
        self.linked_txn.iter().flatten().any(|link| link.txn_type == Some(LinkedTxnType::Deposit))
    }

    /// Whether it was voided.
    pub fn is_voided(&self) -> bool {
        let noted = self.private_note.as_ref().is_some_and(|note| note.starts_with("Voided"));
        noted && self.total_amt.is_none_or(|amount| amount.is_zero())
    }
}
