//! The connection and the claim of its company.

use aws_sdk_dynamodb::types::AttributeValue;
use domain::connection::{Books, Connection, SCHEMA};
use domain::history::HistoryLine;
use domain::id::{CompanyId, TenantId};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::item::{Item, decode, decode_shared, encode, number, structure, text};
use super::keys::{Key, instant};
use super::write::{Expression, Refusal, absent, present};
use super::{Error, Table, watch};

/// Layout of a stored claim.
pub(super) const CLAIM_SCHEMA: u32 = 1;

/// Why a tenant was not connected.
#[derive(Debug, thiserror::Error)]
pub enum ConnectError {
    /// The company belongs to another tenant.
    #[error("the company belongs to another tenant")]
    CompanyTaken,
    /// The connection changed since it was loaded. Load and decide again.
    #[error("the connection was changed by someone else")]
    Changed,
    /// The table failed.
    #[error(transparent)]
    Table(#[from] Error),
}

/// Says to whom a company belongs.
#[derive(Debug, Serialize, Deserialize)]
struct CompanyClaim {
    schema: u32,
    tenant: TenantId,
}

impl Table {
    /// Connects a tenant: the connection, the claim of its company and a line of history, all or nothing. `previous`
    /// is the connection as it was loaded; its company is given up when it is another one. Whoever is refreshing the
    /// previous tokens loses the right to.
    pub async fn connect(
        &self,
        tenant: &TenantId,
        connection: &Connection,
        previous: Option<&Connection>,
        line: &HistoryLine,
    ) -> Result<(), ConnectError> {
        let unchanged = match previous {
            None => absent(),
            Some(previous) => {
                Expression::new("#token_generation = :generation AND #company.#id = :company")
                    .value(":generation", number(previous.token_generation))
                    .value(":company", text(previous.company.id.as_str()))
            }
        };
        let claim = CompanyClaim { schema: CLAIM_SCHEMA, tenant: tenant.clone() };
        let claim = encode(&claim, Key::company(&connection.company.id));
        let mut writes = vec![
            self.put(encode_connection(tenant, connection), Some(&unchanged)),
            self.put(claim, Some(&unclaimed_or_mine(tenant))),
            self.history_write(tenant, line),
        ];
        if let Some(previous) = previous.filter(|p| p.company.id != connection.company.id) {
            let key = Key::company(&previous.company.id);
            writes.push(self.delete(key, &unclaimed_or_mine(tenant)));
        }
        let failed = match self.transact(writes).await {
            Ok(()) => return Ok(()),
            Err(Refusal::Contended) => return Err(ConnectError::Changed),
            Err(Refusal::Table(error)) => return Err(error.into()),
            Err(Refusal::Conditions(failed)) => failed,
        };
        let mut failed = failed.into_iter();
        let stored = failed.next().flatten();
        if failed.next().flatten().is_some() {
            return Err(ConnectError::CompanyTaken);
        }
        let Some(item) = stored.flatten() else { return Err(ConnectError::Changed) };
        let stored: Connection = decode(item, tenant, SCHEMA)?;
        // The echo of our own write, whose answer was lost.
        let same = stored.token_generation == connection.token_generation
            && stored.connected_at == connection.connected_at
            && stored.company == connection.company;
        if same { Ok(()) } else { Err(ConnectError::Changed) }
    }

    /// Ends a connection; company and claim stay, so that connecting again restores everything. False when there is
    /// nothing to end.
    pub async fn disconnect(&self, tenant: &TenantId, line: &HistoryLine) -> Result<bool, Error> {
        let change = Expression::new(
            "SET #status = :disconnected REMOVE #refresh_lease_owner, #refresh_lease_until, \
             #watch_key, #watch_at, #state_key, #state_since",
        )
        .value(":disconnected", text("disconnected"));
        let condition =
            Expression::new(format!("{} AND #status <> :disconnected", present().text()));
        self.change_with_history(tenant, &change, &condition, line).await
    }

    /// Notes that QuickBooks no longer accepts the tokens of that generation. False when they are no longer the
    /// tenant's tokens, or that is known already.
    pub async fn mark_needs_reconnect(
        &self,
        tenant: &TenantId,
        generation: u64,
        line: &HistoryLine,
    ) -> Result<bool, Error> {
        let change = Expression::new(
            "SET #status = :needs_reconnect, #watch_key = :watch_key, #watch_at = :watch_at \
             REMOVE #refresh_lease_owner, #refresh_lease_until, #state_key, #state_since",
        )
        .value(":needs_reconnect", text("needs_reconnect"))
        .value(":watch_key", text(watch::NEEDS_RECONNECT))
        .value(":watch_at", text(instant(line.at)));
        let condition =
            Expression::new("#status = :connected AND #token_generation <= :generation")
                .value(":connected", text("connected"))
                .value(":generation", number(generation));
        self.change_with_history(tenant, &change, &condition, line).await
    }

    /// Lets nobody call the company before `until`. Never shortens a pause.
    pub async fn pause(&self, tenant: &TenantId, until: Timestamp) -> Result<(), Error> {
        let change =
            Expression::new("SET #paused_until = :until").value(":until", text(instant(until)));
        let condition = Expression::new(format!(
            "{} AND (attribute_not_exists(#paused_until) OR #paused_until < :until)",
            present().text()
        ));
        // A refusal means that there is nothing to pause or that a longer pause is on.
        self.change(Key::connection(tenant), &change, &condition).await.map(|_| ())
    }

    /// Notes which days a company's books take, unless the tenant is with another company by now; and that what waits for
    /// them has to be woken, lest the caller dies before it did.
    pub async fn note_books(
        &self,
        tenant: &TenantId,
        company: &CompanyId,
        books: &Books,
        now: Timestamp,
    ) -> Result<(), Error> {
        let change =
            pending("SET #company.#books = :books, ", now).value(":books", structure(books));
        self.change(Key::connection(tenant), &change, &connected_to(company)).await.map(|_| ())
    }

    /// Notes that what waits for the company has to be woken, lest the caller dies before it did.
    pub async fn mark_wake_pending(
        &self,
        tenant: &TenantId,
        company: &CompanyId,
        now: Timestamp,
    ) -> Result<(), Error> {
        let change = pending("SET ", now);
        self.change(Key::connection(tenant), &change, &connected_to(company)).await.map(|_| ())
    }

    /// Notes that what waits for the company has been woken, unless another one is connected by now, or somebody noted after
    /// `begun` that there is more to wake.
    pub async fn clear_wake_pending(
        &self,
        tenant: &TenantId,
        company: &CompanyId,
        begun: Timestamp,
    ) -> Result<(), Error> {
        let change = Expression::new(
            "SET #watch_key = :watch_key, #watch_at = #refresh_expires_at REMOVE #wake_pending",
        )
        .value(":watch_key", text(watch::TOKEN_IDLE));
        let condition = connected_to(company)
            .and(
                "(attribute_not_exists(#watch_key) OR #watch_key <> :pending OR #watch_at <= :begun)",
            )
            .value(":pending", text(watch::WAKE_PENDING))
            .value(":begun", text(instant(begun)));
        self.change(Key::connection(tenant), &change, &condition).await.map(|_| ())
    }

    /// To whom a company belongs.
    pub async fn company_tenant(&self, company: &CompanyId) -> Result<Option<TenantId>, Error> {
        let Some(item) = self.get(Key::company(company)).await? else { return Ok(None) };
        Ok(Some(decode_shared::<CompanyClaim>(item, CLAIM_SCHEMA)?.tenant))
    }

    async fn change_with_history(
        &self,
        tenant: &TenantId,
        change: &Expression,
        condition: &Expression,
        line: &HistoryLine,
    ) -> Result<bool, Error> {
        let writes = vec![
            self.update(Key::connection(tenant), change, condition),
            self.history_write(tenant, line),
        ];
        match self.transact(writes).await {
            Ok(()) => Ok(true),
            Err(Refusal::Conditions(_)) => Ok(false),
            Err(refusal) => Err(refusal.into_error()),
        }
    }
}

/// A change after which somebody has to be woken.
fn pending(change: &str, now: Timestamp) -> Expression {
    Expression::new(format!(
        "{change}#wake_pending = :wake_pending, #watch_key = :watch_key, #watch_at = :now"
    ))
    .value(":wake_pending", AttributeValue::Bool(true))
    .value(":watch_key", text(watch::WAKE_PENDING))
    .value(":now", text(instant(now)))
}

fn connected_to(company: &CompanyId) -> Expression {
    Expression::new("#company.#id = :company AND #status = :connected")
        .value(":company", text(company.as_str()))
        .value(":connected", text("connected"))
}

fn unclaimed_or_mine(tenant: &TenantId) -> Expression {
    Expression::new(format!("{} OR #tenant = :tenant", absent().text()))
        .value(":tenant", text(tenant.as_str()))
}

fn encode_connection(tenant: &TenantId, connection: &Connection) -> Item {
    let mut item = encode(connection, Key::connection(tenant));
    // Compared as text by `pause`, so it needs the form that sorts.
    if let Some(until) = connection.paused_until {
        item.insert("paused_until".to_owned(), text(instant(until)));
    }
    watch::place_connection(&mut item, connection);
    item
}
