//! Reads the wish to have waiting or refused records tried again.

use domain::posting::State;
use domain::record::RecordKind;

use super::cursor::Field;

/// Codes of reasons are words of ours.
const MAX_CODE: usize = 60;
/// Far longer than any cursor that was given out.
const MAX_CURSOR: usize = 1000;

/// What a person wishes.
#[derive(Debug)]
pub struct Retry {
    /// The state in which the records stand.
    pub state: State,
    /// Only this kind.
    pub kind: Option<RecordKind>,
    /// Only those with this reason.
    pub code: Option<String>,
    /// Whether what was removed in QuickBooks is made again.
    pub recreate: bool,
    /// Where an earlier call ended.
    pub cursor: Option<String>,
}

pub(super) fn read(root: &Field<'_>) -> Option<Retry> {
    let fields = root.object(&["state", "kind", "code", "recreate", "cursor"])?;
    let state = fields.required("state").and_then(|field| state(&field));
    let kind = fields.optional("kind").and_then(|field| kind(&field));
    let code = fields.optional("code").and_then(|field| field.short_text(MAX_CODE));
    let cursor = fields.optional("cursor").and_then(|field| field.short_text(MAX_CURSOR));
    let recreate = match fields.optional("recreate") {
        Some(field) => field.boolean()?,
        None => false,
    };
    Some(Retry { state: state?, kind, code, recreate, cursor })
}

fn state(field: &Field<'_>) -> Option<State> {
    let text = field.text()?;
    let state = [State::Rejected, State::Blocked].into_iter().find(|state| state.as_str() == text);
    if state.is_none() {
        field.fail("unknown_choice", "is not a known choice", "Send rejected or blocked.");
    }
    state
}

fn kind(field: &Field<'_>) -> Option<RecordKind> {
    let kind = RecordKind::parse(field.text()?);
    if kind.is_none() {
        field.fail("unknown_choice", "is not a known choice", "Send bill or payment.");
    }
    kind
}
