//! The connection between a tenant and its QuickBooks company.

use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use crate::id::CompanyId;
use crate::money::Currency;

/// Layout of the stored connection that this code writes.
pub const SCHEMA: u32 = 1;

/// Whether ledgerbridge may call QuickBooks for a tenant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// Working.
    Connected,
    /// QuickBooks no longer accepts the tokens; an admin must connect again.
    NeedsReconnect,
    /// A person disconnected it.
    Disconnected,
}

/// Tenant ↔ company, as stored.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Connection {
    /// Layout of this stored item.
    pub schema: u32,
    /// Whether it works.
    pub status: Status,
    /// The company, kept while disconnected so that connecting it again restores everything.
    pub company: Company,
    /// When the tenant last connected.
    pub connected_at: Timestamp,
    /// Counts the token pairs; a refresh is done once per generation.
    pub token_generation: u64,
    /// When the refresh token dies if it is not used (100 days, rolling).
    pub refresh_expires_at: Timestamp,
    /// When the customer must connect again whatever happens (five years).
    pub hard_expires_at: Option<Timestamp>,
    /// Nobody calls this company before this time: QuickBooks throttled it.
    pub paused_until: Option<Timestamp>,
    /// Waiting postings still have to be woken after a reconnect.
    #[serde(default)]
    pub wake_pending: bool,
}

impl Connection {
    /// Whether postings that waited for this connection still have to be woken.
    pub fn must_wake(&self) -> bool {
        self.wake_pending && self.status == Status::Connected
    }

    /// The time until which the company pauses, if that is still ahead.
    pub fn pause(&self, now: Timestamp) -> Option<Timestamp> {
        self.paused_until.filter(|until| *until > now)
    }
}

/// What must be known of a company before anything is posted to it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Company {
    /// The company's id at QuickBooks.
    pub id: CompanyId,
    /// Its name.
    pub name: String,
    /// Two-letter country of the edition; decides the tax model.
    pub country: String,
    /// The edition, as QuickBooks calls it ("QuickBooks Online Plus").
    pub edition: Option<String>,
    /// Home currency.
    pub currency: Currency,
    /// Whether customers may have another currency.
    pub multicurrency: bool,
    /// Which days its books take.
    #[serde(default)]
    pub books: Books,
}

/// Which days a company's books take, as QuickBooks said when it was last asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Books {
    /// The day the company began.
    pub start: Option<Date>,
    /// The last day of the closed periods.
    pub closed_through: Option<Date>,
}

impl Company {
    /// Whether this is an edition that cannot be connected (it has no invoices, customers or accounts).
    pub fn is_unsupported_edition(edition: &str) -> bool {
        edition.to_lowercase().replace(['-', ' '], "").contains("selfemployed")
    }

    /// United States editions have TAX and NON as tax codes; all others name the calculation.
    pub fn is_us(&self) -> bool {
        self.country.eq_ignore_ascii_case("US")
    }
}
