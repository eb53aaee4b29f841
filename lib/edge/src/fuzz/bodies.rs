//! Bodies of calls.

use domain::fingerprint;
use domain::record::Record;
use domain::template::Template;

use crate::body::{self, Json};
use crate::problem::Problem;

/// The most that an answer about a bad body takes, whatever the body.
const LONGEST_PROBLEM: usize = 64 * 1024;

/// A body. The first line says of which call (`bill`, or a template's name for its configuration); the rest is JSON.
pub fn bodies(input: &[u8]) {
    let end = input.iter().position(|byte| *byte == b'\n').unwrap_or(input.len());
    let (call, text) = (&input[..end], input.get(end + 1..).unwrap_or_default());
    let call = String::from_utf8_lossy(call);
    let json = match Json::parse(text) {
        Ok(json) => json,
        Err(problem) => return is_shown(&problem),
    };
    let refused = match &*call {
        "bill" => record(body::bill(&json)),
        "payment" => record(body::payment(&json)),
        "disbursement" => record(body::disbursement(&json)),
        "asked" => body::asked(&json).err(),
        "settings" => body::settings(&json).err(),
        "link" => body::link(&json).err(),
        "proposals" => body::proposals(&json).err(),
        "pull" => body::pull(&json).err(),
        "annotation" => body::annotation(&json).err(),
        "retry" => body::retry(&json).err(),
        "one_record" => body::one_record(&json).err(),
        "release" => body::release(&json).err(),
        "start" => body::start(&json).err(),
        "event_endpoint" => body::event_endpoint(&json).err(),
        "replay" => body::replay(&json).err(),
        "nothing" => body::nothing(&json).err(),
        template => {
            let template = Template::parse(template).unwrap_or(Template::ALL[0]);
            body::workflow(template, &json).err()
        }
    };
    if let Some(problem) = refused {
        is_shown(&problem);
    }
}

/// A record that is taken is stored, and read back as the same.
fn record(read: Result<(Record, Vec<domain::name::Change>), Problem>) -> Option<Problem> {
    let (record, changes) = match read {
        Ok(read) => read,
        Err(problem) => return Some(problem),
    };
    let stored = serde_json::to_string(&record).expect("a record can be stored");
    let again: Record = serde_json::from_str(&stored).expect("what was stored can be read");
    assert_eq!(again, record, "a record changes when it is stored");
    assert_eq!(fingerprint::of(&again), fingerprint::of(&record));
    assert!(changes.iter().all(|change| change.from != change.to), "{changes:?}");
    None
}

/// A problem says all that is wrong, in a bounded answer, and what to do about it.
pub(super) fn is_shown(problem: &Problem) {
    let text = problem.to_json("request-1");
    assert!(text.len() <= LONGEST_PROBLEM, "an answer of {} bytes", text.len());
    let shown: serde_json::Value = serde_json::from_str(&text).expect("a problem is JSON");
    assert!(problem.status().is_client_error(), "{text}");
    assert!(shown["remedy"].as_str().is_some_and(|remedy| !remedy.is_empty()), "{text}");
    let none = Vec::new();
    for error in shown["errors"].as_array().unwrap_or(&none) {
        for part in ["code", "message", "remedy"] {
            assert!(error[part].as_str().is_some_and(|text| !text.is_empty()), "{error}");
        }
        let foul = |c: char| c.is_control();
        assert!(error["path"].as_str().is_some_and(|path| !path.contains(foul)), "{error}");
    }
}
