//! A client of the QuickBooks Online Accounting API: OAuth, typed objects, writes that can be replayed,
//! a query builder that escapes, and errors named after what the caller has to do next.
//!
//! # What it refuses to know
//!
//! Tenants, clouds, storage, workflows and the time of day. It never sleeps and never retries: a caller that
//! must not book twice has to decide that, and [`Error::class`] tells it everything needed to decide. It has
//! no float: an amount is a [`rust_decimal::Decimal`] from the socket to the caller.
//!
//! # Where to start
//!
//! - [`Endpoints`] says which QuickBooks is meant; [`Client::new`] makes the one client of a process.
//! - [`oauth`] turns a person's consent into a [`Grant`](oauth::Grant), and a grant into [`Access`].
//! - [`Write`] is a request as a value: build it, store it, then send it with [`Client::write`]. Sending the
//!   same value again is safe within the replay window of QuickBooks, because it carries its [`RequestId`].
//! - [`Batch`] puts up to thirty writes into one call, [`Client::batch`], and is a value likewise.
//! - [`Client::read`], [`Client::query`] and [`Query`] read; [`Client::changes`] asks what changed.
//! - [`webhook`] understands what Intuit sends by itself when something changed.
//! - [`entity`] holds the objects. Members that it does not know are kept, so a full update loses nothing.
//! - `classify.rs` is the one table from fault codes to [`Class`].
//!
//! ```
//! use quickbooks::entity::{Invoice, SalesLine};
//! use quickbooks::{ObjectId, RequestId, Write};
//! use rust_decimal::Decimal;
//!
//! let line = SalesLine::of_item(&ObjectId::new("11"), Decimal::new(12_500, 2));
//! let invoice = Invoice::to_customer(&ObjectId::new("58"), [line.into()]);
//! let write = Write::create(RequestId::new("bill-1042-step-1")?, &invoice);
//! assert!(write.body().contains("125.00"));
//! # Ok::<(), quickbooks::RequestIdError>(())
//! ```

mod batch;
mod cdc;
mod classify;
mod client;
mod endpoints;
pub mod entity;
mod error;
mod fault;
#[cfg(any(test, feature = "fuzz"))]
#[doc(hidden)]
pub mod fuzz;
mod ids;
pub mod oauth;
mod query;
mod secret;
mod send;
mod tally;
mod transport;
pub mod webhook;
mod write;

pub use batch::{BATCH_ITEMS_AT_MOST, Batch, BatchAnswer, BatchError, ItemId};
pub use cdc::{CDC_LOOK_BACK, CDC_OBJECTS_AT_MOST, Change, Changes};
pub use classify::Class;
pub use client::{Access, Client, Timeouts};
pub use endpoints::Endpoints;
pub use entity::{Entity, EntityKind};
pub use error::{Error, Uncertainty};
pub use fault::{Fault, FaultReply};
pub use ids::{ObjectId, RealmId, RequestId, RequestIdError, SyncToken};
pub use query::{Direction, Field, Op, Page, Query, Value};
pub use secret::{AccessToken, RefreshToken, WebhookVerifier};
pub use tally::{Count, Made};
pub use write::{Object, Operation, Write, WriteError};
