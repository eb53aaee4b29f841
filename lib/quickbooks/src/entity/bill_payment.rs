//! Payments of bills: money that went to vendors for what was owed to them.
//!
//! <https://developer.intuit.com/app/developer/qbo/docs/api/accounting/all-entities/billpayment>

use jiff::civil::Date;
use rust_decimal::Decimal;

use super::macros::{objects, open_enum};
use super::parts::{date, decimal};
use super::{Line, LinkedTxn, LinkedTxnType, MetaData, PrintStatus, Ref};
use crate::{Field, ObjectId, SyncToken};

objects! {
    /// Money paid to a vendor, and what it pays. Bills that it pays link to it as
    /// [`LinkedTxnType::BillPaymentCheck`], also when it was paid with a card.
    pub struct BillPayment {
        /// Given by QuickBooks.
        pub id: Option<ObjectId>,
        /// The version.
        pub sync_token: Option<SyncToken>,
        /// When it was made and changed.
        pub meta_data: Option<MetaData>,
        /// The number of the check, of at most 21 characters; given by QuickBooks when left out.
        pub doc_number: Option<String>,
        /// The date of the booking.
        #[serde(with = "date")]
        pub txn_date: Option<Date>,
        /// Who was paid.
        pub vendor_ref: Option<Ref>,
        /// How it was paid; decides which of the next two counts.
        pub pay_type: Option<BillPayType>,
        /// From which bank account. May be missing from a payment of zero, which only sets bills off against credits.
        pub check_payment: Option<BillPaymentCheck>,
        /// With which card.
        pub credit_card_payment: Option<BillPaymentCreditCard>,
        /// The money that went out: the amounts of bills less those of credits.
        #[serde(with = "decimal")]
        pub total_amt: Option<Decimal>,
        /// What it pays and which credits it uses; see [`BillPayment::applied`].
        pub line: Option<Vec<Line>>,
        /// The payables account; that of the bills when left out.
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
        /// What it is linked to as a whole.
        pub linked_txn: Option<Vec<LinkedTxn>>,
    }

    /// A payment from the bank.
    pub struct BillPaymentCheck {
        /// The bank account.
        pub bank_account_ref: Option<Ref>,
        /// Whether the check waits to be printed.
        pub print_status: Option<PrintStatus>,
    }

    /// A payment with a card.
    pub struct BillPaymentCreditCard {
        /// The account of the card.
        #[serde(rename = "CCAccountRef")]
        pub cc_account_ref: Option<Ref>,
    }
}

open_enum! {
    /// How bills were paid.
    pub enum BillPayType {
        /// From the bank, with a check on paper or without.
        Check = "Check",
        /// With a card.
        CreditCard = "CreditCard",
    }
}

/// One thing that a payment of bills pays or uses up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Applied {
    /// Its id.
    pub id: ObjectId,
    /// What it is: a bill, or a vendor credit, journal entry or deposit that is set off. An empty
    /// [`Other`](LinkedTxnType::Other) where QuickBooks does not say.
    pub txn_type: LinkedTxnType,
    /// How much of it, positive for credits too. `None` where QuickBooks gives no amount, or one amount for several
    /// links.
    pub amount: Option<Decimal>,
}

impl BillPayment {
    /// The number of the check.
    pub const DOC_NUMBER: Field<Self> = Field::named("DocNumber");
    /// The date of the booking.
    pub const TXN_DATE: Field<Self> = Field::named("TxnDate");
    /// The id of who was paid.
    pub const VENDOR: Field<Self> = Field::named("VendorRef");
    /// The money that went out.
    pub const TOTAL: Field<Self> = Field::named("TotalAmt");

    /// Money from a bank account, with [`Line::paying_bill`] for each bill it pays.
    pub fn by_check(
        vendor: &ObjectId,
        bank_account: &ObjectId,
        total: Decimal,
        lines: impl IntoIterator<Item = Line>,
    ) -> Self {
        let from = BillPaymentCheck {
            bank_account_ref: Some(Ref::to(bank_account)),
            ..BillPaymentCheck::default()
        };
        let paid = Self::paid(BillPayType::Check, vendor, total, lines);
        Self { check_payment: Some(from), ..paid }
    }

    /// Money from a card, with [`Line::paying_bill`] for each bill it pays.
    pub fn by_card(
        vendor: &ObjectId,
        card_account: &ObjectId,
        total: Decimal,
        lines: impl IntoIterator<Item = Line>,
    ) -> Self {
        let from = BillPaymentCreditCard {
            cc_account_ref: Some(Ref::to(card_account)),
            ..BillPaymentCreditCard::default()
        };
        let paid = Self::paid(BillPayType::CreditCard, vendor, total, lines);
        Self { credit_card_payment: Some(from), ..paid }
    }

    /// What it pays and which credits it uses, line by line. A link without an id is passed over.
    pub fn applied(&self) -> impl Iterator<Item = Applied> + '_ {
        self.line.iter().flatten().flat_map(|line| {
            let links = line.linked_txn.as_deref().unwrap_or_default();
            let amount = line.amount.filter(|_| links.len() == 1);
            links.iter().filter_map(move |link| {
                let txn_type = link.txn_type.clone();
                Some(Applied {
                    id: link.txn_id.clone()?,
                    txn_type: txn_type.unwrap_or_else(|| LinkedTxnType::Other(String::new())),
                    amount,
                })
            })
        })
    }

    /// The account that the money came from: of the bank, or of a card.
    pub fn pay_account(&self) -> Option<&Ref> {
        let bank = || self.check_payment.as_ref()?.bank_account_ref.as_ref();
        let card = || self.credit_card_payment.as_ref()?.cc_account_ref.as_ref();
        match self.pay_type {
            Some(BillPayType::CreditCard) => card().or_else(bank),
            _ => bank().or_else(card),
        }
    }

    /// Whether it was voided: all amounts are zero, and either nothing is left that it pays or its note says so.
    /// Setting a bill off against a credit has a total of zero too, but lines with amounts.
    pub fn is_voided(&self) -> bool {
        let lines = self.line.as_deref().unwrap_or_default();
        let noted = self.private_note.as_ref().is_some_and(|note| note.starts_with("Voided"));
        let is_zero = |amount: Option<Decimal>| amount.is_none_or(|amount| amount.is_zero());
        let emptied = self.total_amt.is_some() && lines.is_empty();
        is_zero(self.total_amt)
            && lines.iter().all(|line| is_zero(line.amount))
            && (emptied || noted)
    }

    fn paid(
        pay_type: BillPayType,
        vendor: &ObjectId,
        total: Decimal,
        lines: impl IntoIterator<Item = Line>,
    ) -> Self {
        Self {
            vendor_ref: Some(Ref::to(vendor)),
            pay_type: Some(pay_type),
            total_amt: Some(total),
            line: Some(lines.into_iter().collect()),
            ..Self::default()
        }
    }
}
