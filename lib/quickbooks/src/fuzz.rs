//! What holds for whatever QuickBooks or a stranger sends. `tests/fuzz/` searches for inputs that break it; the tests below
//! replay those that are kept.

use serde::Serialize;
use serde_json::{Map, Value, json};

use crate::entity::{
    Account, Bill, BillPayment, Customer, Deposit, Invoice, Item, JournalEntry, Payment,
    Preferences, Purchase, SalesReceipt, Vendor,
};
use crate::oauth::{Grant, OauthError};
use crate::send::{Answer, Effect, judge};
use crate::transport::Reply;
use crate::webhook::{self, NOTIFICATIONS_AT_MOST, Notification, Parsed};
use crate::{Changes, Class, Entity, EntityKind, Error, RequestId, WebhookVerifier, fault};

/// Longest line that an error may make in a log.
const LONGEST_LINE: usize = 400;

/// The answer to a call. The first line is `W 500` for a write or `R 200` for a read, with the status; the rest is the
/// body.
pub fn answers(input: &[u8]) {
    let (head, body) = halves(input);
    let head = String::from_utf8_lossy(head);
    let is_write = head.starts_with('W');
    let status = head.get(2..).and_then(|text| text.trim().parse().ok()).unwrap_or(200);
    let effect = match is_write {
        true => Effect::Write(RequestId::new("r").expect("a short id")),
        false => Effect::Read,
    };
    let json: Option<Value> = serde_json::from_slice(body).ok();
    let says_no = match &json {
        Some(json) => fault::in_json(json).is_some(),
        None => fault::in_text(&String::from_utf8_lossy(body)).is_some(),
    };
    match judge(reply(status, body), &effect) {
        Ok(answer) => {
            assert!((200..300).contains(&status) && !says_no, "believed a refusal");
            assert_eq!(json, Some(Value::Object(answer.json.clone())), "read something else");
            objects_survive(&answer.json);
        }
        Err(error) => {
            let class = error.class();
            if is_write && !says_no {
                let is_certain = (400..500).contains(&status) && status != 408;
                assert_eq!(class != Class::Uncertain, is_certain, "a write of doubtful outcome");
            }
            assert!(is_write || class != Class::Uncertain, "a read is never in doubt");
            quotes_nothing(&error.to_string());
            let code = |text: &str| {
                text.len() <= 12
                    && !text.contains(|c: char| !c.is_ascii_alphanumeric() && !"-_".contains(c))
            };
            let faults = error.reply().map(|reply| reply.faults.as_slice()).unwrap_or_default();
            assert!(faults.iter().all(|fault| code(&fault.code)), "a code that quotes: {faults:?}");
        }
    }
}

/// The answer to a question about changes.
pub fn changes(input: &[u8]) {
    let Ok(Value::Object(json)) = serde_json::from_slice(input) else { return };
    let time = Some(jiff::Timestamp::UNIX_EPOCH);
    let answer = Answer { json, time, intuit_tid: None };
    match Changes::in_answer(answer, EntityKind::ALL) {
        Ok(changes) => {
            let told = told::<Bill>(&changes)
                + told::<BillPayment>(&changes)
                + told::<Vendor>(&changes)
                + told::<Invoice>(&changes);
            assert!(told <= changes.objects, "more was read than was told");
        }
        Err(error) => quotes_nothing(&error.to_string()),
    }
}

/// What comes in as a notification, in either format.
pub fn webhooks(input: &[u8]) {
    let verifier = WebhookVerifier::new("v-1");
    let as_signature = String::from_utf8_lossy(input);
    assert!(!webhook::is_signed(b"{}", &as_signature, &verifier), "a guessed signature");
    assert!(!webhook::is_signed(input, "", &verifier), "no signature");
    let Ok(parsed) = webhook::parse(input) else { return };
    assert!(parsed.notifications.len() <= NOTIFICATIONS_AT_MOST);
    for notification in &parsed.notifications {
        let Notification { realm, id, entity, operation, event_id, .. } = notification;
        for text in [realm.as_str(), id.as_str()] {
            let safe = (1..=64).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_graphic());
            assert!(safe, "an id that is no key: {text:?}");
        }
        for text in [entity.as_str(), operation.as_str(), event_id.as_deref().unwrap_or("-")] {
            let safe = (1..=200).contains(&text.len()) && !text.contains(char::is_control);
            assert!(safe, "a word that is no word: {text:?}");
        }
    }
    let told_again = webhook::parse(classic(&parsed).to_string().as_bytes());
    let told_again = told_again.expect("what was understood can be told").notifications;
    let nameless =
        |notification: &Notification| Notification { event_id: None, ..notification.clone() };
    let expected: Vec<Notification> = parsed.notifications.iter().map(nameless).collect();
    assert_eq!(told_again, expected, "understood differently when told again");
}

/// The answer of the token service; the first line as in [`answers`].
pub fn grants(input: &[u8]) {
    let (head, body) = halves(input);
    let head = String::from_utf8_lossy(head);
    let status = head.get(2..).and_then(|text| text.trim().parse().ok()).unwrap_or(200);
    match Grant::from_reply(&reply(status, body)) {
        Ok(grant) => {
            let tokens = [grant.access_token.expose(), grant.refresh_token.expose()];
            assert!(tokens.iter().all(|token| !token.trim().is_empty()), "half a grant");
            let shown = format!("{grant:?}");
            let secret = |token: &&&str| token.len() > 20;
            assert!(!tokens.iter().filter(secret).any(|token| shown.contains(*token)));
        }
        Err(error) => quotes_nothing(&error.to_string()),
    }
    quotes_nothing(&OauthError::from_reply(&reply(status, body)).to_string());
}

/// What may be in a log: a short line of plain words.
fn quotes_nothing(error: &str) {
    assert!(error.len() <= LONGEST_LINE, "an endless error: {error:?}");
    let plain = |c: char| c.is_ascii_graphic() || c == ' ';
    assert!(error.chars().all(plain), "an error that quotes: {error:?}");
}

fn halves(input: &[u8]) -> (&[u8], &[u8]) {
    let end = input.iter().position(|byte| *byte == b'\n').unwrap_or(input.len());
    (&input[..end], input.get(end + 1..).unwrap_or_default())
}

fn reply(status: u16, body: &[u8]) -> Reply {
    Reply { status, intuit_tid: None, retry_after: None, body: body.to_vec() }
}

/// An object that was read and is written back loses nothing.
fn objects_survive(answer: &Map<String, Value>) {
    fn survives<T: Entity + PartialEq + std::fmt::Debug>(answer: &Map<String, Value>) {
        let Some(Value::Object(row)) = answer.get(T::NAME) else { return };
        let Ok(object) = T::deserialize(&Value::Object(row.clone())) else { return };
        let written = serde_json::to_string(&object).expect("what was JSON is JSON");
        let again: T = serde_json::from_str(&written).expect("our own JSON");
        assert_eq!(again, object, "{} changes when it is written back", T::NAME);
        let Ok(Value::Object(written)) = serde_json::from_str(&written) else {
            panic!("an object")
        };
        let lost =
            row.iter().find(|(name, value)| !value.is_null() && !written.contains_key(*name));
        assert_eq!(lost, None, "a member of {} is lost", T::NAME);
    }
    survives::<Account>(answer);
    survives::<Bill>(answer);
    survives::<BillPayment>(answer);
    survives::<Customer>(answer);
    survives::<Deposit>(answer);
    survives::<Invoice>(answer);
    survives::<Item>(answer);
    survives::<JournalEntry>(answer);
    survives::<Payment>(answer);
    survives::<Preferences>(answer);
    survives::<Purchase>(answer);
    survives::<SalesReceipt>(answer);
    survives::<Vendor>(answer);
}

/// How many objects of a kind there are; whatever cannot be read is told without being quoted.
fn told<T: Entity + Serialize>(changes: &Changes) -> usize {
    let all: Vec<Result<_, Error>> = changes.each::<T>().collect();
    let unreadable = all.iter().any(Result::is_err);
    assert_eq!(changes.of::<T>().is_err(), unreadable, "one and all disagree");
    all.iter().filter_map(|one| one.as_ref().err()).for_each(|e| quotes_nothing(&e.to_string()));
    all.len()
}

/// The same notifications in the older format.
fn classic(parsed: &Parsed) -> Value {
    let companies = parsed.notifications.iter().map(|notification| {
        let Notification { realm, entity, id, operation, at, merged_away, .. } = notification;
        let mut change = json!({"name": entity, "id": id.as_str(), "operation": operation.as_str(),
            "lastUpdated": at.to_string()});
        if let Some(gone) = merged_away {
            change["deletedId"] = json!(gone.as_str());
        }
        json!({"realmId": realm.as_str(), "dataChangeEvent": {"entities": [change]}})
    });
    json!({"eventNotifications": companies.collect::<Vec<Value>>()})
}

#[cfg(test)]
#[path = "../../../tests/fuzz/replay.rs"]
mod corpus;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_kept_inputs_break_nothing() {
        corpus::replay("quickbooks_answers", answers);
        corpus::replay("quickbooks_changes", changes);
        corpus::replay("quickbooks_webhooks", webhooks);
        corpus::replay("quickbooks_grants", grants);
    }
}
