//! `requestid`: the same id again answers the same bytes and performs nothing.

use std::collections::HashMap;

use jiff::{SignedDuration, Timestamp};

use super::{Fault, Operation};
use crate::{
    call::{Answer, Call},
    company::Company,
    control::Outcome,
    switches::{ChangedBody, OnOff},
};

const LONGEST: usize = 50;
const LONGEST_ON_BATCH: usize = 36;

/// The answers remembered by request id.
#[derive(Debug, Default)]
pub(crate) struct Replays {
    remembered: HashMap<String, Remembered>,
}

#[derive(Debug)]
struct Remembered {
    at: Timestamp,
    request: (String, Vec<u8>),
    answer: Answer,
}

/// The remembered answer to this request id, when there is one.
pub(super) fn replayed(
    company: &Company,
    call: &Call,
    operation: Operation,
) -> Result<Option<Answer>, Fault> {
    let Some(id) = call.parameter("requestid") else { return Ok(None) };
    let longest = if operation == Operation::Batch { LONGEST_ON_BATCH } else { LONGEST };
    if id.is_empty() || id.chars().count() > longest {
        return Err(Fault::malformed_request_id(longest));
    }
    if company.switches.requestid == OnOff::Off {
        return Ok(None);
    }
    let lifetime = company.switches.requestid_lifetime_seconds;
    let fresh = |remembered: &&Remembered| {
        lifetime.is_none_or(|seconds| company.clock.now() < expiry(remembered.at, seconds))
    };
    let Some(remembered) = company.replays.remembered.get(id).filter(fresh) else {
        return Ok(None);
    };
    if remembered.request != request(call)
        && company.switches.requestid_changed_body == ChangedBody::Fault600
    {
        return Err(Fault::duplicate_request_id());
    }
    Ok(Some(remembered.answer.clone()))
}

/// Keeps an answer for its request id.
pub(super) fn remember(company: &mut Company, call: &Call, answer: &Answer, outcome: Outcome) {
    let Some(id) = call.parameter("requestid") else { return };
    let keeps = outcome == Outcome::Performed || company.switches.requestid_stores_faults;
    if keeps && company.switches.requestid == OnOff::On {
        let remembered =
            Remembered { at: company.clock.now(), request: request(call), answer: answer.clone() };
        company.replays.remembered.insert(id.to_owned(), remembered);
    }
}

fn expiry(at: Timestamp, seconds: i64) -> Timestamp {
    at.checked_add(SignedDuration::from_secs(seconds)).unwrap_or(Timestamp::MAX)
}

fn request(call: &Call) -> (String, Vec<u8>) {
    (format!("{} {}", call.method, call.path), call.body.to_vec())
}
