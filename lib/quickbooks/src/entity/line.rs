//! The lines of documents and the links between them.

use jiff::civil::Date;
use rust_decimal::Decimal;

use super::macros::{objects, open_enum};
use super::parts::{date, decimal};
use super::{
    AccountBasedExpenseLineDetail, DepositLineDetail, ItemBasedExpenseLineDetail,
    JournalEntryLineDetail, Ref,
};
use crate::ObjectId;

objects! {
    /// One line of a document. A line with an id changes the one that is there; a line without is new.
    pub struct Line {
        /// Given by QuickBooks.
        pub id: Option<ObjectId>,
        /// Position, from 1.
        pub line_num: Option<u32>,
        /// At most 4000 characters.
        pub description: Option<String>,
        /// What the line adds to the total.
        #[serde(with = "decimal")]
        pub amount: Option<Decimal>,
        /// Which detail the line has; lines that only link have none.
        pub detail_type: Option<DetailType>,
        /// Something sold.
        pub sales_item_line_detail: Option<SalesItemLineDetail>,
        /// A discount on the whole document.
        pub discount_line_detail: Option<DiscountLineDetail>,
        /// Something spent, by account.
        pub account_based_expense_line_detail: Option<AccountBasedExpenseLineDetail>,
        /// Something bought, by item.
        pub item_based_expense_line_detail: Option<ItemBasedExpenseLineDetail>,
        /// Money deposited.
        pub deposit_line_detail: Option<DepositLineDetail>,
        /// A debit or a credit.
        pub journal_entry_line_detail: Option<JournalEntryLineDetail>,
        /// What this line pays, or comes from.
        pub linked_txn: Option<Vec<LinkedTxn>>,
    }

    /// What was sold.
    pub struct SalesItemLineDetail {
        /// The product or service; the company's default item when absent.
        pub item_ref: Option<Ref>,
        /// Rounded to the cent, quantity times price must be the amount (fault 6070).
        #[serde(with = "decimal")]
        pub qty: Option<Decimal>,
        /// Price of one.
        #[serde(with = "decimal")]
        pub unit_price: Option<Decimal>,
        /// `TAX` or `NON` in the United States, the id of a tax code elsewhere.
        pub tax_code_ref: Option<Ref>,
        /// Class, where the company tracks classes by line.
        pub class_ref: Option<Ref>,
        /// When the service was given.
        #[serde(with = "date")]
        pub service_date: Option<Date>,
        /// The income account that was used; set by QuickBooks.
        pub item_account_ref: Option<Ref>,
    }

    /// A discount. The line's amount is positive and lowers the total.
    pub struct DiscountLineDetail {
        /// Whether the percentage counts, or the line's amount.
        pub percent_based: Option<bool>,
        /// The percentage, 10 for ten percent.
        #[serde(with = "decimal")]
        pub discount_percent: Option<Decimal>,
        /// The account that takes it; the company's default when absent.
        pub discount_account_ref: Option<Ref>,
    }

    /// A link to another transaction.
    pub struct LinkedTxn {
        /// Its id.
        pub txn_id: Option<ObjectId>,
        /// What it is.
        pub txn_type: Option<LinkedTxnType>,
        /// Which line of it; needed for deposits and bills.
        pub txn_line_id: Option<String>,
    }
}

open_enum! {
    /// Which detail a line has.
    pub enum DetailType {
        /// Something sold.
        SalesItem = "SalesItemLineDetail",
        /// The sum that QuickBooks puts last.
        SubTotal = "SubTotalLineDetail",
        /// A discount on the whole document.
        Discount = "DiscountLineDetail",
        /// Text only.
        DescriptionOnly = "DescriptionOnly",
        /// A bundle with lines of its own.
        Group = "GroupLineDetail",
        /// Tax.
        Tax = "TaxLineDetail",
        /// A line of a payment.
        Payment = "PaymentLineDetail",
        /// Something spent, by account.
        AccountBasedExpense = "AccountBasedExpenseLineDetail",
        /// Something bought, by item.
        ItemBasedExpense = "ItemBasedExpenseLineDetail",
        /// Money deposited.
        Deposit = "DepositLineDetail",
        /// A debit or a credit.
        JournalEntry = "JournalEntryLineDetail",
    }
}

open_enum! {
    /// The kinds of transaction that are linked.
    pub enum LinkedTxnType {
        /// An invoice.
        Invoice = "Invoice",
        /// A payment received.
        Payment = "Payment",
        /// A credit memo.
        CreditMemo = "CreditMemo",
        /// A journal entry.
        JournalEntry = "JournalEntry",
        /// A deposit; a payment that links to one is frozen.
        Deposit = "Deposit",
        /// An estimate.
        Estimate = "Estimate",
        /// A time activity.
        TimeActivity = "TimeActivity",
        /// A bill.
        Bill = "Bill",
        /// An expense.
        Expense = "Expense",
        /// A check.
        Check = "Check",
        /// Money back on a card.
        CreditCardCredit = "CreditCardCredit",
        /// A sales receipt.
        SalesReceipt = "SalesReceipt",
        /// A refund receipt.
        RefundReceipt = "RefundReceipt",
        /// A transfer between accounts.
        Transfer = "Transfer",
        /// A payment of bills, by card too.
        BillPaymentCheck = "BillPaymentCheck",
        /// A vendor credit.
        VendorCredit = "VendorCredit",
        /// A purchase order.
        PurchaseOrder = "PurchaseOrder",
        /// A charge for what was spent for a customer.
        ReimburseCharge = "ReimburseCharge",
    }
}

impl LinkedTxn {
    /// A link to a whole transaction.
    pub fn to(txn_type: LinkedTxnType, id: &ObjectId) -> Self {
        Self { txn_id: Some(id.clone()), txn_type: Some(txn_type), ..Self::default() }
    }
}

impl Line {
    /// A payment's line: so much of it pays that invoice.
    pub fn paying_invoice(invoice: &ObjectId, amount: Decimal) -> Self {
        Self::applied_to(LinkedTxnType::Invoice, invoice, amount)
    }

    /// A line of a payment of bills: so much of it pays that bill.
    pub fn paying_bill(bill: &ObjectId, amount: Decimal) -> Self {
        Self::applied_to(LinkedTxnType::Bill, bill, amount)
    }

    /// A line of a payment of bills: so much of that credit is used. The amount is positive and lowers the total.
    pub fn using_vendor_credit(credit: &ObjectId, amount: Decimal) -> Self {
        Self::applied_to(LinkedTxnType::VendorCredit, credit, amount)
    }

    fn applied_to(txn_type: LinkedTxnType, id: &ObjectId, amount: Decimal) -> Self {
        let link = LinkedTxn::to(txn_type, id);
        Self { amount: Some(amount), linked_txn: Some(vec![link]), ..Self::default() }
    }

    pub(super) fn with_detail(detail_type: DetailType, amount: Decimal) -> Self {
        Self { amount: Some(amount), detail_type: Some(detail_type), ..Self::default() }
    }
}

/// Builds a line that sells something.
#[derive(Clone, Debug, PartialEq)]
pub struct SalesLine {
    line: Line,
    detail: SalesItemLineDetail,
}

impl SalesLine {
    /// So much for that item.
    pub fn of_item(item: &ObjectId, amount: Decimal) -> Self {
        Self {
            line: Line::with_detail(DetailType::SalesItem, amount),
            detail: SalesItemLineDetail {
                item_ref: Some(Ref::to(item)),
                ..SalesItemLineDetail::default()
            },
        }
    }

    /// The text on the document.
    #[must_use]
    pub fn described(mut self, description: impl Into<String>) -> Self {
        self.line.description = Some(description.into());
        self
    }

    /// How the amount comes about. QuickBooks refuses the line (fault 6070) if the product, rounded to the cent, is
    /// another amount; leave this out rather than change an amount.
    #[must_use]
    pub fn priced(mut self, quantity: Decimal, unit_price: Decimal) -> Self {
        self.detail.qty = Some(quantity);
        self.detail.unit_price = Some(unit_price);
        self
    }

    /// When the service was given.
    #[must_use]
    pub fn given_on(mut self, day: Date) -> Self {
        self.detail.service_date = Some(day);
        self
    }

    /// The tax code: `TAX` or `NON` in the United States, the id of a tax code elsewhere.
    #[must_use]
    pub fn taxed(mut self, code: &ObjectId) -> Self {
        self.detail.tax_code_ref = Some(Ref::to(code));
        self
    }

    /// The class.
    #[must_use]
    pub fn classified(mut self, class: &ObjectId) -> Self {
        self.detail.class_ref = Some(Ref::to(class));
        self
    }
}

impl From<SalesLine> for Line {
    fn from(SalesLine { line, detail }: SalesLine) -> Self {
        Self { sales_item_line_detail: Some(detail), ..line }
    }
}
