//! Dead letters: what queues gave up becomes something that a person sees and can have done again.
//!
//! A record's posting says so itself. For all else, and for records that cannot be read, there is a letter in the
//! tenant's partition. What nobody can read stays in the queue of dead letters, for the operator.

use std::collections::BTreeMap;

use aws::queues::{Message, MessageError, Queue, Work};
use domain::dead_letter::{self, DeadLetter, Subject};
use domain::history::HistoryLine;
use domain::id::TenantId;
use domain::posting::PostingKey;
use domain::reason::{Failure, GivenUp, Reason};
use serde::Deserialize;

use crate::delivery::{self, Delivery};
use crate::posting::LeftAs;
use crate::{App, Error, chain, imports};

/// Letters replayed by one call: they are taken away in one transaction.
const REPLAYED_AT_MOST: u32 = 50;
/// A letter that stays is looked at this often: the function may be a newer one by then, and the alarm, which is about what
/// is received in five minutes, rings as long as it lies there.
const LOOK_AGAIN_SECONDS: u32 = 240;
/// A letter whose posting somebody works on.
const BUSY_AGAIN_SECONDS: u32 = 30;

/// A letter as it lies in a queue of dead letters.
#[derive(Debug, Clone, Copy)]
pub struct Letter<'a> {
    /// The message that was given up, or what was noted in its place.
    pub body: &'a str,
    /// Why it was put there; absent when SQS moved it, after too many deliveries that nobody ended.
    pub reason: Option<&'a str>,
    /// Names it in its queue.
    pub id: &'a str,
}

/// A part of a tenant's dead letters.
#[derive(Debug, Clone)]
pub struct Page {
    /// In no order that means anything.
    pub letters: Vec<DeadLetter>,
    /// The id behind which the next page begins; absent when there is none.
    pub next: Option<String>,
}

/// What was replayed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Replayed {
    /// So many letters.
    pub letters: usize,
    /// There are more than one call takes.
    pub more: bool,
}

/// What a change that became no event is noted as.
#[derive(Debug, Deserialize)]
struct Note {
    untold: Option<Untold>,
    /// An event that was given up is shown with its endpoint.
    event: Option<String>,
}

#[derive(Debug, Deserialize)]
struct Untold {
    partition: String,
    item: String,
}

/// Takes a letter from the dead letters of a queue. It may come again at any moment, so every step can be repeated.
pub async fn take(app: &App, queue: Queue, letter: Letter<'_>) -> Delivery {
    let taken = match Message::parse(letter.body) {
        Ok(message) => take_message(app, queue, &message, letter).await,
        Err(MessageError::Unreadable) => take_note(app, queue, letter).await,
        Err(error @ MessageError::FromTheFuture(_)) => {
            tracing::error!(%error, "a dead letter waits for a newer version of this function");
            Ok(Delivery::Later { seconds: LOOK_AGAIN_SECONDS })
        }
    };
    taken.unwrap_or_else(|error| {
        tracing::error!(queue = queue.as_str(), error = chain(&error), "a dead letter stays");
        Delivery::Later { seconds: app.policy.cap_seconds }
    })
}

async fn take_message(
    app: &App,
    queue: Queue,
    message: &Message,
    letter: Letter<'_>,
) -> Result<Delivery, Error> {
    let tenant = &message.tenant;
    let last_chance = app.policy.max_attempts.saturating_sub(1).max(1);
    if letter.reason.is_none() && message.failures < last_chance {
        // It may have been in the company of the one that was to blame. Alone, it shows.
        let alone = message.after_failures(last_chance);
        app.queues.send(queue, &alone, &format!("{} alone", letter.id)).await?;
        tracing::warn!(%tenant, queue = queue.as_str(), "a message was cut off again and again; it is tried alone");
        return Ok(Delivery::Done);
    }
    let how = match letter.reason {
        None => GivenUp::CutOff,
        Some("quickbooks_unavailable") => GivenUp::Outage,
        Some(_) => GivenUp::Failed,
    };
    let (subject, about) = match &message.work {
        Work::Posting(key) | Work::Retry(key) => {
            return take_posting(app, queue, message, key, how).await;
        }
        Work::Wake(condition, _) => (Subject::Wake, Some(condition.clone())),
        Work::Pull(_) => (Subject::Pull, None),
        Work::Notices(_) => (Subject::Notices, None),
        Work::Publish => (Subject::Events, None),
        Work::Import(id) => {
            imports::give_up(app, tenant, id, how).await?;
            (Subject::Import, Some(id.to_string()))
        }
    };
    let reason = Reason::given_up(subject, how);
    note(app, queue, tenant, subject, about, reason, Some(message)).await
}

/// The posting itself says what became of it, if it can be read.
async fn take_posting(
    app: &App,
    queue: Queue,
    message: &Message,
    key: &PostingKey,
    how: GivenUp,
) -> Result<Delivery, Error> {
    let tenant = &message.tenant;
    let reason = match how {
        GivenUp::CutOff => Reason::cut_off(),
        GivenUp::Failed | GivenUp::Outage => Failure::internal().reason,
    };
    match delivery::give_up(app, tenant, key, reason).await {
        Ok(LeftAs::Rejected | LeftAs::AtRest) | Err(Error::UnknownRecord) => Ok(Delivery::Done),
        Ok(LeftAs::Busy) => Ok(Delivery::Later { seconds: BUSY_AGAIN_SECONDS }),
        Err(error @ Error::Internal(..)) => {
            tracing::error!(%tenant, error = chain(&error), "a posting cannot say that it was given up");
            let (subject, about) = (Subject::Record, Some(key.as_text()));
            let reason = Reason::given_up(subject, how);
            note(app, queue, tenant, subject, about, reason, Some(message)).await
        }
        Err(error) => Err(error),
    }
}

async fn take_note(app: &App, queue: Queue, letter: Letter<'_>) -> Result<Delivery, Error> {
    let left = Delivery::Later { seconds: LOOK_AGAIN_SECONDS };
    let Ok(note) = serde_json::from_str::<Note>(letter.body) else {
        tracing::error!(
            queue = queue.as_str(),
            letter = letter.id,
            "a dead letter that nobody can read"
        );
        return Ok(left);
    };
    if note.event.is_some() {
        return Ok(Delivery::Done);
    }
    let told = note.untold.and_then(|untold| {
        let tenant = untold.partition.strip_prefix("T#").unwrap_or(&untold.partition);
        Some((TenantId::parse(tenant).ok()?, untold.item))
    });
    let Some((tenant, item)) = told else {
        tracing::error!(queue = queue.as_str(), letter = letter.id, "a dead letter of nobody");
        return Ok(left);
    };
    let reason = Reason::given_up(Subject::Change, GivenUp::Failed);
    self::note(app, queue, &tenant, Subject::Change, Some(item), reason, None).await
}

async fn note(
    app: &App,
    queue: Queue,
    tenant: &TenantId,
    subject: Subject,
    about: Option<String>,
    reason: Reason,
    message: Option<&Message>,
) -> Result<Delivery, Error> {
    let now = app.clock.now();
    let message = message.map(|message| message.after_failures(0).body());
    let named = message.as_deref().or(about.as_deref()).unwrap_or_default();
    let id = dead_letter::id(tenant, queue.as_str(), named);
    let line = HistoryLine::about_tenant(
        now,
        "dead_letter",
        format!("{} {}", reason.message, reason.remedy),
    );
    let letter = DeadLetter {
        schema: dead_letter::SCHEMA,
        id,
        subject,
        about,
        reason,
        queue: queue.as_str().to_owned(),
        message,
        at: now,
    };
    app.table.put_dead_letter(tenant, &letter, &line).await?;
    Ok(Delivery::Done)
}

/// At most `limit` letters, behind the id where an earlier page ended.
pub async fn page(
    app: &App,
    tenant: &TenantId,
    limit: u32,
    after: Option<&str>,
) -> Result<Page, Error> {
    let page = app.table.dead_letters(tenant, limit, after).await?;
    Ok(Page { letters: page.letters, next: page.next })
}

/// Puts the work of one letter, or of all, back into its queue, and takes the letters away. The messages go first: one
/// too many finds nothing to do.
pub async fn replay(app: &App, tenant: &TenantId, id: Option<&str>) -> Result<Replayed, Error> {
    let (letters, more) = match id {
        Some(id) => (app.table.dead_letter(tenant, id).await?.into_iter().collect(), false),
        None => {
            let page = app.table.dead_letters(tenant, REPLAYED_AT_MOST, None).await?;
            (page.letters, page.next.is_some())
        }
    };
    let mut by_queue: BTreeMap<Queue, Vec<(Message, String)>> = BTreeMap::new();
    let mut ids = Vec::new();
    for letter in &letters {
        if let Some(body) = &letter.message {
            let Some(queue) = Queue::parse(&letter.queue) else { continue };
            // What a newer version wrote is left to it.
            let Ok(message) = Message::parse(body) else { continue };
            if let Work::Import(id) = &message.work {
                imports::revive(app, tenant, id).await?;
            }
            by_queue.entry(queue).or_default().push((message, app.clock.unique()));
        }
        ids.push(letter.id.as_str());
    }
    if ids.is_empty() {
        return Ok(Replayed { letters: 0, more });
    }
    for (queue, messages) in &by_queue {
        app.queues.send_all(*queue, messages).await?;
    }
    let line = HistoryLine::about_tenant(
        app.clock.now(),
        "dead_letters_replayed",
        format!("{} dead letters were replayed.", ids.len()),
    );
    app.table.forget_dead_letters(tenant, &ids, &line).await?;
    Ok(Replayed { letters: ids.len(), more })
}
