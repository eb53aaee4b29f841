//! Which pulls are due, over all tenants, and when one stops or begins to be.

use aws::queues::{Message, Pull as Cause, Queue};
use aws::table::DuePlace;
use domain::id::{CompanyId, TenantId};
use domain::meter::Step;
use futures_util::stream::{self, TryStreamExt as _};
use jiff::Timestamp;

use super::amend;
use crate::{App, Error, chain, meter};

/// Due pulls found by one question.
const PAGE: u32 = 1000;
/// Messages of one call to the queue.
const BATCH: usize = 10;
/// Calls to the queue at a time: thousands of tenants take seconds, and one function does not use up the queue's rate.
const AT_A_TIME: usize = 8;

/// What a scheduled run did.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct FannedOut {
    /// Tenants whose pull was put into the queue.
    pub tenants: usize,
    /// The time was up before all were; the next run goes on.
    pub cut_short: bool,
    /// The allowance of metered reads will be spent: what is due waits until that is no longer so, or somebody asks.
    pub rests: bool,
}

/// Looks at the meter, and puts every pull that is due into the queue unless reads have to be spared: one message for
/// each tenant. Run twice, the queue drops the second message or the second delivery finds nothing due.
pub async fn fan_out(app: &App) -> Result<FannedOut, Error> {
    // A meter that cannot be read stops nobody.
    let step = meter::look(app).await.unwrap_or_else(|error| {
        tracing::error!(error = chain(&error), "nobody could look at the meter");
        Step::Usual
    });
    if step == Step::OnlyAsked {
        return Ok(FannedOut { rests: true, ..FannedOut::default() });
    }
    let now = app.clock.now();
    let (mut done, mut place) = (FannedOut::default(), Some(DuePlace::FIRST));
    while let Some(from) = place {
        let page = app.table.pulls_due(now, PAGE, &from).await?;
        let messages: Vec<(Message, String)> = page.due.into_iter().map(message).collect();
        done.tenants += messages.len();
        let batches = stream::iter(messages.chunks(BATCH).map(Ok));
        batches
            .try_for_each_concurrent(AT_A_TIME, async |batch| {
                app.queues.send_all(Queue::PaymentPull, batch).await
            })
            .await?;
        place = page.next;
        if place.is_some() && !app.has_time_to_store() {
            done.cut_short = true;
            break;
        }
    }
    Ok(done)
}

fn message((tenant, company, at): (TenantId, CompanyId, Timestamp)) -> (Message, String) {
    let dedup = format!("{tenant} {company} {at}");
    (Message::pull(tenant, Cause::Due { company, at }), dedup)
}

/// A tenant that is with another company now has nothing to be pulled from this one.
pub(super) async fn park_other(
    app: &App,
    tenant: &TenantId,
    company: &CompanyId,
) -> Result<(), Error> {
    amend(app, tenant, company, None, |pull| pull.parks(None)).await?;
    Ok(())
}

/// The company is connected (again): what was paid meanwhile is pulled soon.
pub(crate) async fn resume(app: &App, tenant: &TenantId, company: &CompanyId) -> Result<(), Error> {
    let now = app.clock.now();
    amend(app, tenant, company, None, |pull| {
        pull.problem = None;
        pull.due_at = pull.due_at.or(pull.on.then_some(now));
    })
    .await?;
    Ok(())
}
