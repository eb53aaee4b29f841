//! Races: whoever stalls past a lease changes nothing any more, clocks that differ do no harm, and a crowd refreshes once.
//!
//! These call the workflows themselves, as two functions would: no deployed function can be given another clock or a
//! shorter lease than it needs.

use std::time::Duration;

use aws::queues::QueueUrls;
use aws::{Names, SdkConfig};
use aws_config::{AppName, Region};
use aws_credential_types::Credentials;
use domain::id::TenantId;
use domain::posting::{PostingKey, State, Wish};
use domain::record::Record;
use domain::retry::Policy;
use e2e::aws::Identity;
use e2e::{Crash, Tenant, stack, until};
use futures_util::StreamExt as _;
use futures_util::future::join_all;
use jiff::SignedDuration;
use quickbooks::{Client, Endpoints, Timeouts};
use serde_json::{Value, json};
use sync::events::{Loopback, Outlet};
use sync::{Answer, App, Clock, Deadline, TokenCache, governor, meter};

/// How long a stalled operation hangs: beyond a lease of a second, and beyond the patience of the SDK, which sends it
/// again while the first is still on its way.
const STALL_MILLISECONDS: u64 = 3000;

/// What several functions of one tenant share.
pub(crate) struct Shared {
    config: SdkConfig,
    queue: String,
    pub(crate) tenant: TenantId,
}

impl Shared {
    /// With a queue of their own, from which nobody else takes messages.
    pub(crate) async fn of(tenant: &Tenant) -> Self {
        let attributes = json!({"FifoQueue": "true"});
        let create = json!({"QueueName": format!("{}.fifo", tenant.id), "Attributes": attributes});
        let made = Identity::root().json("sqs", "AmazonSQS.CreateQueue", &create).await;
        let queue = made.body["QueueUrl"].as_str().expect("a queue has an address").to_owned();
        let loader = aws::defaults()
            .region(Region::new(stack().region.clone()))
            .endpoint_url(stack().aws_proxy.clone())
            .app_name(AppName::new("races").expect("letters"))
            .credentials_provider(Credentials::new("test", "test", None, None, "races"));
        let config = aws::configure(loader).await;
        Self { config, queue, tenant: TenantId::parse(&tenant.id).expect("an id") }
    }

    /// A function with that lease, as in the template if none, whose clock is that much ahead.
    pub(crate) fn app(&self, lease_seconds: Option<u32>, ahead_seconds: i64) -> App {
        let queue = || self.queue.clone();
        let urls = QueueUrls {
            billing_invoice: queue(),
            billing_invoice_dead_letter: queue(),
            billing_payment: queue(),
            billing_payment_dead_letter: queue(),
            disbursement: queue(),
            disbursement_dead_letter: queue(),
            payment_pull: queue(),
            payment_pull_dead_letter: queue(),
            intuit_webhook: queue(),
            intuit_webhook_dead_letter: queue(),
            event_publisher: queue(),
            event_publisher_dead_letter: queue(),
            import: queue(),
            import_dead_letter: queue(),
        };
        let names = Names {
            table: stack().table.clone(),
            secret_prefix: stack().secret_prefix.clone(),
            queues: urls,
            event_bus: "races".to_owned(),
            import_bucket: "races".to_owned(),
        };
        let aws = aws::open(&self.config, names);
        let total = Duration::from_secs(12);
        let quickbooks = Endpoints::at(&stack().quickbooks_proxy.parse().expect("an address"));
        App {
            table: aws.table,
            secrets: aws.secrets,
            queues: aws.queues,
            bus: aws.bus,
            files: aws.files,
            read_line: |_| unreachable!("no file is read here"),
            events: Outlet::new(None, Loopback::Refused),
            quickbooks: Client::new(quickbooks, Timeouts { connect: total, total }),
            clock: Clock::ahead_by(SignedDuration::from_secs(ahead_seconds)),
            policy: Policy { base_seconds: 1, cap_seconds: 4, max_attempts: 12 },
            throttle_pause_seconds: 2,
            clock_skew_seconds: 30,
            lease_seconds: lease_seconds.unwrap_or(64),
            call_time: total,
            pull_interval_minutes: 1440,
            monthly_read_allowance: 0,
            deadline: Deadline::default(),
            redirect_uri: String::new(),
            tokens: TokenCache::default(),
            governor: governor::Known::default(),
            meter: meter::Known::default(),
        }
    }

    async fn submit(&self, app: &App, id: &str) -> Result<Answer, sync::Error> {
        let mut record = e2e::records::bill(1, id, "10.00");
        record["kind"] = json!("bill");
        for name in ["due_on", "closed_on", "memo", "payment"] {
            if record.get(name).is_none() {
                record[name] = Value::Null;
            }
        }
        let record: Record = serde_json::from_value(record).expect("a record");
        let key = PostingKey::parse(&format!("agent_billing#bill#{id}")).expect("a key");
        sync::posting::submit(app, &self.tenant, key, record, Vec::new(), Wish::PERSON).await
    }

    /// Submits until the record is posted.
    async fn post(&self, app: &App, id: &str) {
        until(&format!("{id} to be posted"), async || {
            let answer = self.submit(app, id).await.ok()?;
            (answer.posting.state == State::Posted).then_some(())
        })
        .await;
    }

    pub(crate) async fn close(&self) {
        let delete = json!({"QueueUrl": self.queue});
        Identity::root().json("sqs", "AmazonSQS.DeleteQueue", &delete).await;
    }
}

/// Everything that is stored and booked, but for events, which are told whenever they are, and for how often the company
/// was called.
async fn picture(tenant: &Tenant) -> Vec<Value> {
    let mut items = tenant.items().await;
    let told = |sk: &str| sk.starts_with("EVENT") || sk.starts_with("GOVERNOR#");
    items.retain(|item| !item["sk"]["S"].as_str().is_some_and(told));
    items.extend(tenant.documents().await);
    items
}

/// One writer stalls at its `k`-th operation for longer than its lease; another takes over and finishes. Whether the
/// first got that far.
#[expect(
    clippy::disallowed_methods,
    reason = "what hung does so for a known time, and nothing tells its end"
)]
async fn stalls_at(k: u64) -> bool {
    let tenant = Tenant::warmed_up().await;
    let shared = Shared::of(&tenant).await;
    let (stalled, other) = (shared.app(Some(1), 0), shared.app(Some(1), 0));
    let stall = Crash::stall(&tenant, k, STALL_MILLISECONDS).await;
    let takes_over = async {
        let begun = async || (stall.struck().await).then_some(());
        until("the first writer to stall", begun).await;
        shared.post(&other, "B1").await;
    };
    let first = shared.submit(&stalled, "B1");
    let mut first = std::pin::pin!(first);
    let struck = tokio::select! {
        _ = &mut first => stall.struck().await,
        () = takes_over => {
            let before = picture(&tenant).await;
            // Whatever it believes afterwards; the operation that hung is on its way for a while yet.
            let _ = first.await;
            tokio::time::sleep(Duration::from_millis(STALL_MILLISECONDS)).await;
            assert_eq!(picture(&tenant).await, before, "the first writer changed something ({k})");
            true
        }
    };
    if struck {
        shared.post(&other, "B1").await;
    }
    stall.revive().await;
    assert_eq!(tenant.invoices("B1").await.len(), 1, "stalled at {k}");
    tenant.assert_balanced().await;
    shared.close().await;
    struck
}

#[tokio::test]
async fn a_writer_that_stalls_past_its_lease_changes_nothing_once_another_took_over() {
    let struck: Vec<bool> =
        futures_util::stream::iter((1..=7).map(stalls_at)).buffered(4).collect().await;
    let operations = struck.iter().filter(|struck| **struck).count();
    assert!(operations >= 5, "look, token, intent, call, end: {struck:?}");
}

#[tokio::test]
async fn a_clock_that_is_half_a_minute_ahead_takes_nothing_from_who_is_still_at_work() {
    for ahead in [30, -30] {
        let tenant = Tenant::warmed_up().await;
        let shared = Shared::of(&tenant).await;
        let (working, ahead) = (shared.app(None, 0), shared.app(None, ahead));
        let slow = json!({"kind": "delay", "milliseconds": 3000});
        tenant.fault(json!({"entity": "Invoice", "operation": "create", "action": slow})).await;
        let looks = async {
            until("the call to be under way", async || {
                (tenant.bill("B1").await.state() == "posting").then_some(())
            })
            .await;
            shared.submit(&ahead, "B1").await.expect("an answer")
        };
        let (worked, looked) = tokio::join!(shared.submit(&working, "B1"), looks);
        let reason = looked.posting.reason.expect("it waits");
        assert_eq!(reason.code, "already_working");
        assert_eq!(worked.expect("an answer").posting.state, State::Posted);
        assert_eq!(tenant.invoices("B1").await.len(), 1);
        shared.close().await;
    }
}

#[tokio::test]
async fn clocks_that_differ_do_not_let_two_refresh_at_once() {
    for ahead in [30, -30] {
        let tenant = Tenant::warmed_up().await;
        tenant.switch(json!({"rotation": "strict"})).await;
        tenant.age_tokens().await;
        let shared = Shared::of(&tenant).await;
        let (refreshes, ahead) = (shared.app(None, 0), shared.app(None, ahead));
        let slow = json!({"kind": "delay", "milliseconds": 2500});
        tenant.fault(json!({"operation": "token_refresh", "action": slow})).await;
        let other = async {
            until("the refresh to be under way", async || {
                let items = tenant.items().await;
                let leased = |item: &Value| !item["refresh_lease_owner"].is_null();
                items.iter().any(leased).then_some(())
            })
            .await;
            shared.post(&ahead, "B2").await;
        };
        tokio::join!(shared.post(&refreshes, "B1"), other);
        assert_eq!(tenant.refreshes().await, 1);
        assert_eq!(tenant.connection().await.body["connection"]["status"], "connected");
        shared.close().await;
    }
}

#[tokio::test]
async fn a_hundred_that_need_new_tokens_at_once_refresh_once() {
    let tenant = Tenant::warmed_up().await;
    tenant.switch(json!({"rotation": "strict"})).await;
    tenant.age_tokens().await;
    let shared = Shared::of(&tenant).await;
    // As many environments, each with a cache of its own.
    let apps: Vec<App> = (0..100).map(|_| shared.app(None, 0)).collect();
    let calls = apps.iter().enumerate().map(async |(n, app)| {
        let id = format!("B{n}");
        let answer = shared.submit(app, &id).await.expect("an answer");
        let reason = answer.posting.reason.map(|reason| reason.code);
        let waits = reason.as_deref() == Some("tokens_busy");
        assert!(answer.posting.state == State::Posted || waits, "{id}: {reason:?}");
        shared.post(app, &id).await;
    });
    join_all(calls).await;
    assert_eq!(tenant.refreshes().await, 1);
    assert_eq!(tenant.connection().await.body["connection"]["status"], "connected");
    assert_eq!(tenant.ours("invoice").await.len(), 101, "each is booked once");
    shared.close().await;
}
