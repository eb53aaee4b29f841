//! The queue's side: what waits for time or was woken comes back here, one message after the other for each tenant.

use aws::queues::{Message, Queue, Work};
use domain::id::TenantId;
use domain::posting::{Cause, Posting, PostingKey};

use crate::{App, Error, chain, posting, wake};

/// Deliveries after which a message that waits for time goes on as a fresh copy, since SQS counts every delivery and
/// moves the message to the dead letters after 50 (`infra/template.yaml`). A throttled company must not lose records.
const DELIVERIES_BEFORE_A_COPY: u32 = 40;

/// What the queue is to do with a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Delivery {
    /// Delete it.
    Done,
    /// Show it again after this time.
    Later {
        /// How long.
        seconds: u32,
    },
}

/// Handles one message. Errors are logged here and become another delivery.
pub async fn deliver(app: &App, queue: Queue, message: &Message, deliveries: u32) -> Delivery {
    let handled = match &message.work {
        Work::Posting(key) => deliver_posting(app, queue, message, key, deliveries).await,
        Work::Wake(condition) => {
            wake::waiting(app, &message.tenant, condition).await.map(|()| Delivery::Done)
        }
    };
    handled.unwrap_or_else(|error| {
        tracing::error!(tenant = %message.tenant, deliveries, error = chain(&error), "delivery failed");
        Delivery::Later { seconds: app.policy.wait_seconds(deliveries, app.clock.random()) }
    })
}

async fn deliver_posting(
    app: &App,
    queue: Queue,
    message: &Message,
    key: &PostingKey,
    deliveries: u32,
) -> Result<Delivery, Error> {
    let run = match posting::run(app, &message.tenant, key, None, Cause::Queue).await {
        Err(Error::UnknownRecord) => return Ok(Delivery::Done),
        run => run?,
    };
    let reason = run.answer.posting.reason.as_ref().map_or("none", |reason| reason.code.as_ref());
    if run.exhausted {
        app.queues.bury(queue, message, reason).await?;
        return Ok(Delivery::Done);
    }
    match run.again_seconds {
        Some(_) if deliveries >= DELIVERIES_BEFORE_A_COPY => {
            app.queues.send(queue, message, &app.clock.unique()).await?;
            Ok(Delivery::Done)
        }
        Some(seconds) => Ok(Delivery::Later { seconds }),
        None => Ok(Delivery::Done),
    }
}

/// Puts a posting into its queue. Twenty calls that find the same revision send one message.
pub(crate) async fn enqueue(app: &App, tenant: &TenantId, posting: &Posting) -> Result<(), Error> {
    let message = Message::posting(tenant.clone(), posting.key.clone());
    let dedup = domain::fingerprint::of(&(&posting.key, posting.revision));
    app.queues.send(posting.key.record.into(), &message, &dedup).await?;
    Ok(())
}

/// Puts the rest of a long wake-up into a queue.
pub(crate) async fn enqueue_wake(
    app: &App,
    tenant: &TenantId,
    condition: &str,
) -> Result<(), Error> {
    let message = Message::wake(tenant.clone(), condition);
    app.queues.send(Queue::BillingInvoice, &message, &app.clock.unique()).await?;
    Ok(())
}

/// The condition that a message names, for logs.
pub fn task_name(message: &Message) -> String {
    match &message.work {
        Work::Posting(key) => key.as_text(),
        Work::Wake(condition) => format!("wake {condition}"),
    }
}
