//! Reads where a tenant's events are to be sent, and what is to be sent again.

use domain::event::{FAMILIES, Kind, TYPE_PREFIX};
use url::Url;

use super::cursor::Field;
use super::shape::shape;
#[cfg(test)]
use crate::openapi::{
    value::{Flag, Line, List},
    words,
};

/// Longest address; receivers need no longer one.
const MAX_URL: usize = 2000;
/// As many kinds and families as there could ever be.
const MAX_TYPES: usize = 100;
/// Longest name of an event.
const MAX_EVENT: usize = 200;

/// How a person changes the endpoint.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum EndpointChange {
    /// Events go there.
    Set {
        /// The address.
        url: Url,
        /// Which events: kinds or families; none means all.
        types: Vec<String>,
        /// Whether the secret changes too.
        rotates_secret: bool,
    },
    /// The secret changes and all else stays.
    RotateSecret,
}

/// What is to be sent again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Replay {
    /// Everything behind the event of that id or number.
    After(String),
    /// What was given up.
    Dead,
}

shape! {
    /// Where a tenant's events are to be sent, or `rotate_secret` alone.
    #[schemars(rename = "SetEventEndpoint")]
    pub(crate) EndpointShape {
        /// An https address on the public internet, without user name.
        optional url: Line<MAX_URL>,
        /// Which events are wanted: families such as `posting`, or types; all when left out.
        optional types: List<words::EventChoice, 1, MAX_TYPES>,
        /// Whether a new secret takes the place of the one before, which signs too for another day.
        optional rotate_secret: Flag,
    }
}

shape! {
    /// What is to be sent again: either of the two.
    #[schemars(rename = "ReplayEvents")]
    pub(crate) ReplayShape {
        /// The id or the sequence of an event; all that follow are sent again. 0 stands before the first.
        optional after: Line<MAX_EVENT>,
        /// Whether the events are sent again that were given up.
        optional dead: Flag,
    }
}

pub(super) fn read(root: &Field<'_>) -> Option<EndpointChange> {
    let fields = root.object(EndpointShape::FIELDS)?;
    let rotates_secret = match fields.optional("rotate_secret") {
        Some(field) => field.boolean()?,
        None => false,
    };
    let types = match fields.optional("types") {
        Some(field) => Some(types(&field)?),
        None => None,
    };
    let field = fields.optional("url");
    let text = match &field {
        // What is wrong with it has been said, unless it is blank.
        Some(field) if field.text().is_some_and(|text| !text.trim().is_empty()) => {
            Some(field.short_text(MAX_URL)?)
        }
        Some(field) => {
            field.text()?;
            None
        }
        None => None,
    };
    match (text, types) {
        (Some(text), types) => {
            let url = Url::parse(&text)
                .ok()
                .filter(|url| url.has_host() && matches!(url.scheme(), "https" | "http"));
            let Some(url) = url else {
                fields.fail(
                    "url",
                    "bad_endpoint_url",
                    "is not an address that events can be sent to",
                    "Send an https address, such as https://app.example.com/hooks/ledgerbridge.",
                );
                return None;
            };
            Some(EndpointChange::Set { url, types: types.unwrap_or_default(), rotates_secret })
        }
        (None, None) if rotates_secret => Some(EndpointChange::RotateSecret),
        _ => {
            fields.fail("url", "url_needed", "is missing", "Send url, or rotate_secret alone.");
            None
        }
    }
}

fn types(field: &Field<'_>) -> Option<Vec<String>> {
    let read: Vec<Option<&str>> = field.list(1, MAX_TYPES)?.iter().map(choice).collect();
    let mut types = Vec::new();
    for kind in read {
        let kind = kind?.to_owned();
        if !types.contains(&kind) {
            types.push(kind);
        }
    }
    Some(types)
}

fn choice<'a>(field: &Field<'a>) -> Option<&'a str> {
    let text = field.text()?;
    let choice = event_choice(text);
    if choice.is_none() {
        field.fail("unknown_choice", "is no type of event", remedy());
    }
    choice
}

/// A family or a kind of events, with or without what all types begin with.
pub(crate) fn event_choice(text: &str) -> Option<&str> {
    let bare = text.strip_prefix(TYPE_PREFIX).unwrap_or(text);
    let known = FAMILIES.contains(&bare) || Kind::ALL.iter().any(|kind| kind.as_str() == bare);
    known.then_some(bare)
}

/// How to send a choice of events right.
pub(crate) fn remedy() -> String {
    format!("Send {}, or one type such as {TYPE_PREFIX}posting.posted.", FAMILIES.join(", "))
}

pub(super) fn replay(root: &Field<'_>) -> Option<Replay> {
    let fields = root.object(ReplayShape::FIELDS)?;
    let dead = match fields.optional("dead") {
        Some(field) => field.boolean()?,
        None => false,
    };
    let after = match fields.optional("after") {
        Some(field) if field.text()?.trim().is_empty() => None,
        Some(field) => Some(field.short_text(MAX_EVENT)?),
        None => None,
    };
    match (after, dead) {
        (Some(after), false) => Some(Replay::After(after)),
        (None, true) => Some(Replay::Dead),
        _ => {
            let remedy = "Send after, or dead as true.";
            fields.fail("after", "after_or_dead", "or dead: one of the two is needed", remedy);
            None
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Json, event_endpoint, replay};
    use super::*;

    fn json(text: &str) -> Json {
        Json::parse(text.as_bytes()).unwrap()
    }

    #[test]
    fn an_endpoint_is_set_or_its_secret_is_changed() {
        let set = |types: &[&str], rotates_secret| EndpointChange::Set {
            url: Url::parse("https://host.example/hooks").unwrap(),
            types: types.iter().map(|text| (*text).to_owned()).collect(),
            rotates_secret,
        };
        for (body, expected) in [
            (r#"{"url":"https://host.example/hooks"}"#, set(&[], false)),
            (
                r#"{"url":" https://host.example/hooks ","types":["posting","ledgerbridge.link.created","posting"]}"#,
                set(&["posting", "link.created"], false),
            ),
            (r#"{"url":"https://host.example/hooks","rotate_secret":true}"#, set(&[], true)),
            (r#"{"rotate_secret":true}"#, EndpointChange::RotateSecret),
            (r#"{"url":"","rotate_secret":true}"#, EndpointChange::RotateSecret),
        ] {
            assert_eq!(event_endpoint(&json(body)).as_ref(), Ok(&expected), "{body}");
        }
        for (body, code) in [
            ("{}", "url_needed"),
            (r#"{"types":["posting"],"rotate_secret":true}"#, "url_needed"),
            (r#"{"url":"host.example"}"#, "bad_endpoint_url"),
            (r#"{"url":"mailto:a@b.example"}"#, "bad_endpoint_url"),
            (r#"{"url":"https://host.example","types":["bills"]}"#, "unknown_choice"),
            (r#"{"url":"https://host.example","types":[]}"#, "bad_count"),
            (r#"{"url":"https://host.example/\u0009x"}"#, "bad_character"),
        ] {
            let problem = event_endpoint(&json(body)).unwrap_err();
            assert!(problem.to_json("r").contains(code), "{body}: {}", problem.to_json("r"));
        }
    }

    #[test]
    fn what_follows_an_event_is_sent_again_or_what_was_given_up() {
        assert_eq!(replay(&json(r#"{"after":"0"}"#)), Ok(Replay::After("0".to_owned())));
        assert_eq!(replay(&json(r#"{"dead":true}"#)), Ok(Replay::Dead));
        for body in ["{}", r#"{"dead":false}"#, r#"{"after":"0","dead":true}"#, r#"{"after":" "}"#]
        {
            let problem = replay(&json(body)).unwrap_err();
            assert!(problem.to_json("r").contains("after_or_dead"), "{body}");
        }
    }
}
