//! Refusals of requests that are malformed, or refer to what is not there.

use super::Fault;

const INACTIVE: &str = "Object Not Found : Something you're trying to use has been made inactive. Check the fields with accounts, customers, items, vendors or employees.";

impl Fault {
    pub(crate) fn unsupported(operation: &str) -> Self {
        Self::validation(
            "500",
            "Unsupported Operation",
            format!("Operation {operation} is not supported."),
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

    pub(crate) fn posting_type_missing() -> Self {
        Self::validation(
            "2260",
            "PostingType is missing",
            "PostingType Debit or Credit is required on a journal entry line.",
        )
        .with_element("PostingType")
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
}
