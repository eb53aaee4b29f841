//! What happens to a request: pure decisions over a list of rules.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::operation::{Operation, Service};

/// Which requests a rule is about.
#[derive(Clone, Debug, Deserialize)]
pub struct Scope {
    /// A request matches when one of these texts occurs in its path, query or body.
    #[serde(rename = "match")]
    pub texts: Texts,
    /// Only these services; empty means all.
    #[serde(default)]
    pub services: Vec<Service>,
    /// None of these callers.
    #[serde(default)]
    pub except: Vec<String>,
}

/// One text or several.
#[derive(Clone, Debug, Deserialize)]
#[serde(untagged)]
pub enum Texts {
    /// Just one.
    One(String),
    /// Any of these.
    Any(Vec<String>),
}

/// Before or after the outside world has done it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum When {
    /// The request is not sent.
    Before,
    /// The request is sent and its answer is lost.
    After,
}

/// What a one-shot rule does.
#[derive(Clone, Debug, Deserialize)]
#[serde(untagged)]
pub enum Action {
    /// `"drop_before"` or `"drop_after"`.
    Drop(Drop),
    /// `{"status":…,"body":…,"headers":{…}}` is answered, and nothing is sent.
    Answer(Canned),
    /// `{"delay_milliseconds":…}`: sent that much later.
    Delay(Delay),
}

/// The two ways to lose a request.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Drop {
    /// Not sent.
    DropBefore,
    /// Sent, and its answer lost.
    DropAfter,
}

/// An answer that the outside world never gave.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Canned {
    /// The HTTP status.
    pub status: u16,
    /// Text is sent as it is, anything else as JSON.
    #[serde(default)]
    pub body: Value,
    /// Extra header fields.
    #[serde(default)]
    pub headers: BTreeMap<String, String>,
}

/// How late a request is sent.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Delay {
    delay_milliseconds: u64,
}

/// An order as the control API receives it.
#[derive(Clone, Debug, Deserialize)]
#[serde(untagged)]
pub enum Order {
    /// Let the process die at its k-th operation, and stay dead.
    Die {
        /// Whose operations are counted, and are lost afterwards.
        #[serde(flatten)]
        scope: Scope,
        /// A text that the names of the counted operations contain; without one, all are counted.
        #[serde(default)]
        operation: Option<String>,
        /// The number of the fatal operation, from 1.
        die_at: u64,
        /// On which side of the fatal operation.
        when: When,
    },
    /// Do something to the next few requests.
    Inject {
        /// Whose requests.
        #[serde(flatten)]
        scope: Scope,
        /// A text that the operation's name contains; without one, any operation.
        #[serde(default)]
        operation: Option<String>,
        /// How many requests pass before.
        #[serde(default)]
        skip: u64,
        /// How many requests.
        #[serde(default = "once")]
        times: u64,
        /// What happens to them.
        action: Action,
    },
}

fn once() -> u64 {
    1
}

/// What to do with one request.
#[derive(Clone, Debug, PartialEq)]
pub enum Verdict {
    /// Send it and return the answer.
    Pass,
    /// Send it that many milliseconds later.
    Delay(u64),
    /// Close the socket without sending it.
    DropBefore,
    /// Send it, then close the socket.
    DropAfter,
    /// The process is dead already: close the socket without sending it.
    Dead,
    /// Answer this and send nothing.
    Answer(Canned),
}

/// How far a rule has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Progress {
    /// Matching requests so far, those that found the process dead excluded.
    pub seen: u64,
    /// Whether the rule has acted at least once.
    pub fired: bool,
}

struct Rule {
    order: Order,
    progress: Progress,
    revived: bool,
}

/// All rules, oldest first.
#[derive(Default)]
pub struct Rules {
    next_id: u64,
    rules: BTreeMap<u64, Rule>,
}

impl Rules {
    /// Adds a rule; its count starts now.
    pub fn add(&mut self, order: Order) -> u64 {
        self.next_id += 1;
        self.rules.insert(
            self.next_id,
            Rule { order, progress: Progress { seen: 0, fired: false }, revived: false },
        );
        self.next_id
    }

    /// How far a rule has come; `None` when there is no such rule.
    pub fn progress(&self, id: u64) -> Option<Progress> {
        self.rules.get(&id).map(|rule| rule.progress)
    }

    /// Lets everything of a dead process pass again. False when there is no such rule.
    pub fn revive(&mut self, id: u64) -> bool {
        self.rules.get_mut(&id).map(|rule| rule.revived = true).is_some()
    }

    /// False when there is no such rule.
    pub fn remove(&mut self, id: u64) -> bool {
        self.rules.remove(&id).is_some()
    }

    /// Decides one request and counts it. Deaths come first: what the dead do not send cannot be tampered with.
    pub fn decide(&mut self, operation: &Operation, contains: impl Fn(&str) -> bool) -> Verdict {
        let mut verdict = Verdict::Pass;
        for rule in self.rules.values_mut() {
            match &rule.order {
                Order::Die { scope, operation: name, die_at, when }
                    if scope.covers(operation, &contains) =>
                {
                    if rule.progress.fired && !rule.revived {
                        return Verdict::Dead;
                    }
                    if !is_named(name, operation) {
                        continue;
                    }
                    rule.progress.seen += 1;
                    if rule.progress.seen == *die_at && !rule.revived {
                        rule.progress.fired = true;
                        return match when {
                            When::Before => Verdict::DropBefore,
                            When::After => Verdict::DropAfter,
                        };
                    }
                }
                Order::Inject { scope, operation: name, skip, times, action }
                    if verdict == Verdict::Pass
                        && rule.progress.seen < skip + times
                        && is_named(name, operation)
                        && scope.covers(operation, &contains) =>
                {
                    rule.progress.seen += 1;
                    if rule.progress.seen <= *skip {
                        continue;
                    }
                    rule.progress.fired = true;
                    verdict = match action {
                        Action::Drop(Drop::DropBefore) => Verdict::DropBefore,
                        Action::Drop(Drop::DropAfter) => Verdict::DropAfter,
                        Action::Answer(answer) => Verdict::Answer(answer.clone()),
                        Action::Delay(Delay { delay_milliseconds }) => {
                            Verdict::Delay(*delay_milliseconds)
                        }
                    };
                }
                Order::Die { .. } | Order::Inject { .. } => {}
            }
        }
        verdict
    }
}

fn is_named(name: &Option<String>, operation: &Operation) -> bool {
    name.as_ref().is_none_or(|name| operation.name.contains(name.as_str()))
}

impl Scope {
    fn covers(&self, operation: &Operation, contains: impl Fn(&str) -> bool) -> bool {
        let service = self.services.is_empty() || self.services.contains(&operation.service);
        let caller = operation.caller.as_ref().is_none_or(|caller| !self.except.contains(caller));
        service
            && caller
            && match &self.texts {
                Texts::One(text) => contains(text),
                Texts::Any(texts) => texts.iter().any(|text| contains(text)),
            }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn order(json: &str) -> Order {
        serde_json::from_str(json).unwrap()
    }

    fn decide(rules: &mut Rules, service: Service, name: &str, body: &str) -> Verdict {
        let operation = Operation { service, name: name.to_owned(), caller: None };
        rules.decide(&operation, |text| body.contains(text))
    }

    #[test]
    fn a_process_dies_at_its_kth_operation_and_stays_dead_until_revived() {
        for (when, fatal) in [("before", Verdict::DropBefore), ("after", Verdict::DropAfter)] {
            let mut rules = Rules::default();
            let id = rules.add(order(&format!(r#"{{"match":"t1","die_at":2,"when":"{when}"}}"#)));
            assert_eq!(decide(&mut rules, Service::DynamoDb, "Get", "T#t1"), Verdict::Pass);
            assert_eq!(decide(&mut rules, Service::DynamoDb, "Get", "T#t2"), Verdict::Pass);
            assert_eq!(decide(&mut rules, Service::QuickBooks, "POST /t1", "/t1"), fatal);
            assert_eq!(decide(&mut rules, Service::Sqs, "Send", "t1"), Verdict::Dead);
            assert_eq!(decide(&mut rules, Service::Sqs, "Send", "t2"), Verdict::Pass);
            assert_eq!(rules.progress(id), Some(Progress { seen: 2, fired: true }));
            assert!(rules.revive(id));
            assert_eq!(decide(&mut rules, Service::Sqs, "Send", "t1"), Verdict::Pass);
        }
    }

    #[test]
    fn something_happens_to_the_requests_behind_those_that_pass() {
        let mut rules = Rules::default();
        rules.add(order(r#"{"match":"t1","skip":1,"times":2,"action":{"delay_milliseconds":7}}"#));
        let expected = [Verdict::Pass, Verdict::Delay(7), Verdict::Delay(7), Verdict::Pass];
        for verdict in expected {
            assert_eq!(decide(&mut rules, Service::DynamoDb, "Get", "t1"), verdict);
        }
    }

    #[test]
    fn a_death_counts_only_the_services_it_names() {
        let mut rules = Rules::default();
        rules.add(order(
            r#"{"match":["t1","realm"],"services":["quickbooks"],"die_at":1,"when":"before"}"#,
        ));
        assert_eq!(decide(&mut rules, Service::DynamoDb, "Get", "t1"), Verdict::Pass);
        assert_eq!(
            decide(&mut rules, Service::QuickBooks, "GET /realm", "/realm"),
            Verdict::DropBefore
        );
    }

    #[test]
    fn a_death_spares_the_callers_it_excepts() {
        let mut rules = Rules::default();
        rules.add(order(r#"{"match":"t1","except":["teller"],"die_at":1,"when":"before"}"#));
        for (caller, expected) in [
            (Some("teller"), Verdict::Pass),
            (Some("worker"), Verdict::DropBefore),
            (Some("teller"), Verdict::Pass),
            (None, Verdict::Dead),
        ] {
            let caller = caller.map(str::to_owned);
            let operation =
                Operation { service: Service::DynamoDb, name: "Get".to_owned(), caller };
            assert_eq!(rules.decide(&operation, |text| text == "t1"), expected);
        }
    }

    #[test]
    fn a_death_can_wait_for_an_operation_by_its_name_and_then_takes_all() {
        let mut rules = Rules::default();
        rules.add(order(r#"{"match":"t1","operation":"Put","die_at":2,"when":"after"}"#));
        for (name, expected) in [
            ("Get", Verdict::Pass),
            ("Put", Verdict::Pass),
            ("Get", Verdict::Pass),
            ("Put", Verdict::DropAfter),
            ("Get", Verdict::Dead),
        ] {
            assert_eq!(decide(&mut rules, Service::DynamoDb, name, "t1"), expected, "{name}");
        }
    }

    #[test]
    fn an_injection_happens_so_many_times_to_the_named_operation() {
        let cases = [
            (r#""drop_before""#, Verdict::DropBefore),
            (r#""drop_after""#, Verdict::DropAfter),
            (r#"{"delay_milliseconds":5}"#, Verdict::Delay(5)),
            (
                r#"{"status":400,"body":{}}"#,
                Verdict::Answer(Canned {
                    status: 400,
                    body: Value::Object(serde_json::Map::new()),
                    headers: BTreeMap::new(),
                }),
            ),
        ];
        for (action, expected) in cases {
            let mut rules = Rules::default();
            rules.add(order(&format!(
                r#"{{"match":"t1","operation":"PutItem","times":2,"action":{action}}}"#
            )));
            assert_eq!(
                decide(&mut rules, Service::DynamoDb, "DynamoDB.GetItem", "t1"),
                Verdict::Pass
            );
            for verdict in [expected.clone(), expected, Verdict::Pass] {
                assert_eq!(
                    decide(&mut rules, Service::DynamoDb, "DynamoDB.PutItem", "t1"),
                    verdict
                );
            }
        }
    }

    #[test]
    fn an_order_that_is_neither_is_refused() {
        for json in [
            r#"{"match":"t1"}"#,
            r#"{"match":"t1","die_at":1}"#,
            r#"{"match":"t1","action":"explode"}"#,
        ] {
            assert!(serde_json::from_str::<Order>(json).is_err(), "{json}");
        }
    }
}
