//! Deposits: what went to the bank together.
//!
//! <https://developer.intuit.com/app/developer/qbo/docs/api/accounting/all-entities/deposit>

use jiff::civil::Date;
use rust_decimal::Decimal;

use super::macros::objects;
use super::parts::{date, decimal};
use super::{
    DetailType, GlobalTaxCalculation, Line, LinkedTxn, LinkedTxnType, MetaData, PartyRef, Ref,
    TxnTaxDetail,
};
use crate::{Field, ObjectId, SyncToken};

objects! {
    /// Money put on an account: what waited in Undeposited Funds, or anything else. It has no number.
    pub struct Deposit {
        /// Given by QuickBooks.
        pub id: Option<ObjectId>,
        /// The version.
        pub sync_token: Option<SyncToken>,
        /// When it was made and changed.
        pub meta_data: Option<MetaData>,
        /// Where the money went; demanded even by a sparse update.
        pub deposit_to_account_ref: Option<Ref>,
        /// Where it came from; demanded even by a sparse update, where it replaces all lines. A payment whose line is
        /// left out is released to Undeposited Funds.
        pub line: Option<Vec<Line>>,
        /// The date of the booking.
        #[serde(with = "date")]
        pub txn_date: Option<Date>,
        /// What was kept in cash, and lowers the total.
        pub cash_back: Option<CashBack>,
        /// Location.
        pub department_ref: Option<Ref>,
        /// Must be sent where the company uses several currencies.
        pub currency_ref: Option<Ref>,
        /// Home units for one foreign unit.
        #[serde(with = "decimal")]
        pub exchange_rate: Option<Decimal>,
        /// A note for the bookkeeper, of at most 4000 characters.
        pub private_note: Option<String>,
        /// Tax; empty in the United States.
        pub txn_tax_detail: Option<TxnTaxDetail>,
        /// Whether line amounts hold the tax; outside the United States only.
        pub global_tax_calculation: Option<GlobalTaxCalculation>,
        /// The sum of the lines without what was kept in cash.
        #[serde(with = "decimal")]
        pub total_amt: Option<Decimal>,
    }

    /// What of a deposit was kept in cash.
    pub struct CashBack {
        /// The account that takes it.
        pub account_ref: Option<Ref>,
        /// How much.
        #[serde(with = "decimal")]
        pub amount: Option<Decimal>,
        /// What for.
        pub memo: Option<String>,
    }

    /// Money that was on no other document before.
    pub struct DepositLineDetail {
        /// The account it comes from.
        pub account_ref: Option<Ref>,
        /// Who gave it.
        pub entity: Option<PartyRef>,
        /// How it was paid.
        pub payment_method_ref: Option<Ref>,
        /// The number of the check, of at most 21 characters.
        pub check_num: Option<String>,
        /// Class, where the company tracks classes by line.
        pub class_ref: Option<Ref>,
        /// The tax code; outside the United States only.
        pub tax_code_ref: Option<Ref>,
    }
}

impl Deposit {
    /// The date of the booking.
    pub const TXN_DATE: Field<Self> = Field::named("TxnDate");

    /// The least that QuickBooks takes, of a new deposit as of a sparse update: where to, and what.
    pub fn into_account(account: &ObjectId, lines: impl IntoIterator<Item = Line>) -> Self {
        Self {
            deposit_to_account_ref: Some(Ref::to(account)),
            line: Some(lines.into_iter().collect()),
            ..Self::default()
        }
    }
}

impl Line {
    /// A deposit's line: takes a payment out of Undeposited Funds and freezes it. Only as a whole: the amount must
    /// be that of the payment.
    pub fn depositing_payment(payment: &ObjectId, amount: Decimal) -> Self {
        Self::depositing(LinkedTxnType::Payment, payment, amount)
    }

    /// The same for another kind of transaction that put money into Undeposited Funds, such as a sales receipt.
    pub fn depositing(txn_type: LinkedTxnType, id: &ObjectId, amount: Decimal) -> Self {
        // QuickBooks asks deposits for a line, and counts that of a whole transaction as 0.
        let link = LinkedTxn { txn_line_id: Some("0".to_owned()), ..LinkedTxn::to(txn_type, id) };
        Self { amount: Some(amount), linked_txn: Some(vec![link]), ..Self::default() }
    }
}

/// Builds a line of a deposit that brings money from an account.
#[derive(Clone, Debug, PartialEq)]
pub struct DepositLine {
    line: Line,
    detail: DepositLineDetail,
}

impl DepositLine {
    /// So much from that account.
    pub fn of_account(account: &ObjectId, amount: Decimal) -> Self {
        let detail = DepositLineDetail {
            account_ref: Some(Ref::to(account)),
            ..DepositLineDetail::default()
        };
        Self { line: Line::with_detail(DetailType::Deposit, amount), detail }
    }

    /// The text on the line.
    #[must_use]
    pub fn described(mut self, description: impl Into<String>) -> Self {
        self.line.description = Some(description.into());
        self
    }

    /// Who gave the money.
    #[must_use]
    pub fn received_from(mut self, party: PartyRef) -> Self {
        self.detail.entity = Some(party);
        self
    }

    /// How it was paid.
    #[must_use]
    pub fn paid_by(mut self, payment_method: &ObjectId) -> Self {
        self.detail.payment_method_ref = Some(Ref::to(payment_method));
        self
    }

    /// The number of the check.
    #[must_use]
    pub fn with_check_number(mut self, number: impl Into<String>) -> Self {
        self.detail.check_num = Some(number.into());
        self
    }

    /// The class.
    #[must_use]
    pub fn classified(mut self, class: &ObjectId) -> Self {
        self.detail.class_ref = Some(Ref::to(class));
        self
    }
}

impl From<DepositLine> for Line {
    fn from(DepositLine { line, detail }: DepositLine) -> Self {
        Self { deposit_line_detail: Some(detail), ..line }
    }
}
