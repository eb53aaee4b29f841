//! The queue's side: what waits for time or was woken comes back here, one message after the other for each tenant.

use aws::queues::{Message, Queue, Work};
use domain::id::TenantId;
use domain::posting::{Cause, Posting, PostingKey};
use domain::record::RecordKind;
use jiff::{SignedDuration, Timestamp};

use crate::posting::Asked;
use crate::{App, Error, chain, disbursement, events, notices, posting, pull, wake};

/// Deliveries after which a message is not simply left to SQS any more, which counts every delivery and moves a message
/// to the dead letters after 50 (`infra/template.yaml`): one that waits for time goes on as a fresh copy, one that
/// cannot be handled is given up with a reason.
const DELIVERIES_AT_MOST: u32 = 40;
/// Postings brought back by one sweep; more are found by the next.
const SWEPT_AT_MOST: u32 = 200;

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
        Work::Posting(key) => {
            deliver_posting(app, queue, message, key, Cause::Queue, deliveries).await
        }
        Work::Retry(key) => {
            deliver_posting(app, queue, message, key, Cause::Person, deliveries).await
        }
        Work::Wake(condition, before) => {
            let woken = wake::waiting_since_before(app, &message.tenant, condition, *before).await;
            woken.map(|()| Delivery::Done)
        }
        Work::Pull(cause) => pull::deliver(app, message, cause, deliveries).await,
        Work::Notices(keys) => notices::deliver(app, message, keys, deliveries).await,
        // The publisher takes these up as soon as there are endpoints.
        Work::Publish => events::deliver(app, queue, message, deliveries).await,
    };
    match handled {
        Ok(delivery) => delivery,
        Err(error) => {
            let tenant = &message.tenant;
            tracing::error!(%tenant, deliveries, error = chain(&error), "delivery failed");
            fail(app, queue, message, deliveries).await
        }
    }
}

/// What comes of a person's wish waits like after any other call of a person: with a message of its own, so that
/// coming back does not count as wishing again.
async fn deliver_posting(
    app: &App,
    queue: Queue,
    message: &Message,
    key: &PostingKey,
    cause: Cause,
    deliveries: u32,
) -> Result<Delivery, Error> {
    let tenant = &message.tenant;
    let whole = key.record == RecordKind::Disbursement && key.payee.is_none();
    let looked_at = if whole {
        disbursement::deliver(app, tenant, key, cause).await
    } else {
        posting::run(app, tenant, key, None, cause, Asked::default()).await
    };
    if cause == Cause::Person && key.payee.is_some() {
        disbursement::release_whole(app, tenant, key).await?;
    }
    let run = match looked_at {
        Err(Error::UnknownRecord) => return Ok(Delivery::Done),
        run => run?,
    };
    if run.exhausted {
        let reason = run.answer.posting.reason.as_ref();
        let code = reason.map_or("none", |reason| reason.code.as_ref());
        app.queues.bury(queue, message, code).await?;
        return Ok(Delivery::Done);
    }
    match run.again_seconds {
        Some(seconds) if cause == Cause::Queue => {
            hold_back(app, queue, message, deliveries, seconds).await
        }
        _ => Ok(Delivery::Done),
    }
}

/// A message that waits for time, its own or that of one before it.
pub async fn hold_back(
    app: &App,
    queue: Queue,
    message: &Message,
    deliveries: u32,
    seconds: u32,
) -> Result<Delivery, Error> {
    if deliveries < DELIVERIES_AT_MOST {
        return Ok(Delivery::Later { seconds });
    }
    app.queues.send(queue, message, &app.clock.unique()).await?;
    Ok(Delivery::Done)
}

/// A message whose handling failed, by an error or a panic: tried again, and in the end given up with a reason that a
/// person can read and act on.
pub async fn fail(app: &App, queue: Queue, message: &Message, deliveries: u32) -> Delivery {
    let later =
        Delivery::Later { seconds: app.policy.wait_seconds(deliveries, app.clock.random()) };
    if deliveries < DELIVERIES_AT_MOST {
        return later;
    }
    if let Work::Posting(key) | Work::Retry(key) = &message.work
        && let Err(error) = posting::give_up(app, &message.tenant, key).await
    {
        // An item that cannot even be read stays as it is; the dead letter tells the operator.
        tracing::error!(tenant = %message.tenant, error = chain(&error), "a posting could not be given up");
    }
    match app.queues.bury(queue, message, "internal").await {
        Ok(()) => Delivery::Done,
        Err(error) => {
            tracing::error!(tenant = %message.tenant, error = chain(&error), "a message could not be buried");
            later
        }
    }
}

/// Brings back postings whose invocation died: it owned them, and nobody else would look at them again. How many.
pub async fn sweep(app: &App) -> Result<usize, Error> {
    let lease = SignedDuration::from_secs(app.lease_seconds.into());
    let left = app.table.unfinished(app.clock.now() - lease, SWEPT_AT_MOST).await?;
    for (tenant, key) in &left {
        tracing::warn!(%tenant, posting = key.as_text(), "left behind by an invocation that died");
        let message = Message::posting(tenant.clone(), key.clone());
        app.queues.send(key.record.into(), &message, &app.clock.unique()).await?;
    }
    Ok(left.len())
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
    before: Timestamp,
) -> Result<(), Error> {
    let message = Message::wake(tenant.clone(), condition, before);
    app.queues.send(Queue::BillingInvoice, &message, &app.clock.unique()).await?;
    Ok(())
}
