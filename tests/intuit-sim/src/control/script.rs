//! Scripted faults: what the next matching calls run into.

use std::time::Duration;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::{
    api::{Fault, throttled},
    call::{Answer, Call},
    company::Company,
};

/// The faults that wait for matching calls.
#[derive(Debug, Default)]
pub(crate) struct Script {
    orders: Vec<Order>,
    last_id: u64,
}

/// One scripted fault as a test writes it.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct Order {
    #[serde(default)]
    id: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    method: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    entity: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    operation: Option<String>,
    /// Text in the body or the query statement.
    #[serde(skip_serializing_if = "Option::is_none")]
    contains: Option<String>,
    #[serde(default = "once")]
    times: u64,
    /// How many matching calls pass first.
    #[serde(default)]
    after: u64,
    action: Action,
}

fn once() -> u64 {
    1
}

#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
enum Action {
    Reject {
        code: String,
        message: Option<String>,
        detail: Option<String>,
        element: Option<String>,
        status: Option<u16>,
    },
    Throttle,
    Status {
        status: u16,
        body: Option<String>,
    },
    Delay {
        milliseconds: u64,
    },
    DropBefore,
    CommitThenDrop,
    CommitThenStatus {
        status: u16,
        body: Option<String>,
    },
    /// Of a batch: the item is performed, and its answer is not among the others.
    Omit,
    #[serde(rename = "gateway_401")]
    Gateway401,
    #[serde(rename = "gateway_403")]
    Gateway403,
    OauthError {
        error: String,
        description: Option<String>,
        status: Option<u16>,
    },
}

/// What a scripted fault does to the call it struck.
#[derive(Clone, Debug)]
pub(crate) enum Strike {
    Reject(Fault),
    Throttle,
    Status { status: u16, body: String },
    Delay(Duration),
    DropBefore,
    CommitThenDrop,
    CommitThenStatus { status: u16, body: String },
    Omit,
    OauthError { status: u16, error: String, description: Option<String> },
}

/// What a scripted fault looks at.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Matching<'a> {
    pub(crate) operation: &'a str,
    pub(crate) entity: &'a str,
    pub(crate) method: &'a str,
    pub(crate) body: &'a str,
}

impl Script {
    pub(super) fn add(&mut self, order: Value) -> Result<u64, String> {
        let mut order: Order = serde_json::from_value(order).map_err(|error| error.to_string())?;
        self.last_id += 1;
        order.id = self.last_id;
        self.orders.push(order);
        Ok(self.last_id)
    }

    pub(super) fn clear(&mut self) {
        self.orders.clear();
    }

    pub(super) fn listed(&self) -> Value {
        json!({"faults": self.orders})
    }

    /// The fault that strikes an API call.
    pub(crate) fn strike(&mut self, call: &Call, target: (&str, &str)) -> Option<Strike> {
        let body = format!("{}{}", call.parameter("query").unwrap_or_default(), call.body_text());
        self.strike_with(&Matching {
            operation: target.0,
            entity: target.1,
            method: call.method.as_str(),
            body: &body,
        })
    }

    /// The fault that strikes a call as a whole.
    pub(crate) fn strike_with(&mut self, matching: &Matching<'_>) -> Option<Strike> {
        self.take(matching, |action| !matches!(action, Action::Omit))
    }

    /// The fault that strikes one item of a batch: a refusal, or that nothing is said of it.
    pub(crate) fn strike_item(&mut self, matching: &Matching<'_>) -> Option<Strike> {
        self.take(matching, |action| {
            matches!(action, Action::Reject { .. } | Action::Throttle | Action::Omit)
        })
    }

    fn take(&mut self, matching: &Matching<'_>, can: fn(&Action) -> bool) -> Option<Strike> {
        let mut struck = None;
        for order in &mut self.orders {
            if !can(&order.action) || !order.matches(matching) {
                continue;
            }
            if order.after > 0 {
                order.after -= 1;
            } else if order.times > 0 && struck.is_none() {
                order.times -= 1;
                struck = Some(order.action.strike());
            }
        }
        self.orders.retain(|order| order.times > 0);
        struck
    }
}

impl Order {
    fn matches(&self, matching: &Matching<'_>) -> bool {
        let same = |wanted: &Option<String>, is: &str| {
            wanted.as_deref().is_none_or(|wanted| wanted.eq_ignore_ascii_case(is))
        };
        let operation = self.operation.as_deref() == Some("token")
            && matching.operation.starts_with("token_")
            || same(&self.operation, matching.operation);
        operation
            && same(&self.method, matching.method)
            && same(&self.entity, matching.entity)
            && self.contains.as_deref().is_none_or(|text| matching.body.contains(text))
    }
}

impl Action {
    fn strike(&self) -> Strike {
        match self.clone() {
            Self::Reject { code, message, detail, element, status } => {
                let known = Fault::by_code(&code);
                Strike::Reject(Fault {
                    status: status.unwrap_or(known.status),
                    message: message.unwrap_or(known.message),
                    detail: detail.or(known.detail),
                    element: element.or(known.element),
                    kind: known.kind,
                    code: known.code,
                    gateway: known.gateway,
                })
            }
            Self::Throttle => Strike::Throttle,
            Self::Status { status, body } => {
                Strike::Status { status, body: body.unwrap_or_default() }
            }
            Self::Delay { milliseconds } => Strike::Delay(Duration::from_millis(milliseconds)),
            Self::DropBefore => Strike::DropBefore,
            Self::CommitThenDrop => Strike::CommitThenDrop,
            Self::CommitThenStatus { status, body } => {
                Strike::CommitThenStatus { status, body: body.unwrap_or_default() }
            }
            Self::Omit => Strike::Omit,
            Self::Gateway401 => Strike::Reject(Fault::authentication_failed("Token expired")),
            Self::Gateway403 => Strike::Reject(Fault::not_authorized_for_company()),
            Self::OauthError { error, description, status } => {
                Strike::OauthError { status: status.unwrap_or(400), error, description }
            }
        }
    }
}

impl Strike {
    pub(super) fn name(&self) -> &'static str {
        match self {
            Self::Reject(_) => "reject",
            Self::Throttle => "throttle",
            Self::Status { .. } => "status",
            Self::Delay(_) => "delay",
            Self::DropBefore => "drop_before",
            Self::CommitThenDrop => "commit_then_drop",
            Self::CommitThenStatus { .. } => "commit_then_status",
            Self::Omit => "omit",
            Self::OauthError { .. } => "oauth_error",
        }
    }

    pub(super) fn code(&self) -> Option<String> {
        match self {
            Self::Reject(fault) => Some(fault.code.clone()),
            Self::Throttle => Some("3001".to_owned()),
            Self::OauthError { error, .. } => Some(error.clone()),
            _ => None,
        }
    }

    /// The answer given in place of performing the call, if this fault is of that sort.
    pub(crate) fn instead(&self, company: &Company) -> Option<Answer> {
        match self {
            Self::Reject(fault) => Some(fault.answer(&company.clock)),
            Self::Throttle => Some(throttled(&company.switches).answer(&company.clock)),
            Self::Status { status, body } => Some(plain(*status, body)),
            Self::DropBefore => Some(Answer::dropped()),
            Self::OauthError { status, error, description } => Some(Answer::json(
                *status,
                &json!({"error": error, "error_description": description}),
            )),
            Self::Delay(_) | Self::CommitThenDrop | Self::CommitThenStatus { .. } | Self::Omit => {
                None
            }
        }
    }

    /// What the caller sees of a call that was performed.
    pub(super) fn afterwards(&self, answer: Answer) -> Answer {
        match self {
            Self::Delay(delay) => Answer { delay: Some(*delay), ..answer },
            Self::CommitThenDrop => Answer::dropped(),
            Self::CommitThenStatus { status, body } => plain(*status, body),
            _ => answer,
        }
    }
}

fn plain(status: u16, body: &str) -> Answer {
    let kind = if body.trim_start().starts_with('{') { "application/json" } else { "text/html" };
    Answer::bytes(status, kind, body.to_owned())
}
