//! The faults QuickBooks answers with: exact codes, messages and details, in both shapes.

mod business;
mod request;

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
            "2300" => Self::unbalanced(),
            "5010" => Self::stale(),
            "5030" => Self::feature_not_supported("QuickBooks Simple Start"),
            "6000" => Self::business("Fill out at least two detail lines to continue."),
            "6140" => Self::duplicate_number("1001", "Invoice", "9"),
            "6190" => Self::subscription_lapsed(),
            "6200" => Self::books_closed(false),
            "6210" => Self::books_closed(true),
            "6240" => Self::duplicate_name("customer, vendor or employee"),
            "6540" => Self::deposited(),
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
