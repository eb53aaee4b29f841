//! Where ledgerbridge keeps things: the DynamoDB table, the secrets, the files of imports and the work queues; and the bus on which it tells
//! what happened.
//!
//! It stores and hands back what [`domain`] defines and decides nothing itself; it refuses to know QuickBooks, HTTP
//! and the clock (times come in as arguments). There is no second implementation for tests: those talk to an emulator.
//! Start at [`connect`], then [`table::Table`].

pub mod bus;
pub mod files;
pub mod queues;
pub mod secrets;
pub mod stream;
pub mod table;

mod failure;

use std::time::Duration;

use aws_config::environment::{
    EnvironmentVariableCredentialsProvider, EnvironmentVariableRegionProvider,
};
use aws_config::retry::RetryConfig;
use aws_config::timeout::TimeoutConfig;
use aws_config::{BehaviorVersion, ConfigLoader};
use aws_smithy_http_client::Builder;
use aws_smithy_http_client::tls::{Provider, rustls_provider::CryptoMode};

pub use aws_config::SdkConfig;

use bus::Bus;
use files::Files;
use queues::{QueueUrls, Queues};
use secrets::Secrets;
use table::Table;

/// One call with its repetitions. A function that answers people has about 25 s and makes several calls.
const OPERATION_TIMEOUT: Duration = Duration::from_secs(8);
/// One attempt. These services answer within milliseconds; one that hangs must leave time for another.
const ATTEMPT_TIMEOUT: Duration = Duration::from_millis(2500);
/// Reaching a service of the same region takes milliseconds.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(2);
/// The usual number: a single lost packet or throttled call is not worth a word to anyone.
const ATTEMPTS: u32 = 3;
/// The default of a second would be most of [`OPERATION_TIMEOUT`].
const FIRST_BACKOFF: Duration = Duration::from_millis(100);

/// What the deployment calls its resources.
#[derive(Debug, Clone)]
pub struct Names {
    /// The table.
    pub table: String,
    /// What every secret's name starts with, without the slash.
    pub secret_prefix: String,
    /// The queues.
    pub queues: QueueUrls,
    /// The event bus.
    pub event_bus: String,
    /// The bucket with the files of imports.
    pub import_bucket: String,
}

/// The services; all but the files over one connection pool.
#[derive(Clone)]
pub struct Aws {
    /// The table.
    pub table: Table,
    /// The secrets.
    pub secrets: Secrets,
    /// The queues.
    pub queues: Queues,
    /// The event bus.
    pub bus: Bus,
    /// The files of imports.
    pub files: Files,
}

/// Sets the services up with the region, credentials and endpoint in the usual `AWS_…` variables. Calls nothing yet.
pub async fn connect(names: Names) -> Aws {
    // A Lambda function has its credentials in the environment. The default chain would also look for them in files,
    // at STS and on the network, which only makes a wrong deployment slower to say so.
    let loader = defaults()
        .region(EnvironmentVariableRegionProvider::new())
        .credentials_provider(EnvironmentVariableCredentialsProvider::new());
    open(&configure(loader).await, names)
}

/// Sets the services up on a given configuration.
pub fn open(config: &SdkConfig, names: Names) -> Aws {
    Aws {
        table: Table::new(config, names.table),
        secrets: Secrets::new(config, names.secret_prefix),
        queues: Queues::new(config, names.queues),
        bus: Bus::new(config, names.event_bus),
        files: Files::new(config, names.import_bucket),
    }
}

/// The limits that every configuration here starts from.
pub fn defaults() -> ConfigLoader {
    aws_config::defaults(BehaviorVersion::latest())
        .retry_config(
            RetryConfig::standard().with_max_attempts(ATTEMPTS).with_initial_backoff(FIRST_BACKOFF),
        )
        .timeout_config(
            TimeoutConfig::builder()
                .connect_timeout(CONNECT_TIMEOUT)
                .operation_attempt_timeout(ATTEMPT_TIMEOUT)
                .operation_timeout(OPERATION_TIMEOUT)
                .build(),
        )
}

/// Completes a configuration with the HTTP client that all services share.
pub async fn configure(loader: ConfigLoader) -> SdkConfig {
    let config = loader.load().await;
    // Reading the machine's root certificates takes up to 10 ms of a cold start, and an emulator needs none.
    let is_plain = config.endpoint_url().is_some_and(|url| url.starts_with("http://"));
    let client = if is_plain {
        Builder::new().build_http()
    } else {
        Builder::new().tls_provider(Provider::Rustls(CryptoMode::Ring)).build_https()
    };
    config.to_builder().http_client(client).build()
}
