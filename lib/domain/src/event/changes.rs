//! What a change of an item tells the host: at most one event, and none for what people cannot see.

use crate::connection::{Company, Connection, Status};
use crate::issued::{IssuedPayment, IssuedState};
use crate::ledger::Object;
use crate::link::{Link, Origin};
use crate::posting::{Posting, State};
use crate::record::Record;

use super::{Happened, Kind};

/// What a posting's change tells. Being worked on, or expected by another posting, is a moment that nobody is told of.
pub fn of_posting(old: Option<&Posting>, new: &Posting) -> Option<Happened> {
    let kind = match new.state {
        State::Expected | State::Posting => return None,
        State::Held => Kind::PostingHeld,
        State::Queued => Kind::PostingQueued,
        State::Posted => Kind::PostingPosted,
        State::Blocked => Kind::PostingBlocked,
        State::Rejected => Kind::PostingRejected,
        State::Skipped => Kind::PostingSkipped,
    };
    if old.is_some_and(|old| looks_the_same(old, new)) {
        return None;
    }
    Some(Happened { kind, subject: subject(new), at: Some(new.updated_at) })
}

fn looks_the_same(old: &Posting, new: &Posting) -> bool {
    // One more attempt that failed like the one before; between them it was being worked on.
    let tried_again = old.state == State::Posting && new.state == State::Queued && old.attempts > 0;
    (old.state == new.state || tried_again)
        && code(old) == code(new)
        && version(old) == version(new)
        && posted(old) == posted(new)
        && old.warnings == new.warnings
        && old.objects.iter().map(shown).eq(new.objects.iter().map(shown))
}

fn code(posting: &Posting) -> Option<&str> {
    posting.reason.as_ref().map(|reason| reason.code.as_ref())
}

fn version(posting: &Posting) -> Option<u64> {
    posting.record.as_ref().map(Record::version)
}

fn posted(posting: &Posting) -> Option<u64> {
    posting.posted.as_ref().map(|posted| posted.version)
}

/// An object without what only the next write needs to know.
fn shown(object: &Object) -> Object {
    Object {
        sync_token: String::new(),
        party: None,
        line_ids: Vec::new(),
        content: String::new(),
        trace: None,
        edits: Vec::new(),
        ..object.clone()
    }
}

fn subject(posting: &Posting) -> String {
    let key = &posting.key;
    let whole = format!("{}/{}", key.record.as_str(), key.id);
    match &key.payee {
        Some(payee) => format!("{whole}/payee/{payee}"),
        None => whole,
    }
}

/// What a connection's change tells. Pauses, renewed tokens and closing dates are none.
pub fn of_connection(old: Option<&Connection>, new: &Connection) -> Option<Happened> {
    if old.is_some_and(|old| {
        old.status == new.status
            && old.connected_at == new.connected_at
            && company(&old.company) == company(&new.company)
    }) {
        return None;
    }
    let kind = match new.status {
        Status::Connected => Kind::ConnectionConnected,
        Status::NeedsReconnect => Kind::ConnectionNeedsReconnect,
        Status::Disconnected => Kind::ConnectionDisconnected,
    };
    let connects = old.is_none_or(|old| old.connected_at != new.connected_at);
    let at = (new.status == Status::Connected && connects).then_some(new.connected_at);
    Some(Happened { kind, subject: "connection".to_owned(), at })
}

/// A company without its closing date, which moves as the bookkeeper works.
fn company(company: &Company) -> Company {
    Company { books: Default::default(), ..company.clone() }
}

/// What a link's change tells; `new` is absent when it was taken away.
pub fn of_link(old: Option<&Link>, new: Option<&Link>) -> Option<Happened> {
    let (kind, link) = match (old, new) {
        (None, None) => return None,
        (None, Some(link)) => (Kind::LinkCreated, link),
        (Some(link), None) => (Kind::LinkRemoved, link),
        (Some(old), Some(new)) if leads(old) == leads(new) => return None,
        (Some(_), Some(link)) => (Kind::LinkChanged, link),
    };
    let subject = format!("link/{}/{}", link.key.kind.as_str(), link.key.host_id);
    Some(Happened { kind, subject, at: None })
}

/// Where a link leads, without how it came about and when its object was last looked at: of two postings that need a
/// new entry one makes it, and the other may find it by its name before the first has told.
fn leads(link: &Link) -> Link {
    Link { origin: Origin::Created, changed_at: None, ..link.clone() }
}

/// What an issued payment's change tells; `new` is absent when it was removed.
pub fn of_issued_payment(
    old: Option<&IssuedPayment>,
    new: Option<&IssuedPayment>,
) -> Option<Happened> {
    let subject = |payment: &IssuedPayment| format!("issued_payment/{}", payment.id.as_text());
    let Some(new) = new else {
        let kind = Kind::IssuedPaymentRemoved;
        return old.map(|old| Happened { kind, subject: subject(old), at: None });
    };
    let kind = match old {
        None => Kind::IssuedPaymentCreated,
        Some(old) if old.state != new.state => match new.state {
            IssuedState::Synced => Kind::IssuedPaymentUpdated,
            IssuedState::Voided => Kind::IssuedPaymentVoided,
            IssuedState::Gone => Kind::IssuedPaymentGone,
            IssuedState::Detached => Kind::IssuedPaymentDetached,
        },
        Some(old) => {
            let as_before = with_annotations_of(old, new);
            match as_before == unwritten(old) {
                true if as_before == unwritten(new) => return None,
                true => Kind::IssuedPaymentAnnotated,
                false => Kind::IssuedPaymentUpdated,
            }
        }
    };
    Some(Happened { kind, subject: subject(new), at: Some(new.updated_at) })
}

/// A payment with the number and the attachments that it had before.
fn with_annotations_of(old: &IssuedPayment, new: &IssuedPayment) -> IssuedPayment {
    let (number, attachments) = (old.number.clone(), old.attachments.clone());
    IssuedPayment { number, attachments, ..unwritten(new) }
}

/// A payment without when and how often it was written.
fn unwritten(payment: &IssuedPayment) -> IssuedPayment {
    IssuedPayment { revision: 0, updated_at: payment.first_seen_at, ..payment.clone() }
}
