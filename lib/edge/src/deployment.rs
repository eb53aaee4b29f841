//! Wiring: everything a function works with, made once per cold start.

use std::time::Duration;

use aws::Names;
use aws::queues::QueueUrls;
use aws::secrets::ApiKey;
use quickbooks::{Client, Endpoints, Timeouts};
use sync::events::{Loopback, Outlet};
use sync::{App, Clock, Deadline, TokenCache, chain, governor, meter, tally};
use url::Url;

use crate::body;
use crate::config::{AwsConfig, Config, Environment, EventsConfig, QuickBooksConfig, UrlAuth};
use crate::problem::Problem;

/// What an invocation may take where nobody says, as with a local run without a deadline.
const USUAL_INVOCATION: Duration = Duration::from_secs(30);
/// A call takes seconds at most, with a batch. Who could wait longer, as an import, does not: what waits for it waits too.
const LONGEST_CALL: Duration = Duration::from_secs(12);
/// Reaching Intuit takes a fraction of a second, or does not succeed.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(3);
/// Added to the longest an invocation may run, and to what clocks may differ by, before others may take over its work.
const LEASE_MARGIN_SECONDS: u32 = 4;

/// A deployed function's means.
pub(crate) struct Deployment {
    /// What the workflows work with.
    pub(crate) app: App,
    /// How callers prove who they are.
    pub(crate) url_auth: UrlAuth,
}

/// What the first event tells about the function.
#[derive(Debug, Clone, Default)]
pub(crate) struct FirstEvent {
    /// The host name of the function's URL, if the event is a call of it.
    pub(crate) domain_name: Option<String>,
    /// How long the invocation may take.
    pub(crate) invocation: Option<Duration>,
}

impl Deployment {
    /// Wires the function. Calls nothing yet.
    pub(crate) async fn wire(config: Config, first: &FirstEvent) -> Self {
        let invocation = first.invocation.unwrap_or(USUAL_INVOCATION);
        let aws = aws::connect(names(config.aws)).await;
        let endpoints = endpoints(&config.quickbooks);
        let app = App {
            table: aws.table.counted_by(tally::table_round_trip),
            secrets: aws.secrets,
            queues: aws.queues,
            bus: aws.bus,
            files: aws.files,
            read_line: body::line,
            events: outlet(config.events),
            quickbooks: Client::new(endpoints, timeouts(invocation))
                .counted_by(tally::quickbooks_call),
            clock: Clock::default(),
            clock_skew_seconds: config.waits.clock_skew_seconds,
            policy: config.waits.retry,
            throttle_pause_seconds: config.waits.throttle_pause_seconds,
            lease_seconds: u32::try_from(invocation.as_secs())
                .unwrap_or(u32::MAX)
                .saturating_add(config.waits.clock_skew_seconds)
                .saturating_add(LEASE_MARGIN_SECONDS),
            call_time: timeouts(invocation).total,
            pull_interval_minutes: config.pull_interval_minutes,
            monthly_read_allowance: config.monthly_read_allowance,
            deadline: Deadline::default(),
            redirect_uri: redirect_uri(config.oauth_redirect_url, first.domain_name.as_deref()),
            tokens: TokenCache::default(),
            governor: governor::Known::default(),
            meter: meter::Known::default(),
        };
        Self { app, url_auth: config.url_auth }
    }

    /// The keys that open the API.
    pub(crate) async fn api_keys(&self) -> Result<Vec<ApiKey>, Problem> {
        match self.app.secrets.application(self.app.clock.now()).await {
            Ok(application) => Ok(application.api_keys.clone()),
            Err(error @ aws::secrets::Error::Unavailable(_)) => {
                tracing::warn!(error = chain(&error), "the API keys cannot be read");
                Err(Problem::unavailable())
            }
            Err(error) => {
                tracing::error!(error = chain(&error), "the API keys cannot be read");
                Err(Problem::misconfigured())
            }
        }
    }
}

fn names(config: AwsConfig) -> Names {
    Names {
        table: config.table,
        secret_prefix: config.secret_prefix,
        queues: QueueUrls {
            billing_invoice: config.billing_invoice_queue_url,
            billing_invoice_dead_letter: config.billing_invoice_dead_letter_queue_url,
            billing_payment: config.billing_payment_queue_url,
            billing_payment_dead_letter: config.billing_payment_dead_letter_queue_url,
            disbursement: config.disbursement_queue_url,
            disbursement_dead_letter: config.disbursement_dead_letter_queue_url,
            payment_pull: config.payment_pull_queue_url,
            payment_pull_dead_letter: config.payment_pull_dead_letter_queue_url,
            intuit_webhook: config.intuit_webhook_queue_url,
            intuit_webhook_dead_letter: config.intuit_webhook_dead_letter_queue_url,
            event_publisher: config.event_publisher_queue_url,
            event_publisher_dead_letter: config.event_publisher_dead_letter_queue_url,
            import: config.import_queue_url,
            import_dead_letter: config.import_dead_letter_queue_url,
        },
        event_bus: config.event_bus,
        import_bucket: config.import_bucket,
    }
}

fn outlet(config: EventsConfig) -> Outlet {
    let loopback = if config.loopback_endpoints { Loopback::Allowed } else { Loopback::Refused };
    Outlet::new(config.endpoint, loopback)
}

fn endpoints(config: &QuickBooksConfig) -> Endpoints {
    match (&config.url, config.environment) {
        (Some(url), _) => Endpoints::at(url),
        (None, Environment::Sandbox) => Endpoints::sandbox(),
        (None, Environment::Production) => Endpoints::production(),
    }
}

/// One call to QuickBooks takes at most two fifths of an invocation, so that there is time left to store what came of
/// it, and for a second call.
fn timeouts(invocation: Duration) -> Timeouts {
    let total = (invocation * 2 / 5).clamp(Duration::from_secs(2), LONGEST_CALL);
    Timeouts { connect: CONNECT_TIMEOUT.min(total), total }
}

/// Where Intuit sends people back to. Without a setting it is the host that the first call came to, which for a
/// function URL is the only one there is.
fn redirect_uri(configured: Option<Url>, domain_name: Option<&str>) -> String {
    match (configured, domain_name) {
        (Some(url), _) => url.into(),
        (None, Some(domain_name)) => format!("https://{domain_name}/oauth/callback"),
        (None, None) => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn people_come_back_to_the_configured_address_or_to_the_host_that_was_called() {
        let configured = Url::parse("https://books.example.com/oauth/callback").unwrap();
        let host = Some("x.lambda-url.us-east-1.on.aws");
        assert_eq!(redirect_uri(Some(configured.clone()), host), configured.as_str());
        assert_eq!(
            redirect_uri(None, host),
            "https://x.lambda-url.us-east-1.on.aws/oauth/callback"
        );
    }

    #[test]
    fn a_call_to_quickbooks_leaves_time_to_store_its_result() {
        for (invocation, total) in [(30, 12), (5, 2), (1, 2), (300, 12)] {
            let timeouts = timeouts(Duration::from_secs(invocation));
            assert_eq!(timeouts.total, Duration::from_secs(total), "{invocation} s");
            assert!(timeouts.connect <= timeouts.total);
        }
    }
}
