//! The lease that lets one invocation at a time refresh a tenant's tokens. It lives in the connection's item, beside
//! the connection.

use aws_sdk_dynamodb::types::AttributeValue;
use domain::connection::{Connection, SCHEMA, Status};
use domain::id::TenantId;
use jiff::Timestamp;

use super::item::{decode, number, text, text_of};
use super::keys::{Key, instant};
use super::write::Expression;
use super::{Error, Table, watch};

/// Who refreshes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refresh {
    /// The caller, until the time it asked for.
    Won,
    /// Someone else; look again before this time.
    Busy {
        /// Afterwards anyone may take over.
        until: Timestamp,
    },
    /// Nobody needs to: the tokens are of another generation by now. Read them again.
    Done {
        /// Theirs.
        generation: u64,
    },
    /// Nobody may: the tenant is not connected.
    NotConnected,
}

impl Table {
    /// Asks for the right to refresh the tokens of a generation. Asking again with the same `owner` renews it.
    pub async fn acquire_refresh(
        &self,
        tenant: &TenantId,
        generation: u64,
        owner: &str,
        now: Timestamp,
        until: Timestamp,
    ) -> Result<Refresh, Error> {
        let change =
            Expression::new("SET #refresh_lease_owner = :owner, #refresh_lease_until = :until")
                .value(":owner", text(owner))
                .value(":until", text(instant(until)));
        let condition = Expression::new(
            "#status = :connected AND #token_generation = :generation AND \
             (attribute_not_exists(#refresh_lease_until) OR #refresh_lease_until < :now \
             OR #refresh_lease_owner = :owner)",
        )
        .value(":connected", text("connected"))
        .value(":generation", number(generation))
        .value(":now", text(instant(now)));
        let Err(stored) = self.change(Key::connection(tenant), &change, &condition).await? else {
            return Ok(Refresh::Won);
        };
        let Some(item) = stored else { return Ok(Refresh::NotConnected) };
        let lease = text_of(&item, "refresh_lease_until").and_then(|text| text.parse().ok());
        let connection: Connection = decode(item, tenant, SCHEMA)?;
        Ok(if connection.status != Status::Connected {
            Refresh::NotConnected
        } else if connection.token_generation != generation {
            Refresh::Done { generation: connection.token_generation }
        } else {
            Refresh::Busy { until: lease.unwrap_or(now) }
        })
    }

    /// Publishes the new generation, whose tokens the caller has stored, and gives the right back. False when the
    /// caller no longer had it.
    pub async fn finish_refresh(
        &self,
        tenant: &TenantId,
        owner: &str,
        new_generation: u64,
        refresh_expires_at: Timestamp,
        hard_expires_at: Option<Timestamp>,
        now: Timestamp,
    ) -> Result<bool, Error> {
        let renewed = |place: &str| {
            let hard_expiry = if hard_expires_at.is_some() {
                ", #hard_expires_at = :hard_expires_at, #state_key = :state_key, #state_since = :state_since REMOVE "
            } else {
                " REMOVE #hard_expires_at, #state_key, #state_since, "
            };
            let change = Expression::new(format!(
                "SET #token_generation = :generation, #refresh_expires_at = :refresh_expires_at, \
                 #refreshed_by = :owner, #refreshed_at = :now{place}{hard_expiry}\
                 #refresh_lease_owner, #refresh_lease_until"
            ))
            .value(":generation", number(new_generation))
            .value(":refresh_expires_at", text(instant(refresh_expires_at)))
            .value(":now", text(instant(now)))
            .value(":owner", text(owner));
            let Some(at) = hard_expires_at else { return change };
            change
                .value(":hard_expires_at", text(instant(at)))
                .value(":state_key", text(watch::TOKEN_HARD))
                .value(":state_since", text(instant(at)))
        };
        let change = renewed(", #watch_key = :watch_key, #watch_at = :refresh_expires_at")
            .value(":watch_key", text(watch::TOKEN_IDLE));
        let condition = Expression::new(
            "#refresh_lease_owner = :owner AND \
             (attribute_not_exists(#wake_pending) OR #wake_pending = :no)",
        )
        .value(":no", AttributeValue::Bool(false));
        let mut changed = self.change(Key::connection(tenant), &change, &condition).await?;
        if let Err(Some(item)) = &changed
            && text_of(item, "refresh_lease_owner") == Some(owner)
        {
            // It keeps its place among those that still have to wake others.
            let condition = Expression::new("#refresh_lease_owner = :owner");
            changed = self.change(Key::connection(tenant), &renewed(""), &condition).await?;
        }
        let Err(stored) = changed else { return Ok(true) };
        // The SDK repeats a call whose answer was lost; the repetition finds the lease gone and its own traces.
        Ok(stored.is_some_and(|item| {
            text_of(&item, "refreshed_by") == Some(owner)
                && item.get("token_generation") == Some(&number(new_generation))
        }))
    }

    /// Gives the right back without new tokens.
    pub async fn release_refresh(&self, tenant: &TenantId, owner: &str) -> Result<(), Error> {
        let change = Expression::new("REMOVE #refresh_lease_owner, #refresh_lease_until");
        let condition =
            Expression::new("#refresh_lease_owner = :owner").value(":owner", text(owner));
        self.change(Key::connection(tenant), &change, &condition).await.map(|_| ())
    }
}
