//! The one place that reads the environment: everything a function is told when it starts.

use std::fmt;

use domain::retry::Policy;
use url::Url;

/// Failed attempts after which a posting is given up with the remedy "retry". With the template's waits that is
/// about an hour, longer than QuickBooks' usual incidents.
const MAX_ATTEMPTS: u32 = 12;

/// What tells deployments in one account apart.
const ENVIRONMENT_NAME: &str = "ENVIRONMENT_NAME";

/// Everything a function is told when it starts.
#[derive(Debug, Clone)]
pub struct Config {
    /// What it owns in AWS.
    pub aws: AwsConfig,
    /// Which QuickBooks it talks to.
    pub quickbooks: QuickBooksConfig,
    /// Where QuickBooks sends people back to; absent: derived from the request's host.
    pub oauth_redirect_url: Option<Url>,
    /// How long it waits.
    pub waits: WaitConfig,
    /// How often a tenant's payments are pulled when nobody says.
    pub pull_interval_minutes: u32,
    /// Calls that Intuit meters which a month allows; 0 when there is no limit.
    pub monthly_read_allowance: u64,
    /// Where events go.
    pub events: EventsConfig,
    /// Who may call it.
    pub url_auth: UrlAuth,
}

/// The names of a deployment's table, secrets, bucket and queues.
#[derive(Debug, Clone)]
pub struct AwsConfig {
    /// The one table.
    pub table: String,
    /// What every secret's name starts with.
    pub secret_prefix: String,
    /// Work of billing-invoice.
    pub billing_invoice_queue_url: String,
    /// Work of billing-payment.
    pub billing_payment_queue_url: String,
    /// Work of disbursement.
    pub disbursement_queue_url: String,
    /// What billing-invoice gave up.
    pub billing_invoice_dead_letter_queue_url: String,
    /// What billing-payment gave up.
    pub billing_payment_dead_letter_queue_url: String,
    /// What disbursement gave up.
    pub disbursement_dead_letter_queue_url: String,
    /// Work of payment-pull.
    pub payment_pull_queue_url: String,
    /// What payment-pull gave up.
    pub payment_pull_dead_letter_queue_url: String,
    /// Work of intuit-webhook.
    pub intuit_webhook_queue_url: String,
    /// What intuit-webhook gave up.
    pub intuit_webhook_dead_letter_queue_url: String,
    /// Work of event-publisher.
    pub event_publisher_queue_url: String,
    /// What event-publisher gave up.
    pub event_publisher_dead_letter_queue_url: String,
    /// Work of import.
    pub import_queue_url: String,
    /// What import gave up.
    pub import_dead_letter_queue_url: String,
    /// The bus that hears of every event.
    pub event_bus: String,
    /// The bucket with the files of imports.
    pub import_bucket: String,
}

/// Which QuickBooks is meant.
#[derive(Debug, Clone)]
pub struct QuickBooksConfig {
    /// Sandbox or production companies.
    pub environment: Environment,
    /// Replaces Intuit's addresses, for a simulator.
    pub url: Option<Url>,
}

/// Which companies the Intuit app may connect.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Environment {
    /// Developers' companies.
    Sandbox,
    /// Real books.
    Production,
}

/// How long to wait, and how often to try.
#[derive(Debug, Clone, Copy)]
pub struct WaitConfig {
    /// Waits between attempts.
    pub retry: Policy,
    /// How long a company rests after QuickBooks throttled it.
    pub throttle_pause_seconds: u32,
    /// By how much the clocks of two environments may differ.
    pub clock_skew_seconds: u32,
}

/// Where events go, beside the bus.
#[derive(Debug, Clone)]
pub struct EventsConfig {
    /// The endpoint of every tenant that has none of its own.
    pub endpoint: Option<Url>,
    /// Whether endpoints may be on this machine, which only a local stack says.
    pub loopback_endpoints: bool,
}

/// How callers prove who they are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum UrlAuth {
    /// An API key as bearer token.
    ApiKey,
    /// A request signed for AWS, which Lambda has verified before the function sees it.
    AwsIam,
}

/// Everything that is wrong with the environment, at once.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ConfigError {
    /// Variables that are not set, or empty.
    pub missing: Vec<&'static str>,
    /// Variables whose value cannot be used, with what would be right.
    pub invalid: Vec<(&'static str, &'static str)>,
}

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the function's environment is not usable:")?;
        for name in &self.missing {
            write!(f, " {name} is not set;")?;
        }
        for (name, expected) in &self.invalid {
            write!(f, " {name} must be {expected};")?;
        }
        f.write_str(" set them as infra/template.yaml does")
    }
}

impl std::error::Error for ConfigError {}

impl Config {
    /// Reads the function's environment.
    pub fn from_env() -> Result<Self, ConfigError> {
        Self::read(&variable)
    }

    fn read(lookup: &dyn Fn(&str) -> Option<String>) -> Result<Self, ConfigError> {
        let mut reader = Reader { lookup, error: ConfigError::default() };
        // For the metrics, which need it before anything can go wrong.
        reader.text(ENVIRONMENT_NAME);
        let config = Self {
            aws: AwsConfig {
                table: reader.text("TABLE_NAME"),
                secret_prefix: reader.text("SECRET_PREFIX"),
                billing_invoice_queue_url: reader.text("BILLING_INVOICE_QUEUE_URL"),
                billing_payment_queue_url: reader.text("BILLING_PAYMENT_QUEUE_URL"),
                disbursement_queue_url: reader.text("DISBURSEMENT_QUEUE_URL"),
                billing_invoice_dead_letter_queue_url: reader
                    .text("BILLING_INVOICE_DEAD_LETTER_QUEUE_URL"),
                billing_payment_dead_letter_queue_url: reader
                    .text("BILLING_PAYMENT_DEAD_LETTER_QUEUE_URL"),
                disbursement_dead_letter_queue_url: reader
                    .text("DISBURSEMENT_DEAD_LETTER_QUEUE_URL"),
                payment_pull_queue_url: reader.text("PAYMENT_PULL_QUEUE_URL"),
                payment_pull_dead_letter_queue_url: reader
                    .text("PAYMENT_PULL_DEAD_LETTER_QUEUE_URL"),
                intuit_webhook_queue_url: reader.text("INTUIT_WEBHOOK_QUEUE_URL"),
                intuit_webhook_dead_letter_queue_url: reader
                    .text("INTUIT_WEBHOOK_DEAD_LETTER_QUEUE_URL"),
                event_publisher_queue_url: reader.text("EVENT_PUBLISHER_QUEUE_URL"),
                event_publisher_dead_letter_queue_url: reader
                    .text("EVENT_PUBLISHER_DEAD_LETTER_QUEUE_URL"),
                import_queue_url: reader.text("IMPORT_QUEUE_URL"),
                import_dead_letter_queue_url: reader.text("IMPORT_DEAD_LETTER_QUEUE_URL"),
                event_bus: reader.text("EVENT_BUS_NAME"),
                import_bucket: reader.text("IMPORT_BUCKET"),
            },
            quickbooks: QuickBooksConfig {
                environment: reader.environment("QUICKBOOKS_ENVIRONMENT"),
                url: reader.url("QUICKBOOKS_URL"),
            },
            oauth_redirect_url: reader.url("OAUTH_REDIRECT_URL"),
            waits: WaitConfig {
                retry: Policy {
                    base_seconds: reader.seconds("RETRY_BASE_SECONDS"),
                    cap_seconds: reader.seconds("RETRY_CAP_SECONDS"),
                    max_attempts: MAX_ATTEMPTS,
                },
                throttle_pause_seconds: reader.seconds("THROTTLE_PAUSE_SECONDS"),
                clock_skew_seconds: reader.seconds("CLOCK_SKEW_SECONDS"),
            },
            pull_interval_minutes: reader.minutes("PULL_INTERVAL_MINUTES"),
            monthly_read_allowance: reader.reads("MONTHLY_READ_ALLOWANCE"),
            events: EventsConfig {
                endpoint: reader.url("EVENT_ENDPOINT_URL"),
                loopback_endpoints: reader.allowed("EVENT_LOOPBACK_ENDPOINTS"),
            },
            url_auth: reader.url_auth("URL_AUTH"),
        };
        if reader.error == ConfigError::default() { Ok(config) } else { Err(reader.error) }
    }
}

/// What the deployment is called. Read on its own for the same reason as the level; [`Config::from_env`] insists on it.
pub fn environment_name() -> Option<String> {
    variable(ENVIRONMENT_NAME).map(|name| name.trim().to_owned()).filter(|name| !name.is_empty())
}

/// The level of `LOG_LEVEL`, or `info`. Read on its own because logging starts before anything can go wrong.
pub fn log_level() -> tracing::level_filters::LevelFilter {
    variable("LOG_LEVEL")
        .and_then(|level| level.parse().ok())
        .unwrap_or(tracing::level_filters::LevelFilter::INFO)
}

#[expect(clippy::disallowed_methods, reason = "this is the one place that reads the environment")]
fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok()
}

struct Reader<'a> {
    lookup: &'a dyn Fn(&str) -> Option<String>,
    error: ConfigError,
}

impl Reader<'_> {
    /// A template passes an empty text for a parameter that was not given, so empty is not set.
    fn optional(&self, name: &str) -> Option<String> {
        (self.lookup)(name).map(|text| text.trim().to_owned()).filter(|text| !text.is_empty())
    }

    fn text(&mut self, name: &'static str) -> String {
        self.optional(name).unwrap_or_else(|| {
            self.error.missing.push(name);
            String::new()
        })
    }

    fn seconds(&mut self, name: &'static str) -> u32 {
        let Some(text) = self.optional(name) else {
            self.error.missing.push(name);
            return 0;
        };
        match text.parse() {
            // SQS hides a message for at most 12 hours:
            // https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-visibility-timeout.html
            Ok(seconds @ 1..=43_200) => seconds,
            _ => {
                self.error.invalid.push((name, "a whole number of seconds from 1 to 43200"));
                0
            }
        }
    }

    fn minutes(&mut self, name: &'static str) -> u32 {
        let Some(text) = self.optional(name) else {
            self.error.missing.push(name);
            return 0;
        };
        match text.parse() {
            Ok(minutes) if domain::pull::INTERVAL_MINUTES.contains(&minutes) => minutes,
            _ => {
                self.error.invalid.push((name, "a whole number of minutes from 5 to 10080"));
                0
            }
        }
    }

    fn reads(&mut self, name: &'static str) -> u64 {
        let Some(text) = self.optional(name) else {
            self.error.missing.push(name);
            return 0;
        };
        text.parse().unwrap_or_else(|_| {
            self.error.invalid.push((name, "a whole number of reads, or 0 for no limit"));
            0
        })
    }

    fn allowed(&mut self, name: &'static str) -> bool {
        match self.optional(name).as_deref() {
            None | Some("refused") => false,
            Some("allowed") => true,
            Some(_) => {
                self.error.invalid.push((name, "allowed or refused"));
                false
            }
        }
    }

    fn url(&mut self, name: &'static str) -> Option<Url> {
        let url = Url::parse(&self.optional(name)?).ok();
        match url.filter(|url| matches!(url.scheme(), "http" | "https") && url.has_host()) {
            Some(url) => Some(url),
            None => {
                self.error.invalid.push((name, "an http or https address"));
                None
            }
        }
    }

    fn environment(&mut self, name: &'static str) -> Environment {
        match self.optional(name).as_deref() {
            Some("production") => Environment::Production,
            Some("sandbox") => Environment::Sandbox,
            Some(_) => {
                self.error.invalid.push((name, "sandbox or production"));
                Environment::Sandbox
            }
            None => {
                self.error.missing.push(name);
                Environment::Sandbox
            }
        }
    }

    fn url_auth(&mut self, name: &'static str) -> UrlAuth {
        match self.optional(name).map(|text| text.to_ascii_lowercase()).as_deref() {
            // NONE is what a function URL without AWS_IAM calls it.
            None | Some("api_key" | "none") => UrlAuth::ApiKey,
            Some("aws_iam") => UrlAuth::AwsIam,
            Some(_) => {
                self.error.invalid.push((name, "api_key or aws_iam"));
                UrlAuth::ApiKey
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const COMPLETE: &[(&str, &str)] = &[
        ("ENVIRONMENT_NAME", "test"),
        ("TABLE_NAME", "ledgerbridge-test"),
        ("SECRET_PREFIX", "ledgerbridge-test"),
        ("BILLING_INVOICE_QUEUE_URL", "http://localhost/invoice.fifo"),
        ("BILLING_PAYMENT_QUEUE_URL", "http://localhost/payment.fifo"),
        ("DISBURSEMENT_QUEUE_URL", "http://localhost/disbursement.fifo"),
        ("BILLING_INVOICE_DEAD_LETTER_QUEUE_URL", "http://localhost/invoice-dead.fifo"),
        ("BILLING_PAYMENT_DEAD_LETTER_QUEUE_URL", "http://localhost/payment-dead.fifo"),
        ("DISBURSEMENT_DEAD_LETTER_QUEUE_URL", "http://localhost/disbursement-dead.fifo"),
        ("PAYMENT_PULL_QUEUE_URL", "http://localhost/pull.fifo"),
        ("PAYMENT_PULL_DEAD_LETTER_QUEUE_URL", "http://localhost/pull-dead.fifo"),
        ("INTUIT_WEBHOOK_QUEUE_URL", "http://localhost/webhook.fifo"),
        ("INTUIT_WEBHOOK_DEAD_LETTER_QUEUE_URL", "http://localhost/webhook-dead.fifo"),
        ("EVENT_PUBLISHER_QUEUE_URL", "http://localhost/events.fifo"),
        ("EVENT_PUBLISHER_DEAD_LETTER_QUEUE_URL", "http://localhost/events-dead.fifo"),
        ("IMPORT_QUEUE_URL", "http://localhost/import.fifo"),
        ("IMPORT_DEAD_LETTER_QUEUE_URL", "http://localhost/import-dead.fifo"),
        ("EVENT_BUS_NAME", "ledgerbridge-test"),
        ("IMPORT_BUCKET", "ledgerbridge-test-imports"),
        ("PULL_INTERVAL_MINUTES", "1440"),
        ("MONTHLY_READ_ALLOWANCE", "500000"),
        ("QUICKBOOKS_ENVIRONMENT", "sandbox"),
        ("QUICKBOOKS_URL", ""),
        ("OAUTH_REDIRECT_URL", ""),
        ("RETRY_BASE_SECONDS", "5"),
        ("RETRY_CAP_SECONDS", "900"),
        ("THROTTLE_PAUSE_SECONDS", "60"),
        ("CLOCK_SKEW_SECONDS", "30"),
    ];

    fn read(changes: &[(&str, &str)]) -> Result<Config, ConfigError> {
        Config::read(&|name| {
            let find = |pairs: &[(&str, &str)]| {
                pairs.iter().find(|(key, _)| *key == name).map(|(_, value)| (*value).to_owned())
            };
            find(changes).or_else(|| find(COMPLETE))
        })
    }

    #[test]
    fn empty_optional_variables_count_as_not_set() {
        let config = read(&[]).unwrap();
        assert_eq!(config.quickbooks.url, None);
        assert_eq!(config.oauth_redirect_url, None);
        assert_eq!(config.url_auth, UrlAuth::ApiKey);
        assert_eq!(config.waits.retry.cap_seconds, 900);
        assert_eq!(read(&[("URL_AUTH", "AWS_IAM")]).unwrap().url_auth, UrlAuth::AwsIam);
    }

    #[test]
    fn one_error_names_every_variable_that_is_missing_or_wrong() {
        let error = read(&[
            ("TABLE_NAME", " "),
            ("SECRET_PREFIX", ""),
            ("QUICKBOOKS_ENVIRONMENT", "prod"),
            ("QUICKBOOKS_URL", "localhost:1"),
            ("RETRY_CAP_SECONDS", "-1"),
            ("THROTTLE_PAUSE_SECONDS", "1.5"),
            ("URL_AUTH", "open"),
            ("PULL_INTERVAL_MINUTES", "1"),
            ("MONTHLY_READ_ALLOWANCE", "500k"),
            ("EVENT_LOOPBACK_ENDPOINTS", "yes"),
        ])
        .unwrap_err();
        assert_eq!(error.missing, ["TABLE_NAME", "SECRET_PREFIX"]);
        let invalid: Vec<_> = error.invalid.iter().map(|(name, _)| *name).collect();
        let expected = [
            "QUICKBOOKS_ENVIRONMENT",
            "QUICKBOOKS_URL",
            "RETRY_CAP_SECONDS",
            "THROTTLE_PAUSE_SECONDS",
            "PULL_INTERVAL_MINUTES",
            "MONTHLY_READ_ALLOWANCE",
            "EVENT_LOOPBACK_ENDPOINTS",
            "URL_AUTH",
        ];
        assert_eq!(invalid, expected);
        for name in error.missing.iter().chain(&invalid) {
            assert!(error.to_string().contains(name), "{error}");
        }
    }
}
