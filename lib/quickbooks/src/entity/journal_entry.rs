//! Journal entries: debits and credits as such.
//!
//! <https://developer.intuit.com/app/developer/qbo/docs/api/accounting/all-entities/journalentry>

use jiff::civil::Date;
use rust_decimal::Decimal;

use super::macros::{objects, open_enum};
use super::parts::{date, decimal};
use super::{
    BillableStatus, DetailType, GlobalTaxCalculation, JournalParty, Line, MetaData, PartyRef, Ref,
    TxnTaxDetail,
};
use crate::{Field, ObjectId, SyncToken};

objects! {
    /// A journal entry. Debits and credits must be the same sum (fault 2300), see [`JournalEntry::difference`].
    pub struct JournalEntry {
        /// Given by QuickBooks.
        pub id: Option<ObjectId>,
        /// The version.
        pub sync_token: Option<SyncToken>,
        /// When it was made and changed.
        pub meta_data: Option<MetaData>,
        /// The number people see, of at most 21 characters; never given by QuickBooks.
        pub doc_number: Option<String>,
        /// The date of the booking.
        #[serde(with = "date")]
        pub txn_date: Option<Date>,
        /// At least one debit and one credit. In a sparse update: all lines or, by leaving it out, none.
        pub line: Option<Vec<Line>>,
        /// Whether an accountant adjusts the books with it.
        pub adjustment: Option<bool>,
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
        /// Always zero in answers.
        #[serde(with = "decimal")]
        pub total_amt: Option<Decimal>,
    }

    /// One side of a journal entry.
    pub struct JournalEntryLineDetail {
        /// Which side.
        pub posting_type: Option<PostingType>,
        /// The account.
        pub account_ref: Option<Ref>,
        /// Whom it concerns: a customer on receivables, a vendor on payables.
        pub entity: Option<JournalParty>,
        /// Class.
        pub class_ref: Option<Ref>,
        /// Location.
        pub department_ref: Option<Ref>,
        /// The tax code; outside the United States only.
        pub tax_code_ref: Option<Ref>,
        /// `Sales` or `Purchase`; beside a tax code.
        pub tax_applicable_on: Option<String>,
        /// The tax; beside a tax code.
        #[serde(with = "decimal")]
        pub tax_amount: Option<Decimal>,
        /// Whether a customer is charged.
        pub billable_status: Option<BillableStatus>,
    }
}

open_enum! {
    /// The sides of the books.
    pub enum PostingType {
        /// Left.
        Debit = "Debit",
        /// Right.
        Credit = "Credit",
    }
}

impl JournalEntry {
    /// The number people see.
    pub const DOC_NUMBER: Field<Self> = Field::named("DocNumber");
    /// The date of the booking.
    pub const TXN_DATE: Field<Self> = Field::named("TxnDate");

    /// The least that QuickBooks takes: lines that balance.
    pub fn of_lines(lines: impl IntoIterator<Item = Line>) -> Self {
        Self { line: Some(lines.into_iter().collect()), ..Self::default() }
    }

    /// Debits less credits; QuickBooks takes the entry only if it is zero. `None` when the sum is too large to be
    /// counted.
    pub fn difference(&self) -> Option<Decimal> {
        self.line.iter().flatten().try_fold(Decimal::ZERO, |sum, line| {
            let detail = line.journal_entry_line_detail.as_ref();
            match (line.amount, detail.and_then(|detail| detail.posting_type.as_ref())) {
                (Some(amount), Some(PostingType::Debit)) => sum.checked_add(amount),
                (Some(amount), Some(PostingType::Credit)) => sum.checked_sub(amount),
                _ => Some(sum),
            }
        })
    }
}

/// Builds one side of a journal entry. QuickBooks refuses negative amounts (fault 2290), so such an amount goes to the
/// other side as a positive one, which means the same.
#[derive(Clone, Debug, PartialEq)]
pub struct JournalLine {
    line: Line,
    detail: JournalEntryLineDetail,
}

impl JournalLine {
    /// So much on the left of that account.
    pub fn debit(account: &ObjectId, amount: Decimal) -> Self {
        let side = if amount < Decimal::ZERO { PostingType::Credit } else { PostingType::Debit };
        Self::on(side, account, amount.abs())
    }

    /// So much on the right of that account.
    pub fn credit(account: &ObjectId, amount: Decimal) -> Self {
        let side = if amount < Decimal::ZERO { PostingType::Debit } else { PostingType::Credit };
        Self::on(side, account, amount.abs())
    }

    /// The text on the line.
    #[must_use]
    pub fn described(mut self, description: impl Into<String>) -> Self {
        self.line.description = Some(description.into());
        self
    }

    /// Whom it concerns. Receivables demand a customer, payables a vendor.
    #[must_use]
    pub fn for_party(mut self, party: PartyRef) -> Self {
        self.detail.entity = Some(party.into());
        self
    }

    /// The class.
    #[must_use]
    pub fn classified(mut self, class: &ObjectId) -> Self {
        self.detail.class_ref = Some(Ref::to(class));
        self
    }

    /// The location.
    #[must_use]
    pub fn located(mut self, department: &ObjectId) -> Self {
        self.detail.department_ref = Some(Ref::to(department));
        self
    }

    fn on(side: PostingType, account: &ObjectId, amount: Decimal) -> Self {
        let detail = JournalEntryLineDetail {
            posting_type: Some(side),
            account_ref: Some(Ref::to(account)),
            ..JournalEntryLineDetail::default()
        };
        Self { line: Line::with_detail(DetailType::JournalEntry, amount), detail }
    }
}

impl From<JournalLine> for Line {
    fn from(JournalLine { line, detail }: JournalLine) -> Self {
        Self { journal_entry_line_detail: Some(detail), ..line }
    }
}
