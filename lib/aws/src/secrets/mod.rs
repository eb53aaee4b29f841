//! The secrets: Intuit's app credentials with the host's API keys in one, the tokens of each connection in another.

mod application;
mod tokens;

use std::sync::{Arc, Mutex};

use aws_config::SdkConfig;
use aws_sdk_secretsmanager::Client;
use aws_sdk_secretsmanager::config::http::HttpResponse;
use aws_sdk_secretsmanager::error::{ProvideErrorMetadata, SdkError};
use jiff::Timestamp;

use crate::failure::{Source, is_transient};

pub use application::{ApiKey, Application};
pub use tokens::Tokens;

/// The secrets of one deployment.
#[derive(Clone)]
pub struct Secrets {
    client: Client,
    prefix: String,
    application: Arc<Mutex<Option<Cached>>>,
}

struct Cached {
    application: Arc<Application>,
    read_at: Timestamp,
}

/// Why a secret could not be read or written. No variant ever holds a value.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Passes with time. A write may have happened all the same.
    #[error("the secrets cannot be reached or are throttled")]
    Unavailable(#[source] Source),
    /// Does not pass with time: the deployment is wrong.
    #[error("the secret store refuses the call")]
    Refused(#[source] Source),
    /// Whoever deployed this has not filled the secret in.
    #[error("the secret {secret} lacks {}", missing.join(", "))]
    NotConfigured {
        /// Its name.
        secret: String,
        /// The members it lacks.
        missing: Vec<&'static str>,
    },
    /// There is no such secret; the connection has been ended.
    #[error("the secret {secret} does not exist")]
    Gone {
        /// Its name.
        secret: String,
    },
    /// The secret has another shape than this version writes.
    #[error("the secret {secret} cannot be read by this version")]
    Unreadable {
        /// Its name.
        secret: String,
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

impl Secrets {
    /// The secrets whose names start with `prefix` and a slash.
    pub fn new(config: &SdkConfig, prefix: impl Into<String>) -> Self {
        Self { client: Client::new(config), prefix: prefix.into(), application: Arc::default() }
    }
}
