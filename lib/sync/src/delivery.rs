//! The queue's side: what waits for time or was woken comes back here, one message after the other for each tenant.

use aws::queues::{Message, Queue, Work};
use domain::id::TenantId;
use domain::posting::{Cause, Posting, PostingKey};
use domain::reason::{Failure, Reason};
use jiff::{SignedDuration, Timestamp};

use crate::posting::{Asked, LeftAs, is_dependent};
use crate::{
    App, Error, chain, disbursement, events, imports, notices, posting, pull, tally, wake,
};

/// Deliveries after which a message that waits goes on as a fresh copy: SQS counts every delivery and moves a message to
/// the dead letters after 20 (`infra/template.yaml`), which is for those that nobody came back from.
const DELIVERIES_AT_MOST: u32 = 16;
/// Failures with which a message keeps its place: an outage of ours passes for all of a tenant's messages alike. With the
/// next one it is taken to be to blame itself.
const FAILURES_IN_PLACE: u32 = 2;
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
    // Boxed, since it waits for whatever this crate can do.
    Box::pin(look(app, queue, message, deliveries)).await
}

async fn look(app: &App, queue: Queue, message: &Message, deliveries: u32) -> Delivery {
    if message.failures > 0 && deliveries == 1 {
        // A copy of one that failed has its wait still before it, and nobody behind it.
        return Delivery::Later { seconds: wait(app, message.failures) };
    }
    // Boxed, so that the largest of them does not lie on the stack of all, several times over where nothing is optimized.
    let handled = match &message.work {
        Work::Posting(key) => {
            Box::pin(deliver_posting(app, queue, message, key, Cause::Queue, deliveries)).await
        }
        Work::Retry(key) => {
            Box::pin(deliver_posting(app, queue, message, key, Cause::Person, deliveries)).await
        }
        Work::Wake(condition, before) => {
            let woken = wake::waiting_since_before(app, &message.tenant, condition, *before).await;
            woken.map(|()| Delivery::Done)
        }
        Work::Pull(cause) => Box::pin(pull::deliver(app, message, cause, deliveries)).await,
        Work::Notices(keys) => Box::pin(notices::deliver(app, message, keys, deliveries)).await,
        // The publisher takes these up as soon as there are endpoints.
        Work::Publish => Box::pin(events::deliver(app, queue, message, deliveries)).await,
        Work::Import(id) => Box::pin(imports::deliver(app, message, id, deliveries)).await,
    };
    match handled {
        Ok(delivery) => delivery,
        Err(error) => {
            let tenant = &message.tenant;
            tracing::error!(%tenant, deliveries, error = chain(&error), "delivery failed");
            match error {
                Error::Newer(..) => wait_for_newer(app, queue, message, deliveries).await,
                _ => fail(app, queue, message, deliveries).await,
            }
        }
    }
}

/// Whether two messages can be handled at the same time, so that what they write goes out together: they are about different
/// postings of one tenant, neither of which may wait for the other.
pub fn go_together(one: &Message, other: &Message) -> bool {
    let key = |message: &Message| match &message.work {
        Work::Posting(key) | Work::Retry(key) => Some(key.clone()),
        Work::Wake(..) | Work::Pull(_) | Work::Notices(_) | Work::Publish | Work::Import(_) => None,
    };
    let (Some(one_key), Some(other_key)) = (key(one), key(other)) else { return false };
    // A disbursement as a whole works on all of its parts.
    let has_whole = one_key.payee.is_none() || other_key.payee.is_none();
    let same_record = one_key.record == other_key.record && one_key.id == other_key.id;
    one.tenant == other.tenant
        && one_key != other_key
        && !(same_record && has_whole)
        && is_dependent(&one_key) == is_dependent(&other_key)
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
    let looked_at = if disbursement::is_whole(key) {
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

/// A message whose handling failed, by an error or a panic. At first it keeps its place; then a copy that knows how often
/// it failed waits beside the tenant's others, which go on; in the end it is given up.
///
/// That others overtake it does no harm. A message says where to look and not what is there, so whoever comes looks at
/// the newest version, wherever in the line; what depends on another record waits for that record's posting; and a lease
/// and the revision keep two invocations from working on one posting at once. Exactly once rests on those, and on no
/// order of messages.
pub async fn fail(app: &App, queue: Queue, message: &Message, deliveries: u32) -> Delivery {
    let in_place = Delivery::Later { seconds: wait(app, deliveries) };
    if message.failures == 0 && deliveries <= FAILURES_IN_PLACE {
        return in_place;
    }
    let failures = message.failures.max(FAILURES_IN_PLACE) + 1;
    if app.policy.allows_another(failures) {
        return step_aside(app, queue, message, failures).await.unwrap_or(in_place);
    }
    if let Work::Posting(key) | Work::Retry(key) = &message.work
        && let Err(error) = give_up(app, &message.tenant, key, Failure::internal().reason).await
    {
        // An item that cannot even be read stays as it is; the dead letter says so to the tenant.
        tracing::error!(tenant = %message.tenant, error = chain(&error), "a posting could not be given up");
    }
    match app.queues.bury(queue, message, "internal").await {
        Ok(()) => Delivery::Done,
        Err(error) => {
            tracing::error!(tenant = %message.tenant, error = chain(&error), "a message could not be buried");
            in_place
        }
    }
}

/// Stores why a record is given up, with all of its parts that it concerns.
pub(crate) async fn give_up(
    app: &App,
    tenant: &TenantId,
    key: &PostingKey,
    reason: Reason,
) -> Result<LeftAs, Error> {
    if disbursement::is_whole(key)
        && disbursement::give_up_parts(app, tenant, key, &reason).await? == LeftAs::Busy
    {
        return Ok(LeftAs::Busy);
    }
    posting::give_up(app, tenant, key, reason).await
}

/// A newer version of this function wrote what the message is about. The message waits for that version, for as long as
/// it takes, and the tenant's others go on.
async fn wait_for_newer(app: &App, queue: Queue, message: &Message, deliveries: u32) -> Delivery {
    let seconds = app.policy.cap_seconds;
    let waits = match message.failures {
        0 => step_aside(app, queue, message, 1).await,
        _ => hold_back(app, queue, message, deliveries, seconds).await.ok(),
    };
    waits.unwrap_or(Delivery::Later { seconds })
}

/// A message that a newer version of this function wrote, and whose text is all that is known of it: likewise.
pub async fn text_waits_for_newer(
    app: &App,
    queue: Queue,
    text: &str,
    group: &str,
    deliveries: u32,
) -> Delivery {
    let in_place = Delivery::Later { seconds: app.policy.cap_seconds };
    let is_aside = group.contains('#');
    if is_aside && deliveries < DELIVERIES_AT_MOST {
        return in_place;
    }
    match app.queues.send_text_aside(queue, text, group, &app.clock.unique()).await {
        Ok(()) => Delivery::Done,
        Err(error) => {
            tracing::error!(error = chain(&error), "a message could not step aside");
            in_place
        }
    }
}

/// None: it could not, and keeps its place.
async fn step_aside(app: &App, queue: Queue, message: &Message, failures: u32) -> Option<Delivery> {
    let copy = message.after_failures(failures);
    match app.queues.send(queue, &copy, &app.clock.unique()).await {
        Ok(()) => Some(Delivery::Done),
        Err(error) => {
            tracing::error!(tenant = %message.tenant, error = chain(&error), "a message could not step aside");
            None
        }
    }
}

fn wait(app: &App, failures: u32) -> u32 {
    app.policy.wait_seconds(failures, app.clock.random())
}

/// Brings back what an invocation left that died: postings that it owned, waking that it had begun, an import that it
/// worked on. Nobody else would look at them again. How many.
pub async fn sweep(app: &App) -> Result<usize, Error> {
    let lease = SignedDuration::from_secs(app.lease_seconds.into());
    let before = app.clock.now() - lease;
    let left = app.table.unfinished(before, SWEPT_AT_MOST).await?;
    for (tenant, key) in &left {
        tracing::warn!(%tenant, posting = key.as_text(), "left behind by an invocation that died");
        let message = Message::posting(tenant.clone(), key.clone());
        app.queues.send(key.record.into(), &message, &app.clock.unique()).await?;
    }
    let found =
        left.len() + wake::left_behind(app, before).await? + imports::bring_back(app).await?;
    tally::note(|counts| counts.left_behind += u64::try_from(found).unwrap_or(u64::MAX));
    Ok(found)
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_go_together_unless_one_may_have_to_wait_for_the_other() {
        let message = |text: &str| {
            let (tenant, work) = text.split_once(' ').unwrap();
            let tenant = TenantId::parse(tenant).unwrap();
            match PostingKey::parse(work.trim_end_matches('?')) {
                Some(key) if work.ends_with('?') => Message::retry(tenant, key),
                Some(key) => Message::posting(tenant, key),
                None => Message::wake(tenant, work, Timestamp::UNIX_EPOCH),
            }
        };
        let whole = "t brokerage_income#disbursement#D1";
        let part = "t agent_expense#disbursement#D1#A1";
        for (one, other, expected) in [
            ("t agent_billing#bill#B1", "t agent_billing#bill#B2", true),
            ("t agent_billing#bill#B1", "t agent_billing#bill#B2?", true),
            ("t agent_billing#bill#B1", "t agent_billing#bill#B1", false),
            ("t agent_billing#bill#B1", "t agent_billing#bill#B1?", false),
            ("t agent_billing#bill#B1", "u agent_billing#bill#B2", false),
            ("t agent_billing#bill#B1", "t agent_billing#payment#P1", false),
            ("t agent_billing#payment#P1", "t agent_billing#payment#P2", true),
            ("t agent_billing#bill#B1", "t connection", false),
            (whole, part, false),
            (whole, "t brokerage_income#disbursement#D2", true),
            (whole, "t agent_expense#disbursement#D2#A1", true),
            (part, "t agent_expense#disbursement#D1#A2", true),
            (part, part, false),
        ] {
            let (first, second) = (message(one), message(other));
            assert_eq!(go_together(&first, &second), expected, "{one}, {other}");
            assert_eq!(go_together(&second, &first), expected, "{other}, {one}");
        }
    }
}
