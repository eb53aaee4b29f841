//! Stands between a function and the world and counts what AWS and Intuit would bill.
//!
//! The units are AWS's own rules, applied to the items as they are before and after each write:
//! <https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/read-write-operations.html>

mod capacity;
mod forward;

use std::sync::{Arc, Mutex, PoisonError};

pub use capacity::size;
use serde::Serialize;
use serde_json::Value;
use tokio::task::JoinHandle;

use crate::program::Addresses;

/// What was used.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Units {
    /// Read request units of DynamoDB, in halves: a read that need not be consistent takes half a unit.
    pub read_halves: u64,
    /// Write request units of DynamoDB, those of its indexes included.
    pub writes: u64,
    /// Calls of DynamoDB.
    pub table_calls: u64,
    /// Requests to SQS.
    pub queue_requests: u64,
    /// Calls of Secrets Manager.
    pub secret_calls: u64,
    /// Events put on the bus.
    pub bus_events: u64,
    /// Calls of QuickBooks that Intuit does not meter: writes and tokens.
    pub quickbooks_writes: u64,
    /// Calls of QuickBooks that it meters.
    pub metered_reads: u64,
    /// Bytes sent to QuickBooks.
    pub sent_bytes: u64,
}

/// One write of one item.
#[derive(Debug, Clone)]
pub struct Written {
    /// Before; none if it was not there.
    pub old: Option<Value>,
    /// After; none if it is gone.
    pub new: Option<Value>,
}

#[derive(Default)]
struct Seen {
    units: Units,
    written: Vec<Written>,
}

/// The meter. Dropping it ends it.
pub struct Meter {
    addresses: Addresses,
    seen: Arc<Mutex<Seen>>,
    servers: [JoinHandle<()>; 2],
}

impl Meter {
    /// Stands before AWS and QuickBooks.
    pub async fn stand(before: &Addresses) -> anyhow::Result<Self> {
        let seen = Arc::<Mutex<Seen>>::default();
        let (aws, aws_server) = forward::listen(&before.aws, &seen, forward::Side::Aws).await?;
        let (quickbooks, quickbooks_server) =
            forward::listen(&before.quickbooks, &seen, forward::Side::QuickBooks).await?;
        let addresses = Addresses { aws, quickbooks };
        Ok(Self { addresses, seen, servers: [aws_server, quickbooks_server] })
    }

    /// Where functions find AWS and QuickBooks so that they are counted.
    pub fn addresses(&self) -> &Addresses {
        &self.addresses
    }

    /// What was used since it was asked last, and what was written.
    pub fn take(&self) -> (Units, Vec<Written>) {
        let seen = std::mem::take(&mut *self.seen.lock().unwrap_or_else(PoisonError::into_inner));
        (seen.units, seen.written)
    }
}

impl Drop for Meter {
    fn drop(&mut self) {
        for server in &self.servers {
            server.abort();
        }
    }
}

impl std::ops::Add for Units {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        self.zip(other, |one, two| one + two)
    }
}

impl Units {
    fn zip(self, other: Self, with: impl Fn(u64, u64) -> u64) -> Self {
        Self {
            read_halves: with(self.read_halves, other.read_halves),
            writes: with(self.writes, other.writes),
            table_calls: with(self.table_calls, other.table_calls),
            queue_requests: with(self.queue_requests, other.queue_requests),
            secret_calls: with(self.secret_calls, other.secret_calls),
            bus_events: with(self.bus_events, other.bus_events),
            quickbooks_writes: with(self.quickbooks_writes, other.quickbooks_writes),
            metered_reads: with(self.metered_reads, other.metered_reads),
            sent_bytes: with(self.sent_bytes, other.sent_bytes),
        }
    }
}
