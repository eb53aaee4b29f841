//! What goes wrong around a record, by kind and by where it strikes.

use serde_json::{Value, json};

use super::super::Dice;

/// Longer than a call to QuickBooks may take on the local stack, and shorter than a function may run.
const TOO_SLOW_MILLISECONDS: u64 = 5_000;
const HTML: &str = "<html><body>The service is temporarily unavailable</body></html>";

/// One thing that goes wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fault {
    /// Calls to QuickBooks of an operation (any, when there is none) do not end well, so many times.
    QuickBooks {
        /// Its name.
        kind: &'static str,
        /// `create`, `update`, `void`, `query`, `token_refresh` …
        operation: Option<&'static str>,
        /// How many calls.
        times: u64,
    },
    /// A call of DynamoDB, a queue or the secrets does not end well.
    Aws(Table),
    /// The process dies before or after an operation of the tenant's, from 1.
    Death {
        /// Which one from now on.
        operation: u64,
        /// Whether it still happens.
        after: bool,
    },
    /// All access tokens expire.
    Expiry,
    /// The stored access token is an old one, so that everybody who comes next wants to renew it at once.
    Race,
    /// QuickBooks refuses one record, which is known by this text, as wrong.
    Refusal {
        /// Occurs in that record only.
        text: String,
    },
}

/// A fault of an AWS service.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Table {
    /// Its name.
    pub kind: &'static str,
    /// A text in the name of the operations it strikes.
    pub operation: &'static str,
    /// How many calls.
    pub times: u64,
}

/// Kinds of trouble with QuickBooks, with how often they come.
const QUICKBOOKS: &[(u64, &str)] = &[
    (10, "drop"),
    (14, "commit, then drop"),
    (8, "503"),
    (8, "HTML error"),
    (8, "commit, then 504"),
    (4, "429"),
    (8, "stale SyncToken"),
    (2, "too slow"),
    (6, "401 of a gateway"),
    (4, "unexpected error"),
    (4, "token call fails"),
    (2, "token answer lost"),
];

/// Kinds of trouble with AWS: weight, name, operation, how many calls.
const AWS: &[(u64, (&str, &str, u64))] = &[
    (8, ("conditional check failed", "DynamoDB_20120810.PutItem", 1)),
    (8, ("transaction conflict", "DynamoDB_20120810.TransactWriteItems", 2)),
    (6, ("throughput exceeded", "DynamoDB_20120810.", 2)),
    (6, ("throttled by AWS", "DynamoDB_20120810.", 4)),
    (6, ("table answer lost", "DynamoDB_20120810.PutItem", 1)),
    (6, ("transaction answer lost", "DynamoDB_20120810.TransactWriteItems", 1)),
    (4, ("queue unavailable", "AmazonSQS.SendMessage", 1)),
    (3, ("secrets unavailable", "secretsmanager.", 1)),
];

/// Kinds that have no row above.
const OTHERS: [&str; 4] = ["process death", "access tokens expire", "token race", "refusal"];

impl Fault {
    /// All kinds.
    pub fn kinds() -> impl Iterator<Item = &'static str> {
        let aws = AWS.iter().map(|(_, (kind, ..))| *kind);
        QUICKBOOKS.iter().map(|(_, kind)| *kind).chain(aws).chain(OTHERS)
    }

    /// Its kind.
    pub fn name(&self) -> &'static str {
        match self {
            Self::QuickBooks { kind, .. } => kind,
            Self::Aws(table) => table.kind,
            Self::Death { .. } => OTHERS[0],
            Self::Expiry => OTHERS[1],
            Self::Race => OTHERS[2],
            Self::Refusal { .. } => OTHERS[3],
        }
    }

    /// Draws one. Where refresh tokens die at once, an answer of the token service is never lost, since that would cost a
    /// person's consent.
    pub(super) fn draw(dice: &mut Dice, rotation: &str) -> Self {
        match dice.weigh(&[(600, 'q'), (300, 'a'), (15, 'd'), (50, 'e'), (35, 'r')]) {
            'q' => Self::draw_quickbooks(dice, rotation),
            'a' => {
                let (kind, operation, times) = dice.weigh(AWS);
                Self::Aws(Table { kind, operation, times: dice.between(1, times) })
            }
            'd' => Self::Death { operation: dice.between(1, 7), after: dice.per_mille(500) },
            'e' => Self::Expiry,
            _ => Self::Race,
        }
    }

    fn draw_quickbooks(dice: &mut Dice, rotation: &str) -> Self {
        let mut kind = dice.weigh(QUICKBOOKS);
        if kind == "token answer lost" && rotation == "strict" {
            kind = "token call fails";
        }
        let written = [(50, "create"), (20, "update"), (8, "void"), (4, "delete")];
        let operation = match kind {
            "stale SyncToken" => dice.weigh(&[(8, "update"), (1, "void")]),
            "token call fails" | "token answer lost" => "token_refresh",
            "drop" | "503" | "429" => {
                dice.weigh(&[(50, "create"), (20, "update"), (8, "void"), (20, "query")])
            }
            _ => dice.weigh(&written),
        };
        let times = if kind == "too slow" { 1 } else { dice.weigh(&[(7, 1), (2, 2), (1, 3)]) };
        Self::QuickBooks { kind, operation: Some(operation), times }
    }

    /// What the simulator is told.
    ///
    /// # Panics
    ///
    /// When it is none of QuickBooks' own.
    pub fn for_simulator(&self) -> Value {
        let (kind, operation, times) = match self {
            Self::QuickBooks { kind, operation, times } => (*kind, *operation, *times),
            Self::Refusal { text } => {
                let action = json!({"kind": "reject", "code": "2020"});
                return json!({"method": "POST", "operation": "create", "contains": text, "action": action});
            }
            other => panic!("{} is not QuickBooks'", other.name()),
        };
        let action = match kind {
            "drop" => json!({"kind": "drop_before"}),
            "commit, then drop" | "token answer lost" => json!({"kind": "commit_then_drop"}),
            "503" | "token call fails" => json!({"kind": "status", "status": 503}),
            "HTML error" => json!({"kind": "status", "status": 502, "body": HTML}),
            "commit, then 504" => {
                json!({"kind": "commit_then_status", "status": 504, "body": HTML})
            }
            "429" => json!({"kind": "throttle"}),
            "stale SyncToken" => json!({"kind": "reject", "code": "5010"}),
            "too slow" => json!({"kind": "delay", "milliseconds": TOO_SLOW_MILLISECONDS}),
            "401 of a gateway" => json!({"kind": "gateway_401"}),
            _ => {
                json!({"kind": "reject", "code": "6000", "message": "An unexpected error occurred",
                "detail": "An unexpected error occurred while accessing or saving your data. Please wait a few minutes and try again."})
            }
        };
        json!({"operation": operation, "times": times, "action": action})
    }
}

impl Table {
    /// What the proxy does.
    pub fn action(&self) -> Value {
        let dynamodb = |kind: &str, more: Value| {
            let mut body = json!({"__type": format!("com.amazonaws.dynamodb.v20120810#{kind}"),
                "message": "scripted"});
            for (name, value) in more.as_object().into_iter().flatten() {
                body[name] = value.clone();
            }
            json!({"status": 400, "body": body, "headers": {"content-type": "application/x-amz-json-1.0"}})
        };
        match self.kind {
            "conditional check failed" => dynamodb("ConditionalCheckFailedException", json!({})),
            "transaction conflict" => {
                let reasons = json!([{"Code": "TransactionConflict", "Message": "scripted"}]);
                dynamodb("TransactionCanceledException", json!({"CancellationReasons": reasons}))
            }
            "throughput exceeded" => dynamodb("ProvisionedThroughputExceededException", json!({})),
            "throttled by AWS" => dynamodb("ThrottlingException", json!({})),
            "table answer lost" | "transaction answer lost" => json!("drop_after"),
            _ => {
                json!({"status": 503, "body": {"__type": "ServiceUnavailable", "message": "scripted"}})
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_of_the_token_service_is_lost_only_where_the_old_token_goes_on_to_work() {
        let mut dice = Dice::new(1, 1);
        let names: Vec<_> = (0..5_000).map(|_| Fault::draw(&mut dice, "strict").name()).collect();
        assert!(names.contains(&"token call fails"));
        assert!(!names.contains(&"token answer lost"));
    }

    #[test]
    fn every_fault_can_be_told_to_those_who_make_it() {
        let mut dice = Dice::new(1, 1);
        for _ in 0..5_000 {
            match Fault::draw(&mut dice, "daily") {
                fault @ Fault::QuickBooks { .. } => {
                    assert!(fault.for_simulator()["action"]["kind"].is_string());
                }
                Fault::Aws(table) => {
                    let action = table.action();
                    assert!(action.is_string() || action["status"].is_number(), "{action}");
                }
                _ => {}
            }
        }
    }
}
