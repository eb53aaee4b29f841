//! The lines of bills and purchases: an account or an item, and whom it can be charged to.

use rust_decimal::Decimal;

use super::macros::{objects, open_enum};
use super::parts::decimal;
use super::{DetailType, Line, Ref};
use crate::ObjectId;

objects! {
    /// What was spent, by account.
    pub struct AccountBasedExpenseLineDetail {
        /// The account that takes the amount.
        pub account_ref: Option<Ref>,
        /// For whom it was spent.
        pub customer_ref: Option<Ref>,
        /// Whether that customer is to be charged. Left out beside a customer, a default of the company may say yes.
        pub billable_status: Option<BillableStatus>,
        /// `NON` in the United States, the id of a tax code elsewhere.
        pub tax_code_ref: Option<Ref>,
        /// Class, where the company tracks classes by line.
        pub class_ref: Option<Ref>,
        /// The tax on this line.
        #[serde(with = "decimal")]
        pub tax_amount: Option<Decimal>,
        /// The amount with tax; needed where amounts hold the tax.
        #[serde(with = "decimal")]
        pub tax_inclusive_amt: Option<Decimal>,
    }

    /// What was bought, by item.
    pub struct ItemBasedExpenseLineDetail {
        /// The product or service.
        pub item_ref: Option<Ref>,
        /// Rounded to the cent, quantity times price must be the amount (fault 6070).
        #[serde(with = "decimal")]
        pub qty: Option<Decimal>,
        /// Price of one.
        #[serde(with = "decimal")]
        pub unit_price: Option<Decimal>,
        /// For whom it was bought.
        pub customer_ref: Option<Ref>,
        /// Whether that customer is to be charged. Left out beside a customer, a default of the company may say yes.
        pub billable_status: Option<BillableStatus>,
        /// `NON` in the United States, the id of a tax code elsewhere.
        pub tax_code_ref: Option<Ref>,
        /// Class, where the company tracks classes by line.
        pub class_ref: Option<Ref>,
        /// The amount with tax; needed where amounts hold the tax.
        #[serde(with = "decimal")]
        pub tax_inclusive_amt: Option<Decimal>,
    }
}

open_enum! {
    /// Whether a customer is charged for what was spent.
    pub enum BillableStatus {
        /// Waits to be put on an invoice.
        Billable = "Billable",
        /// Stays with the company.
        NotBillable = "NotBillable",
        /// Is on an invoice; set by QuickBooks.
        HasBeenBilled = "HasBeenBilled",
    }
}

/// Builds a line of a bill or purchase that books to an account.
#[derive(Clone, Debug, PartialEq)]
pub struct AccountLine {
    line: Line,
    detail: AccountBasedExpenseLineDetail,
}

impl AccountLine {
    /// So much to that account.
    pub fn of_account(account: &ObjectId, amount: Decimal) -> Self {
        let detail = AccountBasedExpenseLineDetail {
            account_ref: Some(Ref::to(account)),
            ..AccountBasedExpenseLineDetail::default()
        };
        Self { line: Line::with_detail(DetailType::AccountBasedExpense, amount), detail }
    }

    /// The text on the line.
    #[must_use]
    pub fn described(mut self, description: impl Into<String>) -> Self {
        self.line.description = Some(description.into());
        self
    }

    /// For whom it was spent, and whether that customer is charged.
    #[must_use]
    pub fn for_customer(mut self, customer: &ObjectId, status: BillableStatus) -> Self {
        self.detail.customer_ref = Some(Ref::to(customer));
        self.detail.billable_status = Some(status);
        self
    }

    /// The tax code.
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

impl From<AccountLine> for Line {
    fn from(AccountLine { line, detail }: AccountLine) -> Self {
        Self { account_based_expense_line_detail: Some(detail), ..line }
    }
}

/// Builds a line of a bill or purchase that buys an item.
#[derive(Clone, Debug, PartialEq)]
pub struct ItemLine {
    line: Line,
    detail: ItemBasedExpenseLineDetail,
}

impl ItemLine {
    /// So much for that item. It books to the item's expense account, so the item needs one.
    pub fn of_item(item: &ObjectId, amount: Decimal) -> Self {
        let detail = ItemBasedExpenseLineDetail {
            item_ref: Some(Ref::to(item)),
            ..ItemBasedExpenseLineDetail::default()
        };
        Self { line: Line::with_detail(DetailType::ItemBasedExpense, amount), detail }
    }

    /// The text on the line.
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

    /// For whom it was bought, and whether that customer is charged.
    #[must_use]
    pub fn for_customer(mut self, customer: &ObjectId, status: BillableStatus) -> Self {
        self.detail.customer_ref = Some(Ref::to(customer));
        self.detail.billable_status = Some(status);
        self
    }

    /// The tax code.
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

impl From<ItemLine> for Line {
    fn from(ItemLine { line, detail }: ItemLine) -> Self {
        Self { item_based_expense_line_detail: Some(detail), ..line }
    }
}
