//! The objects of a company, as QuickBooks writes them.
//!
//! A struct names the members that are worth naming; `other` keeps the rest, so that what was read can be written
//! back whole. A member that is `None` is not sent. Texts from a closed list keep a value nobody foresaw.

mod account;
mod bill;
mod bill_payment;
mod company_info;
mod credit_memo;
mod customer;
mod deposit;
#[cfg(test)]
mod document_tests;
mod expense_line;
mod invoice;
mod item;
mod journal_entry;
mod kind;
mod line;
pub(crate) mod macros;
mod parts;
mod party;
#[cfg(test)]
mod paying_tests;
mod payment;
mod preferences;
mod purchase;
mod sales_receipt;
mod small_lists;
#[cfg(test)]
mod tests;
mod vendor;
mod vendor_credit;

use serde::Serialize;
use serde::de::DeserializeOwned;

pub use account::{Account, AccountType, Classification};
pub use bill::Bill;
pub use bill_payment::{
    Applied, BillPayType, BillPayment, BillPaymentCheck, BillPaymentCreditCard,
};
pub use company_info::{CompanyInfo, NameValue};
pub use credit_memo::CreditMemo;
pub use customer::Customer;
pub use deposit::{CashBack, Deposit, DepositLine, DepositLineDetail};
pub use expense_line::{
    AccountBasedExpenseLineDetail, AccountLine, BillableStatus, ItemBasedExpenseLineDetail,
    ItemLine,
};
pub use invoice::{EmailStatus, GlobalTaxCalculation, Invoice, PrintStatus, TxnTaxDetail};
pub use item::{Item, ItemType};
pub use journal_entry::{JournalEntry, JournalEntryLineDetail, JournalLine, PostingType};
pub use kind::{EntityKind, can};
pub use line::{
    DetailType, DiscountLineDetail, Line, LinkedTxn, LinkedTxnType, SalesItemLineDetail, SalesLine,
};
pub use parts::{
    Address, CustomField, DateTime, EmailAddress, Memo, MetaData, PhoneNumber, Ref, WebAddress,
};
pub use party::{JournalParty, PartyRef, PartyType};
pub use payment::Payment;
pub use preferences::{
    AccountingInfoPrefs, CurrencyPrefs, OtherPrefs, Preferences, ProductAndServicesPrefs,
    SalesFormsPrefs, TaxPrefs,
};
pub use purchase::{PaymentType, Purchase};
pub use sales_receipt::SalesReceipt;
pub use small_lists::{Class, Department, PaymentMethod, TaxCode, Term};
pub use vendor::Vendor;
pub use vendor_credit::VendorCredit;

use crate::{ObjectId, SyncToken};

/// An object that QuickBooks identifies, versions and answers queries about.
pub trait Entity: Serialize + DeserializeOwned + Send {
    /// Which one, as a value.
    const KIND: EntityKind;
    /// The name in answers and statements, `Invoice`.
    const NAME: &'static str = Self::KIND.name();
    /// The name in addresses, `invoice`.
    const PATH: &'static str = Self::KIND.path();

    /// The id; `None` before it is created.
    fn id(&self) -> Option<&ObjectId>;

    /// The version; `None` before it is created.
    fn sync_token(&self) -> Option<&SyncToken>;
}
