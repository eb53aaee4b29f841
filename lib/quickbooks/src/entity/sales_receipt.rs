//! Sales receipts: sales that were paid at once.
//!
//! <https://developer.intuit.com/app/developer/qbo/docs/api/accounting/all-entities/salesreceipt>

use jiff::civil::Date;
use rust_decimal::Decimal;

use super::macros::objects;
use super::parts::{date, decimal};
use super::{
    Address, CustomField, EmailAddress, EmailStatus, GlobalTaxCalculation, Line, LinkedTxn,
    LinkedTxnType, Memo, MetaData, PrintStatus, Ref, TxnTaxDetail,
};
use crate::{Field, ObjectId, SyncToken};

objects! {
    /// A sale and its payment in one.
    pub struct SalesReceipt {
        /// Given by QuickBooks.
        pub id: Option<ObjectId>,
        /// The version.
        pub sync_token: Option<SyncToken>,
        /// When it was made and changed.
        pub meta_data: Option<MetaData>,
        /// The number people see, of at most 21 characters, from one sequence with invoices and credit memos.
        pub doc_number: Option<String>,
        /// The date of the booking.
        #[serde(with = "date")]
        pub txn_date: Option<Date>,
        /// Who paid. A full update without it clears it.
        pub customer_ref: Option<Ref>,
        /// What was sold. In a sparse update: all lines or, by leaving it out, none.
        pub line: Option<Vec<Line>>,
        /// How it was paid.
        pub payment_method_ref: Option<Ref>,
        /// The number of the check or the like, of at most 21 characters.
        pub payment_ref_num: Option<String>,
        /// Where the money went; Undeposited Funds when left out.
        pub deposit_to_account_ref: Option<Ref>,
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
        /// The deposit it is on.
        pub linked_txn: Option<Vec<LinkedTxn>>,
        /// The total as QuickBooks computes it.
        #[serde(with = "decimal")]
        pub total_amt: Option<Decimal>,
        /// Always zero.
        #[serde(with = "decimal")]
        pub balance: Option<Decimal>,
    }
}

impl SalesReceipt {
    /// The number people see.
    pub const DOC_NUMBER: Field<Self> = Field::named("DocNumber");
    /// The date of the booking.
    pub const TXN_DATE: Field<Self> = Field::named("TxnDate");
    /// The id of who paid.
    pub const CUSTOMER: Field<Self> = Field::named("CustomerRef");
    /// The total.
    pub const TOTAL: Field<Self> = Field::named("TotalAmt");

    /// Who paid, for what.
    pub fn to_customer(customer: &ObjectId, lines: impl IntoIterator<Item = Line>) -> Self {
        Self { customer_ref: Some(Ref::to(customer)), ..Self::of_lines(lines) }
    }

    /// A cash sale to nobody in particular. The documents demand a customer; QuickBooks does not.
    pub fn of_lines(lines: impl IntoIterator<Item = Line>) -> Self {
        Self { line: Some(lines.into_iter().collect()), ..Self::default() }
    }

    /// Whether it is on a deposit: then it can be neither changed nor removed (fault 6540).
    pub fn is_deposited(&self) -> bool {
        self.linked_txn.iter().flatten().any(|link| link.txn_type == Some(LinkedTxnType::Deposit))
    }

    /// Whether it was voided.
    pub fn is_voided(&self) -> bool {
        let noted = self.private_note.as_ref().is_some_and(|note| note.starts_with("Voided"));
        noted && self.total_amt.is_none_or(|amount| amount.is_zero())
    }
}
