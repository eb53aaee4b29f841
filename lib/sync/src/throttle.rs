//! Throttled by QuickBooks: the whole company pauses, whoever notices it, and goes on more slowly.

use domain::id::{CompanyId, TenantId};
use jiff::{SignedDuration, Timestamp};

use crate::{App, Error, chain, governor};

/// QuickBooks documents a minute. A header that asks for more than this is a mistake somewhere.
const LONGEST_PAUSE_SECONDS: u32 = 15 * 60;

/// Lets nobody call the tenant's company for a while; until when.
pub(crate) async fn pause(
    app: &App,
    tenant: &TenantId,
    company: &CompanyId,
    retry_after_seconds: Option<u64>,
) -> Result<Timestamp, Error> {
    let until = until(app, retry_after_seconds);
    app.table.pause(tenant, until).await?;
    if let Err(error) = governor::slow_down(app, tenant, company, until).await {
        // The pause is what matters.
        tracing::warn!(%tenant, error = chain(&error), "the pace after the pause is the usual one");
    }
    Ok(until)
}

/// Until when nobody is to call a company that QuickBooks throttles now.
pub(crate) fn until(app: &App, retry_after_seconds: Option<u64>) -> Timestamp {
    let asked = retry_after_seconds.map_or(0, |asked| u32::try_from(asked).unwrap_or(u32::MAX));
    let seconds = asked.min(LONGEST_PAUSE_SECONDS).max(app.throttle_pause_seconds);
    app.clock.now() + SignedDuration::from_secs(seconds.into())
}
