//! Waking postings whose condition cleared: exactly those, oldest first, through their queues.

use aws::queues::Message;
use aws::table::Waker;
use domain::connection::Connection;
use domain::id::{CompanyId, TenantId};
use domain::posting::{Condition, Posting};
use domain::record::RecordKind;
use domain::settings::Settings;
use jiff::{SignedDuration, Timestamp};

use crate::delivery::enqueue_wake;
use crate::posting::amend;
use crate::{App, Error, chain, pull, workflows};

/// Clocks of two Lambda environments differ by less. What began to wait by a clock that is ahead is woken too.
const CLOCK_SKEW: SignedDuration = SignedDuration::from_secs(60);
/// Waiting postings woken in one go.
const PAGE: u32 = 100;
/// Pages woken by one invocation; the rest is left to a message, so that nobody waits for thousands of others.
const PAGES: usize = 5;

/// Wakes what waits for `condition` (its text). Done twice, it only sends messages that find nothing to do.
pub(crate) async fn waiting(app: &App, tenant: &TenantId, condition: &str) -> Result<(), Error> {
    waiting_since_before(app, tenant, condition, app.clock.now() + CLOCK_SKEW).await
}

/// Wakes what has begun to wait before `before`. What waits again after it was woken is not woken again by this.
pub(crate) async fn waiting_since_before(
    app: &App,
    tenant: &TenantId,
    condition: &str,
    before: Timestamp,
) -> Result<(), Error> {
    for _ in 0..PAGES {
        let waiting = app.table.waiting(tenant, condition, before, PAGE).await?;
        // Messages first: what is forgotten before it was sent would wait for ever.
        for kind in RecordKind::ALL {
            let of_kind = waiting.iter().filter(|waiting| waiting.posting.record == kind);
            let messages: Vec<_> = of_kind
                .map(|waiting| {
                    (Message::posting(tenant.clone(), waiting.posting.clone()), app.clock.unique())
                })
                .collect();
            app.queues.send_all(kind.into(), &messages).await?;
        }
        app.table.forget_waiting(tenant, &waiting).await?;
        if waiting.len() < PAGE as usize {
            return Ok(());
        }
    }
    enqueue_wake(app, tenant, condition, before).await
}

/// Wakes what waits for the tenant's connection, and notes that it was done. Workflows, links and books are a company's
/// own, so what waited for those of another company, or of this one before it was looked at again, waits no more either.
pub(crate) async fn connection(
    app: &App,
    tenant: &TenantId,
    company: &CompanyId,
) -> Result<(), Error> {
    let begun = app.clock.now();
    for condition in [
        Condition::Connection,
        Condition::Company(company.clone()),
        Condition::Settings,
        Condition::Mapping,
        Condition::Period,
        Condition::BillPayment,
    ] {
        waiting(app, tenant, &condition.as_text()).await?;
    }
    pull::resume(app, tenant, company).await?;
    app.table.clear_wake_pending(tenant, company, begun).await?;
    Ok(())
}

/// Wakes what waits for a choice, and notes that it was done.
pub(crate) async fn settings(
    app: &App,
    tenant: &TenantId,
    settings: &mut Settings,
) -> Result<(), Error> {
    if settings.wake_pending {
        waiting(app, tenant, &Condition::Settings.as_text()).await?;
        app.table.clear_settings_wake(tenant, settings).await?;
        settings.wake_pending = false;
    }
    Ok(())
}

/// Wakes where waking was begun before `before` by an invocation that died. How many.
pub(crate) async fn left_behind(app: &App, before: Timestamp) -> Result<usize, Error> {
    let pending = app.table.wakes_pending(before, PAGE).await?;
    for (tenant, waker) in &pending {
        tracing::warn!(%tenant, ?waker, "what waits was not woken by an invocation that died");
        if let Err(error) = again(app, tenant, *waker).await {
            // The others are no worse off for it, and the next sweep finds it again.
            tracing::error!(%tenant, ?waker, error = chain(&error), "what waits was not woken");
        }
    }
    Ok(pending.len())
}

async fn again(app: &App, tenant: &TenantId, waker: Waker) -> Result<(), Error> {
    let (mut settings, connected) = workflows::load(app, tenant).await?;
    match waker {
        Waker::Settings => self::settings(app, tenant, &mut settings).await,
        Waker::Connection => match connected.filter(Connection::must_wake) {
            Some(connected) => connection(app, tenant, &connected.company.id).await,
            None => Ok(()),
        },
    }
}

/// Wakes what waits for `posting`, and notes that it was done. Who waits on, because there is nothing to go on with, waits
/// until it is worked on again.
pub(crate) async fn dependents(
    app: &App,
    tenant: &TenantId,
    posting: &mut Posting,
) -> Result<(), Error> {
    waiting(app, tenant, &Condition::Posting(Box::new(posting.key.clone())).as_text()).await?;
    amend(app, tenant, posting, Posting::note_woken).await
}
