//! What can go wrong with a call, separated by what is known about the books afterwards.

use std::fmt;

use crate::classify::classify;
use crate::{Class, Fault, FaultReply};

/// An API call that brought no result. [`Error::class`] says what to do about it.
///
/// The `Display` forms name codes, statuses and `intuit_tid`, never addresses or contents, so they may be logged; the
/// `Debug` form shows the faults whole.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// QuickBooks said no, and its answer rules out that anything was booked.
    #[error("QuickBooks refused the call: {0}")]
    Fault(Box<FaultReply>),

    /// A write was sent and no trustworthy answer came. It may or may not have been booked.
    #[error("a write was sent and its outcome is unknown: {why}")]
    Uncertain {
        /// What is missing.
        why: Uncertainty,
        /// The answer, where one came and could be read.
        reply: Option<Box<FaultReply>>,
        /// Intuit's name of the call, where an answer began.
        intuit_tid: Option<String>,
        /// What the connection reported.
        #[source]
        source: Option<reqwest::Error>,
    },

    /// No connection was made: refused, no such host, or no TLS. Certainly not processed.
    #[error("QuickBooks cannot be reached")]
    Unreachable {
        /// What the connection reported.
        #[source]
        source: reqwest::Error,
    },

    /// A read was sent and the answer did not come, or not whole.
    #[error("QuickBooks did not answer a read")]
    Unanswered {
        /// What the connection reported.
        #[source]
        source: reqwest::Error,
    },

    /// A call succeeded as far as its status tells, but its answer makes no sense here. Nothing was booked by it,
    /// or, where it comes from [`Object::parse`](crate::Object::parse), the booking itself is known to be done.
    #[error("the answer of QuickBooks cannot be read: {why}")]
    Unreadable {
        /// What was wrong, without quoting the answer.
        why: String,
        /// Intuit's name of the call.
        intuit_tid: Option<String>,
    },
}

/// Why the outcome of a write is unknown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Uncertainty {
    /// No answer within the time limit.
    TimedOut,
    /// The connection broke after the request went out.
    ConnectionLost,
    /// An answer came that is not the object that was asked for: HTML, cut off, too large, or incomplete.
    BadAnswer,
    /// QuickBooks reported an error of its own, or a gateway did.
    ServerError,
    /// QuickBooks knows the request id and does not repeat its first answer (fault 600): replaying will not
    /// help, look for the object.
    RequestIdUsed,
}

impl fmt::Display for Uncertainty {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Uncertainty::TimedOut => "no answer in time",
            Uncertainty::ConnectionLost => "the connection broke",
            Uncertainty::BadAnswer => "the answer makes no sense",
            Uncertainty::ServerError => "QuickBooks reported an error of its own",
            Uncertainty::RequestIdUsed => "the request id was used before",
        })
    }
}

impl Error {
    /// What to do about it.
    pub fn class(&self) -> Class {
        match self {
            // A write of this class has become `Uncertain` before it got here, so this is a read.
            Error::Fault(reply) => match classify(reply) {
                Class::Uncertain => Class::Unavailable,
                class => class,
            },
            Error::Uncertain { .. } => Class::Uncertain,
            Error::Unreachable { .. } | Error::Unanswered { .. } | Error::Unreadable { .. } => {
                Class::Unavailable
            }
        }
    }

    /// Whether [`Client::changes`](crate::Client::changes) was asked about a moment too long ago, so that only
    /// queries can tell. Means nothing for other calls. Which fault QuickBooks answers is not documented, so all
    /// that it could be count (4001, wrong dates, texts about the moment): to query without need costs a few calls,
    /// and to ask the same again would never end.
    pub fn is_too_long_ago(&self) -> bool {
        matches!(self, Error::Fault(_))
            && self.class() == Class::Rejected
            && self.reply().is_some_and(|reply| reply.faults.iter().any(about_the_past))
    }

    /// The faults that QuickBooks listed, if it did.
    pub fn reply(&self) -> Option<&FaultReply> {
        match self {
            Error::Fault(reply) => Some(reply),
            Error::Uncertain { reply, .. } => reply.as_deref(),
            Error::Unreachable { .. } | Error::Unanswered { .. } | Error::Unreadable { .. } => None,
        }
    }

    /// Intuit's name of the call, for its support.
    pub fn intuit_tid(&self) -> Option<&str> {
        match self {
            Error::Fault(reply) => reply.intuit_tid.as_deref(),
            Error::Uncertain { intuit_tid, .. } | Error::Unreadable { intuit_tid, .. } => {
                intuit_tid.as_deref()
            }
            Error::Unreachable { .. } | Error::Unanswered { .. } => None,
        }
    }

    /// A value that does not parse. The parser's own text may quote the books, so only the place is kept.
    pub(crate) fn unreadable(
        what: &str,
        error: &serde_json::Error,
        intuit_tid: Option<String>,
    ) -> Self {
        let why = format!(
            "{what}: {:?} error, line {} column {}",
            error.classify(),
            error.line(),
            error.column()
        );
        Error::Unreadable { why, intuit_tid }
    }
}

/// 2060, 2070 and 2190 are the faults of dates, 4001 is that of a question that cannot be asked.
fn about_the_past(fault: &Fault) -> bool {
    const CODES: [&str; 4] = ["2060", "2070", "2190", "4001"];
    const WORDS: [&str; 5] = ["changedsince", "in the past", "30 days", "look back", "lookback"];
    let text = format!("{} {}", fault.message, fault.detail).to_ascii_lowercase();
    CODES.contains(&fault.code.as_str()) || WORDS.iter().any(|words| text.contains(words))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_moment_too_long_ago_can_be_told_whatever_the_fault() {
        let check = |status: u16, code: &str, detail: &str, expect: bool| {
            let fault = Fault {
                code: code.to_owned(),
                message: "m".to_owned(),
                detail: detail.to_owned(),
                element: None,
            };
            let error = Error::Fault(Box::new(FaultReply {
                status,
                intuit_tid: None,
                faults: vec![fault],
                kind: "ValidationFault".to_owned(),
                retry_after: None,
            }));
            assert_eq!(error.is_too_long_ago(), expect, "{status} {code} {detail}");
        };
        check(400, "4001", "", true);
        check(200, "4001", "", true);
        check(400, "2060", "", true);
        check(400, "2190", "", true);
        check(400, "9999", "changedSince is too far in the past", true);
        check(400, "", "You can look back at most 30 days", true);
        check(400, "2020", "Required param missing", false);
        check(400, "500", "Unsupported Operation", false);
        check(401, "3200", "Token expired in the past", false);
        check(429, "4001", "", false);
        check(500, "10000", "changedSince", false);
        let lost = Error::Unreadable { why: "30 days".to_owned(), intuit_tid: None };
        assert!(!lost.is_too_long_ago());
    }
}
