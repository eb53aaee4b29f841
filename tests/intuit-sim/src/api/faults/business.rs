//! Refusals by the rules of accounting and of the company.

use super::Fault;

impl Fault {
    pub(crate) fn subscription_lapsed() -> Self {
        Self::validation(
            "6190",
            "Invalid Company Status",
            "Subscription period has ended or been canceled, or there was a billing problem. Please check the company's billing information in QuickBooks.",
        )
    }

    pub(crate) fn feature_not_supported(edition: &str) -> Self {
        Self::validation(
            "5030",
            "Feature Not Supported Error",
            format!(
                "Feature Not Supported Error : The feature you are trying to use is not available in {edition}."
            ),
        )
    }

    pub(crate) fn business(text: &str) -> Self {
        Self::validation(
            "6000",
            "A business validation error has occurred while processing your request",
            format!("Business Validation Error: {text}"),
        )
    }

    pub(crate) fn account_type(detail: &str) -> Self {
        Self::validation("6010", "Account type or subtype is missing or inconsistent", detail)
    }

    pub(crate) fn amount_mismatch(supplied: &str) -> Self {
        Self::validation(
            "6070",
            "Amount calculation incorrect in the request",
            format!(
                "Amount calculation incorrect in the request : Amount is not equal to UnitPrice * Qty. Supplied value:{supplied}"
            ),
        )
    }

    pub(crate) fn no_name() -> Self {
        Self::validation(
            "6080",
            "Name components are missing",
            "At least one of DisplayName, Title, GivenName, MiddleName, FamilyName, Suffix is required.",
        )
    }

    pub(crate) fn discount_without_amount() -> Self {
        Self::validation(
            "6090",
            "Discount amount or percent is missing",
            "Discount line needs an Amount or a DiscountPercent.",
        )
    }

    pub(crate) fn line_tax_code() -> Self {
        Self::validation(
            "6100",
            "Invalid tax code",
            "Invalid tax code : Line TaxCodeRef must be TAX or NON for US companies.",
        )
        .with_element("TaxCodeRef")
    }

    pub(crate) fn deposited() -> Self {
        Self::validation(
            "6540",
            "Deposited Transaction cannot be changed",
            "This transaction has been deposited. If you want to change or delete it, you must edit the deposit it appears on and remove it first.",
        )
    }

    pub(crate) fn unbalanced() -> Self {
        Self::validation(
            "2300",
            "Debits and credits do not match",
            "Debits and credits do not match : The sum of the debit lines must be the sum of the credit lines.",
        )
    }

    pub(crate) fn duplicate_number(number: &str, kind: &str, id: &str) -> Self {
        let detail = format!(
            "Duplicate Document Number Error : You must specify a different number. This number has already been used. DocNumber={number} is assigned to TxnType={kind} with TxnId={id}"
        );
        Self::validation("6140", "Duplicate Document Number Error", detail)
    }

    pub(crate) fn parent_required() -> Self {
        Self::validation(
            "6150",
            "Parent Reference Required",
            "ParentRef is required for a sub-customer or job.",
        )
        .with_element("ParentRef")
    }

    pub(crate) fn too_deep() -> Self {
        Self::validation(
            "6180",
            "Exceeded maximum nesting level",
            "The hierarchy may have at most five levels.",
        )
    }

    pub(crate) fn own_parent() -> Self {
        Self::validation("900", "Invalid Parent", "An object cannot be its own parent.")
    }

    pub(crate) fn books_closed(with_password: bool) -> Self {
        let code = if with_password { "6210" } else { "6200" };
        Self::validation(
            code,
            "Account Period Closed",
            "The account period has closed and the account books cannot be updated through the QBO Services API. Please use the QBO website to make these changes.",
        )
    }

    pub(crate) fn before_company_start() -> Self {
        Self::business("The date of the transaction is before the company's start date.")
    }

    pub(crate) fn duplicate_name(owners: &str) -> Self {
        Self::validation(
            "6240",
            "Duplicate Name Exists Error",
            format!(
                "The name supplied already exists. : Another {owners} is already using this \nname. Please use a different name."
            ),
        )
    }

    pub(crate) fn before_inventory_start() -> Self {
        Self::validation(
            "6270",
            "Transaction date is prior to start date for inventory item",
            "The transaction date is earlier than the start date of one of its inventory items.",
        )
    }

    pub(crate) fn email_missing() -> Self {
        Self::validation(
            "6420",
            "Email address is required",
            "An email address is required when the delivery method is email.",
        )
        .with_element("BillEmail")
    }

    pub(crate) fn wrong_account(member: &str, wanted: &str) -> Self {
        Self::validation(
            "6430",
            "Invalid account type used",
            format!(
                "Invalid account type used : {member} must refer to an account of type {wanted}."
            ),
        )
        .with_element(member)
    }

    pub(crate) fn has_dependencies(detail: &str) -> Self {
        Self::validation("800", "Cannot delete, dependencies exist", detail)
    }

    pub(crate) fn inventory_quantity_missing() -> Self {
        Self::validation(
            "6520",
            "Inventory item needs a quantity",
            "QtyOnHand and InvStartDate are required for an inventory item.",
        )
    }
}
