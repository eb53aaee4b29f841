//! Throttled by QuickBooks: the whole company pauses, whoever notices it.

use domain::id::TenantId;
use jiff::{SignedDuration, Timestamp};

use crate::{App, Error};

/// QuickBooks documents a minute. A header that asks for more than this is a mistake somewhere.
const LONGEST_PAUSE_SECONDS: u32 = 15 * 60;

/// Lets nobody call the tenant's company for a while; until when.
pub(crate) async fn pause(
    app: &App,
    tenant: &TenantId,
    retry_after_seconds: Option<u64>,
) -> Result<Timestamp, Error> {
    let asked = retry_after_seconds.map_or(0, |asked| u32::try_from(asked).unwrap_or(u32::MAX));
    let seconds = asked.min(LONGEST_PAUSE_SECONDS).max(app.throttle_pause_seconds);
    let until = app.clock.now() + SignedDuration::from_secs(seconds.into());
    app.table.pause(tenant, until).await?;
    Ok(until)
}
