//! One message of a queue: read, handed to whom it concerns, and brought to an end whatever becomes of that.

use std::time::Duration;

use aws::queues::{Message, MessageError, Queue};
use sync::dead_letters::{self, Letter};
use sync::delivery::{self, Delivery, deliver};
use sync::{App, chain, tally};
use tokio::time::timeout;

use crate::Function;
use crate::batch::End;
use crate::event::QueueRecord;
use crate::panic;
use crate::telemetry;

/// A message that nothing can read is received again this soon, until the queue moves it to the dead letters.
const UNREADABLE_AGAIN_SECONDS: u32 = 1;
/// A letter that this function itself fails on.
const FAILED_LETTER_AGAIN_SECONDS: u32 = 900;

/// Where messages come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Source {
    /// The function's own queue.
    Work(Queue),
    /// The dead letters of any queue.
    DeadLetters(Queue),
}

impl Source {
    /// Where a batch comes from, whose messages are all of one queue; nothing if that is none of the function's.
    pub(crate) fn of(function: Function, app: &App, batch: &[QueueRecord]) -> Option<Self> {
        match function {
            Function::Settings => {
                let arn = &batch.first()?.event_source_arn;
                app.queues.of_dead_letters(arn).map(Self::DeadLetters)
            }
            _ => function.queue().map(Self::Work),
        }
    }
}

/// Handles one message, in the time that is `left` if that is known.
pub(crate) async fn handle(
    app: &App,
    source: Source,
    record: &QueueRecord,
    left: Option<Duration>,
) -> End {
    match source {
        Source::Work(queue) => work(app, queue, record, left).await,
        Source::DeadLetters(queue) => letter(app, queue, record).await,
    }
}

/// Whether two messages of a group may be handled at the same time.
pub(crate) fn go_together(source: Source, one: &QueueRecord, other: &QueueRecord) -> bool {
    match source {
        Source::Work(_) => match (Message::parse(&one.body), Message::parse(&other.body)) {
            (Ok(one), Ok(other)) => delivery::go_together(&one, &other),
            _ => false,
        },
        Source::DeadLetters(_) => false,
    }
}

/// Has a message come again later.
pub(crate) async fn hide(app: &App, source: Source, record: &QueueRecord, seconds: u32) -> End {
    let hidden = match source {
        Source::Work(queue) => {
            if goes_on_as_a_copy(app, queue, record, seconds).await {
                return End::Done;
            }
            app.queues.later(queue, &record.receipt_handle, seconds).await
        }
        Source::DeadLetters(queue) => {
            app.queues.letter_later(queue, &record.receipt_handle, seconds).await
        }
    };
    if let Err(error) = hidden {
        // It comes back all the same, after the queue's own time.
        tracing::warn!(
            message_id = record.message_id,
            error = chain(&error),
            "a message could not be postponed"
        );
    }
    End::Again(seconds)
}

async fn work(app: &App, queue: Queue, record: &QueueRecord, left: Option<Duration>) -> End {
    let (group, deliveries) = (&record.attributes.message_group_id, record.receive_count());
    let message = match Message::parse(&record.body) {
        Ok(message) => message,
        Err(error @ MessageError::FromTheFuture(_)) => {
            tracing::error!(%error, "a message waits for a newer version of this function");
            let text = &record.body;
            return end_of(
                delivery::text_waits_for_newer(app, queue, text, group, deliveries).await,
            );
        }
        Err(error @ MessageError::Unreadable) => {
            tracing::error!(%error, message_id = record.message_id, "a message goes to the dead letters");
            return match app.queues.bury_unreadable(queue, group, &record.body).await {
                Ok(()) => End::Done,
                Err(_) => End::Again(UNREADABLE_AGAIN_SECONDS),
            };
        }
    };
    tally::tenant(message.tenant.as_str());
    telemetry::record_work(&message);
    let work = panic::catch(deliver(app, queue, &message, deliveries));
    // Without this the whole batch would be cut off with it, and nobody would know by which message.
    let ended = match left {
        Some(left) => timeout(left, work).await.ok(),
        None => Some(work.await),
    };
    let delivery = match ended {
        Some(Ok(delivery)) => delivery,
        Some(Err(panic::Panicked)) => {
            tracing::error!("handling a message panicked");
            delivery::fail(app, queue, &message, deliveries).await
        }
        None => {
            tracing::error!("handling a message did not come to an end");
            delivery::fail(app, queue, &message, deliveries).await
        }
    };
    end_of(delivery)
}

async fn letter(app: &App, queue: Queue, record: &QueueRecord) -> End {
    if let Ok(message) = Message::parse(&record.body) {
        tally::tenant(message.tenant.as_str());
        telemetry::record_work(&message);
    }
    let reason = record.message_attributes.get("reason");
    let letter = Letter {
        body: &record.body,
        reason: reason.and_then(|attribute| attribute.string_value.as_deref()),
        id: &record.message_id,
    };
    match panic::catch(dead_letters::take(app, queue, letter)).await {
        Ok(delivery) => end_of(delivery),
        Err(panic::Panicked) => {
            tracing::error!("handling a dead letter panicked");
            End::Again(FAILED_LETTER_AGAIN_SECONDS)
        }
    }
}

/// Whether a message that is held back behind another was delivered so often that a fresh copy takes its place.
async fn goes_on_as_a_copy(app: &App, queue: Queue, record: &QueueRecord, seconds: u32) -> bool {
    let Ok(message) = Message::parse(&record.body) else { return false };
    let held = delivery::hold_back(app, queue, &message, record.receive_count(), seconds).await;
    matches!(held, Ok(Delivery::Done))
}

fn end_of(delivery: Delivery) -> End {
    match delivery {
        Delivery::Done => End::Done,
        Delivery::Later { seconds } => End::Again(seconds),
    }
}
