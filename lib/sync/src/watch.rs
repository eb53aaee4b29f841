//! Looking at all tenants at once: who has waited longest, whose tokens end first, who has to connect again.
//!
//! It asks sparse indexes, so it costs the same whether there are ten tenants or ten thousand.

use aws::table::{TokenEnd, Waits};
use domain::id::TenantId;
use jiff::Timestamp;

use crate::{App, Error};

/// What was seen. Times are whole units that have passed or are left, never less than nothing.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Watch {
    /// For how long the oldest of what waits for time has waited; 0 when nothing does.
    pub oldest_queued_seconds: u64,
    /// Which that is.
    pub oldest_queued: Option<String>,
    /// For how long the oldest of what waits for a condition has waited; 0 when nothing does.
    pub oldest_blocked_seconds: u64,
    /// Which that is.
    pub oldest_blocked: Option<String>,
    /// Connections that wait for a person to connect again.
    pub connections_needing_reconnect: u64,
    /// Since when the longest of them does, in seconds.
    pub longest_needing_reconnect_seconds: u64,
    /// Whose that is.
    pub longest_needing_reconnect: Option<String>,
    /// The connection whose tokens end first because nobody uses them.
    pub idle: Option<Ends>,
    /// How long ago its tokens were renewed.
    pub token_age_seconds: Option<u64>,
    /// The connection that reaches first the end that no renewal puts off.
    pub hard: Option<Ends>,
}

/// Tokens that end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ends {
    /// Whose.
    pub tenant: String,
    /// Whole days until then; 0 also when they have ended.
    pub days_left: u64,
}

/// Looks.
pub async fn look(app: &App) -> Result<Watch, Error> {
    let now = app.clock.now();
    let queued = app.table.oldest_waiting(Waits::ForTime).await?;
    let blocked = app.table.oldest_waiting(Waits::ForCondition).await?;
    let (connections, longest) = app.table.needing_reconnect().await?;
    let idle = app.table.first_token_end(TokenEnd::Idle).await?;
    let hard = app.table.first_token_end(TokenEnd::Hard).await?;
    let renewed = match &idle {
        Some((tenant, _)) => app.table.tokens_renewed_at(tenant).await?,
        None => None,
    };
    let seconds = |since: Option<Timestamp>| since.map_or(0, |since| whole(since, now, 1));
    let posting = |tenant: &TenantId, key: &str| format!("{tenant} {key}");
    Ok(Watch {
        oldest_queued_seconds: seconds(queued.as_ref().map(|(.., since)| *since)),
        oldest_queued: queued.map(|(tenant, key, _)| posting(&tenant, &key.as_text())),
        oldest_blocked_seconds: seconds(blocked.as_ref().map(|(.., since)| *since)),
        oldest_blocked: blocked.map(|(tenant, key, _)| posting(&tenant, &key.as_text())),
        connections_needing_reconnect: connections,
        longest_needing_reconnect_seconds: seconds(longest.as_ref().map(|(_, since)| *since)),
        longest_needing_reconnect: longest.map(|(tenant, _)| tenant.to_string()),
        idle: idle.map(|(tenant, at)| ends(&tenant, at, now)),
        token_age_seconds: renewed.map(|at| whole(at, now, 1)),
        hard: hard.map(|(tenant, at)| ends(&tenant, at, now)),
    })
}

fn ends(tenant: &TenantId, at: Timestamp, now: Timestamp) -> Ends {
    Ends { tenant: tenant.to_string(), days_left: whole(now, at, SECONDS_OF_A_DAY) }
}

const SECONDS_OF_A_DAY: i64 = 86_400;

/// Whole units of so many seconds between two times; 0 when they are the other way round, as clocks may have it.
fn whole(from: Timestamp, to: Timestamp, unit: i64) -> u64 {
    u64::try_from(to.duration_since(from).as_secs() / unit).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_left_is_told_in_whole_units_and_never_below_nothing() {
        let at = |text: &str| text.parse::<Timestamp>().unwrap();
        let now = at("2026-03-01T08:00:00Z");
        for (to, unit, expected) in [
            ("2026-03-01T08:00:00Z", 1, 0),
            ("2026-03-01T08:01:30.9Z", 1, 90),
            ("2026-03-02T07:59:59Z", SECONDS_OF_A_DAY, 0),
            ("2026-06-09T08:00:00Z", SECONDS_OF_A_DAY, 100),
            ("2026-02-28T08:00:00Z", SECONDS_OF_A_DAY, 0),
        ] {
            assert_eq!(whole(now, at(to), unit), expected, "{to}");
        }
    }
}
