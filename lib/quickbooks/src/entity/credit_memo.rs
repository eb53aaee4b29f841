//! Credit memos: what customers need not pay after all.
//!
//! <https://developer.intuit.com/app/developer/qbo/docs/api/accounting/all-entities/creditmemo>

use jiff::civil::Date;
use rust_decimal::Decimal;

use super::macros::objects;
use super::parts::{date, decimal};
use super::{
    Address, CustomField, EmailAddress, EmailStatus, GlobalTaxCalculation, Line, LinkedTxn, Memo,
    MetaData, PrintStatus, Ref, TxnTaxDetail,
};
use crate::{Field, ObjectId, SyncToken};

objects! {
    /// A credit for a customer. Amounts are positive. It is used up by a [`Payment`](super::Payment) of zero that has
    /// a line for the invoice and one of the same amount for the credit memo.
    pub struct CreditMemo {
        /// Given by QuickBooks.
        pub id: Option<ObjectId>,
        /// The version.
        pub sync_token: Option<SyncToken>,
        /// When it was made and changed.
        pub meta_data: Option<MetaData>,
        /// The number people see, of at most 21 characters, from one sequence with invoices and sales receipts.
        pub doc_number: Option<String>,
        /// The date of the booking.
        #[serde(with = "date")]
        pub txn_date: Option<Date>,
        /// Who is credited.
        pub customer_ref: Option<Ref>,
        /// For what. In a sparse update: all lines or, by leaving it out, none.
        pub line: Option<Vec<Line>>,
        /// The invoice it corrects; only when it is made.
        pub invoice_ref: Option<Ref>,
        /// Must be sent where the company uses several currencies.
        pub currency_ref: Option<Ref>,
        /// Home units for one foreign unit.
        #[serde(with = "decimal")]
        pub exchange_rate: Option<Decimal>,
        /// A note for the bookkeeper, of at most 4000 characters.
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
        /// The payments that used it.
        pub linked_txn: Option<Vec<LinkedTxn>>,
        /// The total as QuickBooks computes it.
        #[serde(with = "decimal")]
        pub total_amt: Option<Decimal>,
        /// What of it is not used yet.
        #[serde(with = "decimal")]
        pub remaining_credit: Option<Decimal>,
        /// The same.
        #[serde(with = "decimal")]
        pub balance: Option<Decimal>,
    }
}

impl CreditMemo {
    /// The number people see.
    pub const DOC_NUMBER: Field<Self> = Field::named("DocNumber");
    /// The date of the booking.
    pub const TXN_DATE: Field<Self> = Field::named("TxnDate");
    /// The id of who is credited.
    pub const CUSTOMER: Field<Self> = Field::named("CustomerRef");
    /// The total.
    pub const TOTAL: Field<Self> = Field::named("TotalAmt");
    /// What of it is not used yet.
    pub const BALANCE: Field<Self> = Field::named("Balance");

    /// The least that QuickBooks takes: who is credited, for what.
    pub fn to_customer(customer: &ObjectId, lines: impl IntoIterator<Item = Line>) -> Self {
        let line = Some(lines.into_iter().collect());
        Self { customer_ref: Some(Ref::to(customer)), line, ..Self::default() }
    }
}
