//! Purchases: money spent at once, by check, from the bank or with a card.
//!
//! <https://developer.intuit.com/app/developer/qbo/docs/api/accounting/all-entities/purchase>

use jiff::civil::Date;
use rust_decimal::Decimal;

use super::macros::{objects, open_enum};
use super::parts::{date, decimal};
use super::{
    Address, GlobalTaxCalculation, Line, LinkedTxn, MetaData, PartyRef, PrintStatus, Ref,
    TxnTaxDetail,
};
use crate::{Field, ObjectId, SyncToken};

objects! {
    /// Money spent. `PurchaseEx`, which answers carry, is never sent back.
    pub struct Purchase {
        /// Given by QuickBooks.
        pub id: Option<ObjectId>,
        /// The version.
        pub sync_token: Option<SyncToken>,
        /// When it was made and changed.
        pub meta_data: Option<MetaData>,
        /// How it was paid; demanded even by a sparse update.
        pub payment_type: Option<PaymentType>,
        /// Where the money came from: a bank account, or that of a card.
        pub account_ref: Option<Ref>,
        /// Who got the money.
        pub entity_ref: Option<PartyRef>,
        /// What it was spent on. In a sparse update: all lines or, by leaving it out, none.
        pub line: Option<Vec<Line>>,
        /// The number of the check or receipt, of at most 21 characters; never given by QuickBooks.
        pub doc_number: Option<String>,
        /// The date of the booking.
        #[serde(with = "date")]
        pub txn_date: Option<Date>,
        /// Whether the check waits to be printed; checks only.
        pub print_status: Option<PrintStatus>,
        /// Whether the card got money back; cards only. A full update without it makes it `false`.
        pub credit: Option<bool>,
        /// Where the check goes; set by QuickBooks.
        pub remit_to_addr: Option<Address>,
        /// How it was paid, by the company's own list.
        pub payment_method_ref: Option<Ref>,
        /// Location; cannot be filtered by.
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
        /// What it is linked to. Can be read only: a link that is sent is dropped without a word.
        pub linked_txn: Option<Vec<LinkedTxn>>,
        /// The sum of the lines.
        #[serde(with = "decimal")]
        pub total_amt: Option<Decimal>,
    }
}

open_enum! {
    /// How money was spent.
    pub enum PaymentType {
        /// From the bank or from the till, without a check.
        Cash = "Cash",
        /// By check.
        Check = "Check",
        /// With a card.
        CreditCard = "CreditCard",
    }
}

impl Purchase {
    /// The number of the check or receipt.
    pub const DOC_NUMBER: Field<Self> = Field::named("DocNumber");
    /// The date of the booking.
    pub const TXN_DATE: Field<Self> = Field::named("TxnDate");
    /// How it was paid.
    pub const PAYMENT_TYPE: Field<Self> = Field::named("PaymentType");
    /// The total.
    pub const TOTAL: Field<Self> = Field::named("TotalAmt");

    /// A check drawn on a bank account.
    pub fn check(
        bank_account: &ObjectId,
        payee: PartyRef,
        lines: impl IntoIterator<Item = Line>,
    ) -> Self {
        Self::paid(PaymentType::Check, bank_account, payee, lines)
    }

    /// Money that left a bank or cash account without a check.
    pub fn cash(
        account: &ObjectId,
        payee: PartyRef,
        lines: impl IntoIterator<Item = Line>,
    ) -> Self {
        Self::paid(PaymentType::Cash, account, payee, lines)
    }

    /// A charge to a card.
    pub fn card(
        card_account: &ObjectId,
        payee: PartyRef,
        lines: impl IntoIterator<Item = Line>,
    ) -> Self {
        Self::paid(PaymentType::CreditCard, card_account, payee, lines)
    }

    /// Money that came back to a card. Its amounts are positive.
    pub fn card_refund(
        card_account: &ObjectId,
        payee: PartyRef,
        lines: impl IntoIterator<Item = Line>,
    ) -> Self {
        let charge = Self::card(card_account, payee, lines);
        Self { credit: Some(true), ..charge }
    }

    /// The least of a sparse update: the way it was paid.
    pub fn changes(payment_type: PaymentType) -> Self {
        Self { payment_type: Some(payment_type), ..Self::default() }
    }

    fn paid(
        payment_type: PaymentType,
        account: &ObjectId,
        payee: PartyRef,
        lines: impl IntoIterator<Item = Line>,
    ) -> Self {
        Self {
            account_ref: Some(Ref::to(account)),
            entity_ref: Some(payee),
            line: Some(lines.into_iter().collect()),
            ..Self::changes(payment_type)
        }
    }
}
