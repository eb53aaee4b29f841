//! The one table. Every write compares what it expects, so that two invocations never undo each other's work.

mod batch;
mod connection;
mod dead_letter;
mod event;
mod event_endpoint;
mod event_image;
mod governor;
mod history;
mod import;
mod in_state;
mod index;
mod issued;
mod item;
mod keys;
mod layout;
mod link;
mod list;
mod load;
mod meter;
mod notice;
mod oauth_state;
mod posting;
mod pull;
mod read;
mod refresh;
mod relink;
mod round_trips;
mod settings;
mod unfinished;
mod wait;
mod watch;
mod write;

use aws_config::SdkConfig;
use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::config::http::HttpResponse;
use aws_sdk_dynamodb::error::{ProvideErrorMetadata, SdkError};
use domain::id::TenantId;

use crate::failure::{Source, is_transient};

pub use connection::ConnectError;
pub use dead_letter::DeadLetterPage;
pub use event::{EVENTS_AT_ONCE, EventState};
pub use event_endpoint::EndpointExtras;
pub use event_image::Thing;
pub(crate) use event_image::{Images, tenant_of_key, told};
pub use history::{HistoryPage, HistoryPlace, HistorySpan};
pub use import::ImportPage;
pub use in_state::{Place, PostingsPage};
pub use issued::{IssuedPage, Put};
pub(crate) use keys::LADDER;
pub use layout::LAYOUTS;
pub use link::Claim;
pub use load::{Keys, Loaded};
pub(crate) use meter::ladder_of;
pub use notice::Noted;
pub use oauth_state::{CompanyChange, OauthState};
pub use posting::{Extras, Guard, MadeBill, WriteError};
pub use pull::{DuePage, DuePlace};
pub use refresh::Refresh;
pub use relink::{LinkPage, Relinked};
pub use settings::SaveError;
pub use wait::Waiting;
pub use watch::{TokenEnd, Waits, Waker};

/// Rounds for what DynamoDB left undone of a batch. It leaves things undone when an answer grows too large or when it
/// is throttled; more rounds without a pause would only add to the throttling, and waiting is the queue's business.
const ROUNDS: usize = 4;

/// The table of one deployment.
#[derive(Clone)]
pub struct Table {
    client: Client,
    name: String,
}

/// Why the table could not do something.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Passes with time. A write may have happened all the same.
    #[error("the table cannot be reached or is throttled")]
    Unavailable(#[source] Source),
    /// Does not pass with time: the deployment is wrong, or an item is too large.
    #[error("the table refuses the call")]
    Refused(#[source] Source),
    /// A newer version of ledgerbridge wrote the item; this one must leave it alone.
    #[error("{item} has layout {schema}, which this version does not know")]
    FromTheFuture {
        /// Its keys.
        item: String,
        /// Its layout.
        schema: u32,
    },
    /// The item cannot be read.
    #[error("{item} cannot be read")]
    Corrupt {
        /// Its keys.
        item: String,
        /// Why.
        #[source]
        source: Source,
    },
    /// The item is another tenant's. This cannot happen, and must not go on if it does.
    #[error("asked for tenant {tenant}, got {item}")]
    Foreign {
        /// Who asked.
        tenant: TenantId,
        /// The keys of what came.
        item: String,
    },
}

impl<E> From<SdkError<E, HttpResponse>> for Error
where
    E: ProvideErrorMetadata + std::error::Error + Send + Sync + 'static,
{
    fn from(error: SdkError<E, HttpResponse>) -> Self {
        if is_transient(&error) {
            Self::Unavailable(Box::new(error))
        } else {
            Self::Refused(Box::new(error))
        }
    }
}

impl Table {
    /// The table of that name.
    pub fn new(config: &SdkConfig, name: impl Into<String>) -> Self {
        Self { client: Client::new(config), name: name.into() }
    }
}
