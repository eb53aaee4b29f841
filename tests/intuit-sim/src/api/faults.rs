//! The faults QuickBooks answers with: exact codes, messages and details, in both shapes.

use serde_json::{Value, json};

use crate::{call::Answer, company::Clock};

/// One refusal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Fault {
    pub(crate) status: u16,
    pub(crate) kind: &'static str,
    pub(crate) code: String,
    pub(crate) message: String,
    pub(crate) detail: Option<String>,
    pub(crate) element: Option<String>,
    /// The lower-case shape of the gateway in front of the API.
    pub(crate) gateway: bool,
}

impl Fault {
    pub(crate) fn validation(code: &str, message: &str, detail: impl Into<String>) -> Self {
        Self {
            status: 400,
            kind: "ValidationFault",
            code: code.to_owned(),
            message: message.to_owned(),
            detail: Some(detail.into()),
            element: Some(String::new()),
            gateway: false,
        }
    }

    fn gateway(
        status: u16,
        kind: &'static str,
        code: &str,
        message: &str,
        detail: Option<&str>,
    ) -> Self {
        Self {
            status,
            kind,
            code: code.to_owned(),
            message: message.to_owned(),
            detail: detail.map(str::to_owned),
            element: None,
            gateway: true,
        }
    }

    pub(crate) fn with_element(mut self, element: &str) -> Self {
        self.element = Some(element.to_owned());
        self
    }

    pub(crate) fn authentication_failed(detail: &str) -> Self {
        Self::gateway(
            401,
            "AUTHENTICATION",
            "3200",
            "message=AuthenticationFailed; errorCode=003200; statusCode=401",
            Some(detail),
        )
    }

    pub(crate) fn not_authorized_for_company() -> Self {
        Self::gateway(
            403,
            "SERVICE",
            "3100",
            "message=ApplicationAuthorizationFailed; errorCode=003100; statusCode=403",
            None,
        )
    }

    pub(crate) fn user_lost_access(edition: &str) -> Self {
        let detail =
            format!("AuthorizationFailure: –11014-You do not have access to use {edition}.");
        Self {
            status: 401,
            kind: "AuthorizatonFault",
            ..Self::validation("120", "AuthorizationFailure", detail)
        }
    }

    pub(crate) fn throttled() -> Self {
        let message = "message=ThrottleExceeded; errorCode=003001; statusCode=429";
        Self {
            status: 429,
            kind: "SERVICE",
            element: None,
            ..Self::validation("3001", message, "The request limit was reached.  Try again later")
        }
    }

    pub(crate) fn subscription_lapsed() -> Self {
        Self::validation(
            "6190",
            "Invalid Company Status",
            "Subscription period has ended or been canceled, or there was a billing problem. Please check the company's billing information in QuickBooks.",
        )
    }

    pub(crate) fn unsupported(operation: &str) -> Self {
        Self::validation(
            "500",
            "Unsupported Operation",
            format!("Operation {operation} is not supported."),
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

    pub(crate) fn duplicate_request_id() -> Self {
        Self::validation(
            "600",
            "Duplicate Request ID",
            "Duplicate Request ID : This request id was already used for another request.",
        )
    }

    pub(crate) fn malformed_request_id(longest: usize) -> Self {
        Self::validation(
            "2130",
            "Invalid RequestId",
            format!(
                "Invalid RequestId : The request id must have between 1 and {longest} characters."
            ),
        )
    }

    pub(crate) fn not_found() -> Self {
        Self::validation("610", "Object Not Found", INACTIVE)
    }

    pub(crate) fn deleted_transaction() -> Self {
        Self::validation(
            "610",
            "Object Not Found",
            "Object Not Found : Another user has deleted this transaction.",
        )
    }

    pub(crate) fn cannot_link(detail: &str) -> Self {
        Self::validation(
            "620",
            "Transaction cannot be linked",
            format!("Transaction cannot be linked : {detail}"),
        )
    }

    pub(crate) fn stale() -> Self {
        Self::validation(
            "5010",
            "Stale Object Error",
            "Stale Object Error : You and root were working on this at the same time. root finished before you did, so your work was not saved.",
        )
    }

    pub(crate) fn missing(member: &str) -> Self {
        Self::validation(
            "2020",
            "Required param missing, need to supply the required value for the API",
            format!("Required parameter {member} is missing in the request"),
        )
        .with_element(member)
    }

    pub(crate) fn unknown_member(name: &str) -> Self {
        Self::validation(
            "2010",
            "Request has invalid or unsupported property",
            format!("Property Name:{name} specified is unsupported or invalid"),
        )
        .with_element(name)
    }

    pub(crate) fn wrong_type(name: &str) -> Self {
        Self::validation(
            "2120",
            "Invalid or unsupported type",
            format!("Invalid or unsupported type : {name}"),
        )
        .with_element(name)
    }

    pub(crate) fn invalid_id(value: &str) -> Self {
        Self::validation(
            "2030",
            "Invalid ID",
            format!("Id should be a valid number. Supplied value:{value}"),
        )
        .with_element("Id")
    }

    pub(crate) fn invalid_characters(name: &str) -> Self {
        Self::validation(
            "2040",
            "Invalid characters in the request",
            format!("{name} contains characters that are not supported"),
        )
        .with_element(name)
    }

    pub(crate) fn text_length(name: &str, longest: usize) -> Self {
        let detail = format!(
            "String length specified does not match the supported length. Min:0 wanted, Max:{longest} allowed."
        );
        Self::validation(
            "2050",
            "String length is either shorter or longer than supported by specification",
            detail,
        )
        .with_element(name)
    }

    pub(crate) fn invalid_date(name: &str, value: &str) -> Self {
        Self::validation(
            "2060",
            "Invalid Date format",
            format!("Date format should be yyyy-MM-dd. Supplied value:{value}"),
        )
        .with_element(name)
    }

    pub(crate) fn invalid_number(name: &str) -> Self {
        Self::validation("2080", "Invalid Number", format!("Invalid Number : {name}"))
            .with_element(name)
    }

    pub(crate) fn invalid_enumeration(name: &str, value: &str) -> Self {
        Self::validation("2170", "Invalid Enumeration", format!("Invalid Enumeration : {value}"))
            .with_element(name)
    }

    pub(crate) fn invalid_email(value: &str) -> Self {
        Self::validation("2210", "Invalid Email Address format", format!("Email Address does not conform to the syntax rules of RFC 822. Supplied value:{value}")).with_element("Address")
    }

    pub(crate) fn invalid_boolean(name: &str) -> Self {
        Self::validation("2230", "Invalid Boolean value", format!("Invalid Boolean value : {name}"))
            .with_element(name)
    }

    pub(crate) fn negative_amount() -> Self {
        Self::validation(
            "2290",
            "Negative amounts are not supported",
            "Negative line amounts are not supported for this transaction.",
        )
        .with_element("Amount")
    }

    pub(crate) fn invalid_reference(table: &str, id: &str) -> Self {
        Self::validation(
            "2500",
            "Invalid Reference Id",
            format!("Invalid Reference Id : {table} element id {id} not found"),
        )
    }

    pub(crate) fn inactive_reference(table: &str, id: &str) -> Self {
        Self::validation(
            "2500",
            "Invalid Reference Id",
            format!("Invalid Reference Id : {table} element id {id} made inactive"),
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

    pub(crate) fn query_syntax(detail: String) -> Self {
        Self::validation("4000", "Error parsing query", format!("QueryParserError: {detail}"))
    }

    pub(crate) fn query_invalid(detail: String) -> Self {
        Self::validation("4001", "Invalid query", format!("QueryValidationError: {detail}"))
    }

    pub(crate) fn too_many_batch_items() -> Self {
        Self::validation(
            "1040",
            "Too many batch items",
            "Maximum of 30 items are allowed in one batch request.",
        )
    }

    pub(crate) fn content_type() -> Self {
        Self::validation(
            "1050",
            "Content type is not supported",
            "The content type of the request is not supported.",
        )
    }

    pub(crate) fn internal() -> Self {
        Self {
            status: 500,
            kind: "SystemFault",
            ..Self::validation(
                "10000",
                "An application error has occurred while processing your request",
                "System Failure Error: An unexpected error occurred while accessing or saving your data.",
            )
        }
    }

    /// A typical fault for a code, for scripts that name only the code.
    pub(crate) fn by_code(code: &str) -> Self {
        match code {
            "120" => Self::user_lost_access("QuickBooks Online Plus"),
            "500" => Self::unsupported("this"),
            "600" => Self::duplicate_request_id(),
            "610" => Self::not_found(),
            "3001" => Self::throttled(),
            "3100" => Self::not_authorized_for_company(),
            "3200" => Self::authentication_failed("Token expired"),
            "5010" => Self::stale(),
            "5030" => Self::feature_not_supported("QuickBooks Simple Start"),
            "6000" => Self::business("Fill out at least two detail lines to continue."),
            "6140" => Self::duplicate_number("1001", "Invoice", "9"),
            "6190" => Self::subscription_lapsed(),
            "6200" => Self::books_closed(false),
            "6210" => Self::books_closed(true),
            "6240" => Self::duplicate_name("customer, vendor or employee"),
            "6540" => Self::validation(
                "6540",
                "Deposited Transaction cannot be changed",
                "This transaction has been deposited. If you want to change or delete it, you must edit the deposit it appears on and remove it first.",
            ),
            "10000" => Self::internal(),
            other => Self::validation(
                other,
                "The request was refused",
                format!("The request was refused with code {other}."),
            ),
        }
    }

    /// The `Fault` member by itself, as batch items carry it.
    pub(crate) fn member(&self) -> Value {
        let mut error = json!({"Message": self.message, "code": self.code});
        if let Some(detail) = &self.detail {
            error["Detail"] = json!(detail);
        }
        if let Some(element) = &self.element {
            error["element"] = json!(element);
        }
        json!({"Error": [error], "type": self.kind})
    }

    /// The whole answer.
    pub(crate) fn answer(&self, clock: &Clock) -> Answer {
        if self.gateway {
            Answer::json(self.status, &self.gateway_body(clock))
        } else {
            Answer::json(
                self.status,
                &json!({"Fault": self.member(), "time": clock.envelope_time()}),
            )
        }
    }

    fn gateway_body(&self, clock: &Clock) -> Value {
        let error = json!({"message": self.message, "detail": self.detail, "code": self.code, "element": self.element});
        json!({
            "warnings": null, "intuitObject": null, "fault": {"error": [error], "type": self.kind}, "report": null,
            "queryResponse": null, "batchItemResponse": [], "attachableResponse": [], "syncErrorResponse": null,
            "requestId": null, "time": clock.now().as_millisecond(), "status": null, "cdcresponse": []
        })
    }
}

const INACTIVE: &str = "Object Not Found : Something you're trying to use has been made inactive. Check the fields with accounts, customers, items, vendors or employees.";
