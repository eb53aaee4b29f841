//! One function: takes Lambda's events as raw JSON, wires itself at the first, and hands each to whom it concerns.

use std::pin::Pin;
use std::sync::Arc;
use std::time::{Duration, Instant};

use aws::queues::{Message, MessageError, Queue};
use aws::table::Thing;
use axum::Router;
use domain::id::CompanyId;
use jiff::Timestamp;
use lambda_runtime::{Context, Diagnostic, LambdaEvent, service_fn};
use serde::Serialize;
use serde_json::value::RawValue;
use sync::delivery::{self, Delivery, deliver};
use sync::{Clock, chain, events};
use tokio::sync::OnceCell;
use tokio::task::LocalSet;
use tracing::Instrument;

use crate::answer;
use crate::batch::{self, End};
use crate::config::{Config, ConfigError};
use crate::deployment::{Deployment, FirstEvent};
use crate::event::{Event, QueueEvent, QueueRecord, QueueReply, StreamEvent, UrlEvent, UrlReply};
use crate::http;
use crate::panic;
use crate::problem::Problem;
use crate::routes;
use crate::telemetry::{self, Ending, Handling};

/// A message that nothing can read is received again this soon, until the queue moves it to the dead letters.
const UNREADABLE_AGAIN_SECONDS: u32 = 1;
/// A message whose turn did not come in time is not to blame.
const OUT_OF_TIME_AGAIN_SECONDS: u32 = 1;

/// The functions of this deployment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Function {
    /// Connects tenants to their companies.
    OauthCallback,
    /// What people set.
    Settings,
    /// Posts agents' bills.
    BillingInvoice,
    /// Posts payments.
    BillingPayment,
    /// Posts commission disbursements.
    Disbursement,
    /// Brings back what bookkeepers paid.
    PaymentPull,
    /// Hears what Intuit tells.
    IntuitWebhook,
    /// Tells hosts what happened.
    EventPublisher,
}

/// Whatever Lambda gets back.
#[derive(Debug, Serialize)]
#[serde(untagged)]
enum Reply {
    Url(UrlReply),
    Queue(QueueReply),
    Nothing(()),
}

struct Wired {
    deployment: Arc<Deployment>,
    router: Router,
}

struct Host {
    function: Function,
    wired: OnceCell<Wired>,
}

/// Runs `function` until its environment ends.
pub async fn run(function: Function) -> Result<(), lambda_runtime::Error> {
    let host = Host { function, wired: OnceCell::new() };
    let host = &host;
    let handle = service_fn(async move |event: LambdaEvent<Box<RawValue>>| {
        host.handle(event.payload.get(), &event.context).await
    });
    LocalSet::new().run_until(lambda_runtime::run(handle)).await
}

impl Function {
    /// The name of its folder, package and events.
    pub fn name(self) -> &'static str {
        match self {
            Self::OauthCallback => "oauth-callback",
            Self::Settings => "settings",
            Self::BillingInvoice => "billing-invoice",
            Self::BillingPayment => "billing-payment",
            Self::Disbursement => "disbursement",
            Self::PaymentPull => "payment-pull",
            Self::IntuitWebhook => "intuit-webhook",
            Self::EventPublisher => "event-publisher",
        }
    }

    /// The queue whose messages it takes.
    fn queue(self) -> Option<Queue> {
        match self {
            Self::OauthCallback | Self::Settings => None,
            Self::BillingInvoice => Some(Queue::BillingInvoice),
            Self::BillingPayment => Some(Queue::BillingPayment),
            Self::Disbursement => Some(Queue::Disbursement),
            Self::PaymentPull => Some(Queue::PaymentPull),
            Self::IntuitWebhook => Some(Queue::IntuitWebhook),
            Self::EventPublisher => Some(Queue::EventPublisher),
        }
    }
}

impl Host {
    /// Boxed, since the compiler cannot see through a future this deep at every place that waits for it.
    fn handle<'a>(
        &'a self,
        event: &'a str,
        context: &'a Context,
    ) -> Pin<Box<dyn Future<Output = Result<Reply, Diagnostic>> + 'a>> {
        Box::pin(self.dispatch(event, context))
    }

    async fn dispatch(&self, event: &str, context: &Context) -> Result<Reply, Diagnostic> {
        let remaining = remaining(context);
        match Event::parse(event) {
            Ok(Event::Url(event)) => Ok(Reply::Url(self.call(*event, context, remaining).await)),
            Ok(Event::Queue(event)) => {
                Ok(Reply::Queue(self.batch(event, context, remaining).await?))
            }
            Ok(Event::Stream(event)) => {
                Ok(Reply::Queue(self.stream(event, context, remaining).await?))
            }
            Ok(Event::Sweep) => {
                self.sweep(context, remaining).await?;
                Ok(Reply::Nothing(()))
            }
            Ok(Event::Pull) => {
                self.pull(context, remaining).await?;
                Ok(Reply::Nothing(()))
            }
            Err(error) => {
                tracing::error!(request_id = context.request_id, %error, "an event that no function takes");
                Err(diagnostic("unknown_event", &error))
            }
        }
    }

    async fn call(
        &self,
        event: UrlEvent,
        context: &Context,
        invocation: Option<Duration>,
    ) -> UrlReply {
        let request_id = context.request_id.as_str();
        let handling = Handling::begin(self.function.name(), "url", request_id);
        let domain_name =
            Some(event.request_context.domain_name.clone()).filter(|name| !name.is_empty());
        let (reply, ending) = async {
            match self.wired(&FirstEvent { domain_name, invocation }).await {
                Ok(wired) => {
                    wired.deployment.app.deadline.set(deadline(context));
                    let largest_body = routes::largest_body(self.function);
                    http::serve(wired.router.clone(), largest_body, event, request_id).await
                }
                Err(error) => {
                    tracing::error!(%error, "the function cannot start");
                    http::refuse(Problem::misconfigured(), request_id).await
                }
            }
        }
        .instrument(handling.span())
        .await;
        handling.end(&ending);
        reply
    }

    async fn batch(
        &self,
        event: QueueEvent,
        context: &Context,
        invocation: Option<Duration>,
    ) -> Result<QueueReply, Diagnostic> {
        let started = Instant::now();
        let queue = self
            .function
            .queue()
            .ok_or_else(|| diagnostic("unknown_event", &"this function has no queue"))?;
        let wired = self.wired(&FirstEvent { domain_name: None, invocation }).await.map_err(|error| {
            tracing::error!(request_id = context.request_id, %error, "the function cannot start");
            diagnostic("misconfigured", &error)
        })?;
        let app = &wired.deployment.app;
        app.deadline.set(deadline(context));
        let handle = async |record: &QueueRecord| {
            // A message begun with a third of the time left could be cut off in the middle, and the whole batch with it.
            if invocation.is_some_and(|invocation| started.elapsed() * 3 > invocation * 2) {
                return End::Again(OUT_OF_TIME_AGAIN_SECONDS);
            }
            let handling = Handling::begin(self.function.name(), "queue", &context.request_id);
            let end = message(app, queue, record).instrument(handling.span()).await;
            handling.end(&Ending {
                outcome: Some(match end {
                    End::Done => "done".to_owned(),
                    End::Again(seconds) => format!("again in {seconds} s"),
                }),
                attempt: Some(record.receive_count()),
                ..Ending::default()
            });
            end
        };
        let hide = async |record: &QueueRecord, seconds: u32| {
            if goes_on_as_a_copy(app, queue, record, seconds).await {
                return End::Done;
            }
            if let Err(error) = app.queues.later(queue, &record.receipt_handle, seconds).await {
                // It comes back all the same, after the queue's own time.
                tracing::warn!(request_id = context.request_id, %error, "a message could not be postponed");
            }
            End::Again(seconds)
        };
        Ok(batch::handle(event.records, handle, hide).await)
    }

    /// Turns writes of the table into events. Writes that could not be taken in come again together with all that came
    /// with them, because the invocation fails: nothing is told twice by that, and a reply that names them would be taken
    /// for a success by emulators.
    async fn stream(
        &self,
        event: StreamEvent,
        context: &Context,
        invocation: Option<Duration>,
    ) -> Result<QueueReply, Diagnostic> {
        if self.function != Function::EventPublisher {
            return Err(diagnostic("unknown_event", &"this function has no stream"));
        }
        let handling = Handling::begin(self.function.name(), "stream", &context.request_id);
        let taken_in = async {
            let first = FirstEvent { domain_name: None, invocation };
            let wired = self.wired(&first).await.map_err(|error| {
                tracing::error!(%error, "the function cannot start");
                diagnostic("misconfigured", &error)
            })?;
            let app = &wired.deployment.app;
            app.deadline.set(deadline(context));
            take_in(app, event).await.map_err(|error| {
                tracing::error!(error = chain(&error), "changes were not taken in");
                diagnostic("not_taken_in", &error)
            })
        }
        .instrument(handling.span())
        .await;
        let outcome = match &taken_in {
            Ok(events) => format!("told {events} events"),
            Err(_) => "failed".to_owned(),
        };
        handling.end(&Ending { outcome: Some(outcome), ..Ending::default() });
        taken_in.map(|_| QueueReply::default())
    }

    /// Brings back what invocations that died left behind.
    async fn sweep(
        &self,
        context: &Context,
        invocation: Option<Duration>,
    ) -> Result<(), Diagnostic> {
        let work = async |app: &sync::App| {
            let found = delivery::sweep(app).await.map_err(|error| {
                tracing::error!(error = chain(&error), "the sweep failed");
                diagnostic("sweep_failed", &error)
            })?;
            Ok(format!("brought back {found}"))
        };
        self.scheduled(context, invocation, work).await
    }

    /// Begins the pulls that are due.
    async fn pull(
        &self,
        context: &Context,
        invocation: Option<Duration>,
    ) -> Result<(), Diagnostic> {
        let work = async |app: &sync::App| {
            let queued = sync::pull::fan_out(app).await.map_err(|error| {
                tracing::error!(error = chain(&error), "the pulls that are due were not queued");
                diagnostic("pull_failed", &error)
            })?;
            if queued.cut_short {
                tracing::warn!(
                    tenants = queued.tenants,
                    "not every pull that is due was queued; the next run goes on"
                );
            }
            Ok(format!("queued {} pulls", queued.tenants))
        };
        self.scheduled(context, invocation, work).await
    }

    /// What the schedule asks for, with its line in the log.
    async fn scheduled(
        &self,
        context: &Context,
        invocation: Option<Duration>,
        work: impl AsyncFnOnce(&sync::App) -> Result<String, Diagnostic>,
    ) -> Result<(), Diagnostic> {
        let handling = Handling::begin(self.function.name(), "schedule", &context.request_id);
        let done = async {
            let first = FirstEvent { domain_name: None, invocation };
            let wired = self.wired(&first).await.map_err(|error| {
                tracing::error!(%error, "the function cannot start");
                diagnostic("misconfigured", &error)
            })?;
            wired.deployment.app.deadline.set(deadline(context));
            work(&wired.deployment.app).await
        }
        .instrument(handling.span())
        .await;
        let outcome = done.as_ref().map_or_else(|_| "failed".to_owned(), String::clone);
        handling.end(&Ending { outcome: Some(outcome), ..Ending::default() });
        done.map(|_| ())
    }

    /// What the function works with. A failure is not kept: the next event tries again.
    async fn wired(&self, first: &FirstEvent) -> Result<&Wired, ConfigError> {
        let wire = async || {
            let config = Config::from_env()?;
            let deployment = Arc::new(Deployment::wire(config, first).await);
            let router = routes::of(self.function, Arc::clone(&deployment));
            Ok(Wired { deployment, router })
        };
        self.wired.get_or_try_init(wire).await
    }
}

/// What the writes of a batch tell, and those that cannot be read.
async fn take_in(app: &sync::App, event: StreamEvent) -> Result<usize, sync::Error> {
    let mut changes = Vec::new();
    for record in event.records {
        match record.read() {
            Ok(change) => changes.extend(change),
            Err(unreadable) => events::note_unreadable(app, &unreadable).await?,
        }
    }
    let (endpoints, now) = (app.quickbooks.endpoints(), app.clock.now());
    let render = |thing: &Thing, company: Option<&CompanyId>| {
        answer::event::data(thing, company, endpoints, now)
    };
    events::take_in(app, changes, &render).await
}

async fn message(app: &sync::App, queue: Queue, record: &QueueRecord) -> End {
    let message = match Message::parse(&record.body) {
        Ok(message) => message,
        Err(error @ MessageError::FromTheFuture(_)) => {
            tracing::error!(%error, "a message waits for a newer version of this function");
            return End::Again(app.policy.cap_seconds);
        }
        Err(error @ MessageError::Unreadable) => {
            tracing::error!(%error, message_id = record.message_id, "a message goes to the dead letters");
            let group = &record.attributes.message_group_id;
            return match app.queues.bury_unreadable(queue, group, &record.body).await {
                Ok(()) => End::Done,
                Err(_) => End::Again(UNREADABLE_AGAIN_SECONDS),
            };
        }
    };
    telemetry::record_tenant(message.tenant.as_str());
    telemetry::record_work(&message);
    let delivery = match panic::catch(deliver(app, queue, &message, record.receive_count())).await {
        Ok(delivery) => delivery,
        Err(panic::Panicked) => {
            tracing::error!("handling a message panicked");
            delivery::fail(app, queue, &message, record.receive_count()).await
        }
    };
    end_of(delivery)
}

/// Whether a message that is held back behind another was delivered so often that a fresh copy takes its place.
async fn goes_on_as_a_copy(
    app: &sync::App,
    queue: Queue,
    record: &QueueRecord,
    seconds: u32,
) -> bool {
    let Ok(message) = Message::parse(&record.body) else { return false };
    let held = delivery::hold_back(app, queue, &message, record.receive_count(), seconds).await;
    matches!(held, Ok(Delivery::Done))
}

fn end_of(delivery: Delivery) -> End {
    match delivery {
        Delivery::Done => End::Done,
        Delivery::Later { seconds } => End::Again(seconds),
    }
}

/// What Lambda shows of an invocation that failed, and counts as an error of the function.
fn diagnostic(error_type: &str, error: &dyn std::fmt::Display) -> Diagnostic {
    Diagnostic { error_type: error_type.to_owned(), error_message: error.to_string() }
}

/// When the invocation ends, if it says so.
fn deadline(context: &Context) -> Option<Timestamp> {
    let milliseconds = i64::try_from(context.deadline).ok().filter(|at| *at > 0)?;
    Timestamp::from_millisecond(milliseconds).ok()
}

/// How long the invocation may still take, if it says so.
fn remaining(context: &Context) -> Option<Duration> {
    let now = u64::try_from(Clock.now().as_millisecond()).ok()?;
    context.deadline.checked_sub(now).filter(|left| *left > 0).map(Duration::from_millis)
}
