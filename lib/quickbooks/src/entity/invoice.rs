//! Invoices.
//!
//! <https://developer.intuit.com/app/developer/qbo/docs/api/accounting/all-entities/invoice>

use jiff::civil::Date;
use rust_decimal::Decimal;

use super::macros::{objects, open_enum};
use super::parts::{date, decimal};
use super::{Address, CustomField, EmailAddress, Line, LinkedTxn, Memo, MetaData, Ref};
use crate::{Field, ObjectId, SyncToken};

objects! {
    /// An invoice. It has no status: it is paid when its balance is zero, and see [`Invoice::is_voided`].
    pub struct Invoice {
        /// Given by QuickBooks.
        pub id: Option<ObjectId>,
        /// The version.
        pub sync_token: Option<SyncToken>,
        /// When it was made and changed.
        pub meta_data: Option<MetaData>,
        /// The number people see, of at most 21 characters. Left out, QuickBooks counts on, unless the company
        /// numbers by hand.
        pub doc_number: Option<String>,
        /// The date of the booking.
        #[serde(with = "date")]
        pub txn_date: Option<Date>,
        /// When it is to be paid; from the term when left out.
        #[serde(with = "date")]
        pub due_date: Option<Date>,
        /// Who pays.
        pub customer_ref: Option<Ref>,
        /// In a sparse update: all lines or, by leaving it out, none.
        pub line: Option<Vec<Line>>,
        /// The payment term; not taken over from the customer.
        pub sales_term_ref: Option<Ref>,
        /// Must be sent where the company uses several currencies.
        pub currency_ref: Option<Ref>,
        /// Home units for one foreign unit.
        #[serde(with = "decimal")]
        pub exchange_rate: Option<Decimal>,
        /// A note for the bookkeeper, of at most 4000 characters. Reads `Voided` after a void.
        pub private_note: Option<String>,
        /// A note for the customer.
        pub customer_memo: Option<Memo>,
        /// Where it is sent.
        pub bill_email: Option<EmailAddress>,
        /// The billing address.
        pub bill_addr: Option<Address>,
        /// The delivery address; decides the tax where tax is automatic.
        pub ship_addr: Option<Address>,
        /// Class, where the company tracks classes by transaction.
        pub class_ref: Option<Ref>,
        /// Location.
        pub department_ref: Option<Ref>,
        /// Tax, as sent or as computed.
        pub txn_tax_detail: Option<TxnTaxDetail>,
        /// Whether line amounts hold the tax; outside the United States only.
        pub global_tax_calculation: Option<GlobalTaxCalculation>,
        /// Whether it waits to be printed.
        pub print_status: Option<PrintStatus>,
        /// Whether it waits to be sent.
        pub email_status: Option<EmailStatus>,
        /// The company's own fields.
        pub custom_field: Option<Vec<CustomField>>,
        /// The payments that paid it, and what it came from.
        pub linked_txn: Option<Vec<LinkedTxn>>,
        /// The total as QuickBooks computes it.
        #[serde(with = "decimal")]
        pub total_amt: Option<Decimal>,
        /// What is still to be paid.
        #[serde(with = "decimal")]
        pub balance: Option<Decimal>,
    }

    /// Tax of a whole document.
    pub struct TxnTaxDetail {
        /// The tax code of the document; United States, where tax is not automatic.
        pub txn_tax_code_ref: Option<Ref>,
        /// The sum of the tax.
        #[serde(with = "decimal")]
        pub total_tax: Option<Decimal>,
        /// Tax by rate.
        pub tax_line: Option<Vec<Line>>,
    }
}

open_enum! {
    /// Whether line amounts hold the tax.
    pub enum GlobalTaxCalculation {
        /// Tax comes on top.
        TaxExcluded = "TaxExcluded",
        /// Tax is inside.
        TaxInclusive = "TaxInclusive",
        /// There is none.
        NotApplicable = "NotApplicable",
    }
}

open_enum! {
    /// Whether a document waits to be printed.
    pub enum PrintStatus {
        /// Nobody said.
        NotSet = "NotSet",
        /// It waits.
        NeedToPrint = "NeedToPrint",
        /// It was printed.
        PrintComplete = "PrintComplete",
    }
}

open_enum! {
    /// Whether a document waits to be sent.
    pub enum EmailStatus {
        /// Nobody said.
        NotSet = "NotSet",
        /// It waits: QuickBooks sends it.
        NeedToSend = "NeedToSend",
        /// It was sent.
        EmailSent = "EmailSent",
    }
}

impl Invoice {
    /// The number people see.
    pub const DOC_NUMBER: Field<Self> = Field::named("DocNumber");
    /// The date of the booking.
    pub const TXN_DATE: Field<Self> = Field::named("TxnDate");
    /// When it is to be paid.
    pub const DUE_DATE: Field<Self> = Field::named("DueDate");
    /// The id of who pays.
    pub const CUSTOMER: Field<Self> = Field::named("CustomerRef");
    /// The total.
    pub const TOTAL: Field<Self> = Field::named("TotalAmt");
    /// What is still to be paid.
    pub const BALANCE: Field<Self> = Field::named("Balance");

    /// The least that QuickBooks takes: who pays, for what.
    pub fn to_customer(customer: &ObjectId, lines: impl IntoIterator<Item = Line>) -> Self {
        let line = Some(lines.into_iter().collect());
        Self { customer_ref: Some(Ref::to(customer)), line, ..Self::default() }
    }

    /// Whether it was voided: nothing but this combination tells.
    pub fn is_voided(&self) -> bool {
        let zero = |amount: Option<Decimal>| amount.is_none_or(|amount| amount.is_zero());
        let noted = self.private_note.as_ref().is_some_and(|note| note.starts_with("Voided"));
        noted && zero(self.total_amt) && zero(self.balance)
    }
}
