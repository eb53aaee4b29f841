//! One function: takes Lambda's events as raw JSON, wires itself at the first, and hands each to whom it concerns.

use std::pin::Pin;
use std::sync::Arc;
use std::time::{Duration, Instant};

use aws::queues::Queue;
use aws::table::Thing;
use axum::Router;
use domain::id::CompanyId;
use jiff::Timestamp;
use lambda_runtime::{Context, Diagnostic, LambdaEvent, service_fn};
use serde::Serialize;
use serde_json::value::RawValue;
use sync::delivery;
use sync::{Clock, chain, events, meter, tally, watch};
use tokio::sync::OnceCell;
use tokio::task::LocalSet;

use crate::answer;
use crate::batch::{self, End};
use crate::config::{Config, ConfigError};
use crate::deployment::{Deployment, FirstEvent};
use crate::event::{Event, QueueEvent, QueueRecord, QueueReply, StreamEvent, UrlEvent, UrlReply};
use crate::http;
use crate::problem::Problem;
use crate::queue::{self, Source};
use crate::routes;
use crate::telemetry::{Ending, Handling};

/// Sending a copy of a message that did not come to an end, and answering.
const TO_END_A_MESSAGE: Duration = Duration::from_secs(1);
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
    /// Posts the records of whole files.
    Import,
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
            Self::Import => "import",
        }
    }

    /// The queue whose messages it takes. Function settings takes the dead letters of all.
    pub(crate) fn queue(self) -> Option<Queue> {
        match self {
            Self::OauthCallback | Self::Settings => None,
            Self::BillingInvoice => Some(Queue::BillingInvoice),
            Self::BillingPayment => Some(Queue::BillingPayment),
            Self::Disbursement => Some(Queue::Disbursement),
            Self::PaymentPull => Some(Queue::PaymentPull),
            Self::IntuitWebhook => Some(Queue::IntuitWebhook),
            Self::EventPublisher => Some(Queue::EventPublisher),
            Self::Import => Some(Queue::Import),
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
        let work = async {
            match self.wired(&FirstEvent { domain_name, invocation }).await {
                Ok(wired) => {
                    wired.deployment.app.deadline.set(deadline(context));
                    let largest_body = routes::largest_body(self.function);
                    let router = wired.router.clone();
                    let served = http::serve(router, largest_body, event, request_id).await;
                    meter::keep(&wired.deployment.app).await;
                    served
                }
                Err(error) => {
                    tracing::error!(%error, "the function cannot start");
                    http::refuse(Problem::misconfigured(), request_id).await
                }
            }
        };
        let (reply, ending) = handling.around(work).await;
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
        let wired = self.wired(&FirstEvent { domain_name: None, invocation }).await.map_err(|error| {
            tracing::error!(request_id = context.request_id, %error, "the function cannot start");
            diagnostic("misconfigured", &error)
        })?;
        let app = &wired.deployment.app;
        app.deadline.set(deadline(context));
        let source = Source::of(self.function, app, &event.records)
            .ok_or_else(|| diagnostic("unknown_event", &"this function has no such queue"))?;
        let left =
            || invocation.map(|whole| whole.saturating_sub(started.elapsed() + TO_END_A_MESSAGE));
        let handle = async |record: &QueueRecord| {
            // A message begun with a third of the time left could be cut off in the middle, and the whole batch with it.
            if invocation.is_some_and(|invocation| started.elapsed() * 3 > invocation * 2) {
                return End::Again(OUT_OF_TIME_AGAIN_SECONDS);
            }
            let handling = Handling::begin(self.function.name(), "queue", &context.request_id);
            let work = async {
                // Boxed, since those of ten messages are part of the invocation's.
                let end = Box::pin(queue::handle(app, source, record, left())).await;
                meter::keep(app).await;
                end
            };
            let end = handling.around(work).await;
            handling.end(&Ending {
                again_seconds: match end {
                    End::Done => None,
                    End::Again(seconds) => Some(seconds),
                },
                deliveries: Some(record.receive_count()),
                ..Ending::default()
            });
            end
        };
        let hide = async |record: &QueueRecord, seconds: u32| {
            queue::hide(app, source, record, seconds).await
        };
        let go_together =
            |one: &QueueRecord, other: &QueueRecord| queue::go_together(source, one, other);
        Ok(batch::handle(event.records, go_together, handle, hide).await)
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
        let work = async {
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
        };
        let taken_in = handling.around(work).await;
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
            match watch::look(app).await {
                Ok(seen) => tally::note(|counts| counts.watch = Some(seen)),
                // What is not measured is an alarm of its own.
                Err(error) => {
                    tracing::error!(error = chain(&error), "nobody could look at what waits")
                }
            }
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
            if queued.rests {
                return Ok("queued no pulls, to spare metered reads".to_owned());
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
        task: impl AsyncFnOnce(&sync::App) -> Result<String, Diagnostic>,
    ) -> Result<(), Diagnostic> {
        let handling = Handling::begin(self.function.name(), "schedule", &context.request_id);
        let work = async {
            let first = FirstEvent { domain_name: None, invocation };
            let wired = self.wired(&first).await.map_err(|error| {
                tracing::error!(%error, "the function cannot start");
                diagnostic("misconfigured", &error)
            })?;
            wired.deployment.app.deadline.set(deadline(context));
            let app = &wired.deployment.app;
            let done = task(app).await;
            meter::keep(app).await;
            done
        };
        let done = handling.around(work).await;
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
    let mut warned = 0;
    for record in event.records {
        match record.ladder() {
            None => {}
            Some(Ok((ladder, before))) => {
                warned += meter::warn(app, &ladder, before.as_ref()).await?;
                continue;
            }
            // Whoever wrote it is newer, and so is whoever will tell of it.
            Some(Err(error)) => {
                tracing::error!(error = chain(&error), "a ladder cannot be read");
                continue;
            }
        }
        match record.read() {
            Ok(change) => changes.extend(change),
            Err(unreadable) => events::note_unreadable(app, &unreadable).await?,
        }
    }
    let (endpoints, now) = (app.quickbooks.endpoints(), app.clock.now());
    let render = |thing: &Thing, company: Option<&CompanyId>| {
        answer::event::data(thing, company, endpoints, now)
    };
    Ok(warned + events::take_in(app, changes, &render).await?)
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
    let now = u64::try_from(Clock::default().now().as_millisecond()).ok()?;
    context.deadline.checked_sub(now).filter(|left| *left > 0).map(Duration::from_millis)
}
