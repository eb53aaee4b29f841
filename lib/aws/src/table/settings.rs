//! Saving settings.

use aws_sdk_dynamodb::types::AttributeValue;
use domain::history::HistoryLine;
use domain::id::TenantId;
use domain::settings::{SCHEMA, Settings};
use jiff::Timestamp;

use super::item::encode;
use super::keys::Key;
use super::write::{Expression, revision_is};
use super::{Error, Table, watch};

/// Why settings were not saved.
#[derive(Debug, thiserror::Error)]
pub enum SaveError {
    /// Someone else saved them meanwhile.
    #[error("the settings were changed by someone else")]
    Conflict,
    /// The table failed.
    #[error(transparent)]
    Table(#[from] Error),
}

impl Table {
    /// Notes that what waited for a choice has been woken, unless something else was chosen since.
    pub async fn clear_settings_wake(
        &self,
        tenant: &TenantId,
        settings: &Settings,
    ) -> Result<(), Error> {
        let change = Expression::new("SET #wake_pending = :no REMOVE #watch_key, #watch_at")
            .value(":no", AttributeValue::Bool(false));
        let unchanged = revision_is(settings.revision);
        self.change(Key::settings(tenant), &change, &unchanged).await.map(|_| ())
    }

    /// Saves settings, which carry the revision they will have, together with a line of history, if there is something to
    /// tell.
    pub async fn save_settings(
        &self,
        tenant: &TenantId,
        settings: &Settings,
        line: Option<&HistoryLine>,
        now: Timestamp,
    ) -> Result<(), SaveError> {
        // Settings that were never saved come from `Default`, which knows no layout.
        let settings = Settings { schema: SCHEMA, ..settings.clone() };
        let condition = revision_is(settings.revision.saturating_sub(1));
        let mut item = encode(&settings, Key::settings(tenant));
        if settings.wake_pending {
            watch::place_waker(&mut item, now);
        }
        let mut writes = vec![self.put(item, Some(&condition))];
        writes.extend(line.map(|line| self.history_write(tenant, line)));
        let saved = self.transact_first(tenant, &settings, SCHEMA, writes).await?;
        saved.then_some(()).ok_or(SaveError::Conflict)
    }
}
