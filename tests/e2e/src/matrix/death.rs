//! One death: a tenant of its own, a process that dies at one operation, and whoever brings it to its end.

use std::fmt;
use std::panic::AssertUnwindSafe;
use std::str::FromStr;
use std::time::{Duration, Instant};

use anyhow::{Context, bail, ensure};
use futures_util::FutureExt;
use reqwest::Method;
use serde_json::Value;
use tokio::sync::Semaphore;

use super::workflow::{Mender, Scene, Scope, Workflow, failed_pull_is_due};
use crate::crash::{COUNTED, OF_TELLER, TELLER, WITH_SECRETS};
use crate::http::order;
use crate::{Crash, Tenant, When, stack, until, within};

/// A process that lost its sockets tries each operation three times within this; then it is as dead as it seems.
const LAST_BREATH: Duration = Duration::from_millis(900);
/// Between two calls of somebody who gets no answer.
const PATIENCE: Duration = Duration::from_millis(500);
/// A message whose process died is hidden for a minute, and the local stack works on one batch of a queue at a time.
const END: Duration = Duration::from_secs(300);

/// Where a process dies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Death {
    /// At which operation, from 1.
    pub operation: u64,
    /// On which side of it.
    pub when: When,
}

impl fmt::Display for Death {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let when = match self.when {
            When::Before => "before",
            When::After => "after",
        };
        write!(formatter, "{when}:{}", self.operation)
    }
}

impl FromStr for Death {
    type Err = anyhow::Error;

    fn from_str(text: &str) -> anyhow::Result<Self> {
        let (when, operation) =
            text.split_once(':').context("a death is written before:7 or after:7")?;
        let when = match when {
            "before" => When::Before,
            "after" => When::After,
            other => bail!("death comes before or after an operation, not {other}"),
        };
        let operation = operation.parse().context("an operation is a number")?;
        ensure!(operation > 0, "operations are numbered from 1");
        Ok(Self { operation, when })
    }
}

/// Who brought it to its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Mended {
    /// Nobody had to: all was done.
    Nobody,
    /// The repeated call, at once.
    Call,
    /// The queue.
    Queue,
    /// The sweep.
    Sweep,
}

/// How a run went.
pub(super) enum Run {
    /// It came to its end.
    Ended(Ended),
    /// It came to its end without death: it was over before that operation.
    NotReached(Scene),
    /// It never came to its end.
    Lost(String),
    /// It could not even be prepared.
    Untried(String),
}

/// A run that came to its end.
pub(super) struct Ended {
    pub(super) scene: Scene,
    pub(super) mended: Mended,
    /// The operation at which death struck.
    pub(super) operation: String,
    /// How long it took to come to its end after the death.
    pub(super) took: Duration,
}

/// What a run leaves undisturbed.
pub(super) struct Undisturbed {
    pub(super) scene: Scene,
    /// The names of its operations, in order.
    pub(super) operations: Vec<String>,
}

impl Workflow {
    /// Runs it without any death.
    pub(super) async fn undisturbed(&self, gate: &Semaphore) -> Result<Undisturbed, String> {
        let scene = self.prepared(gate).await?;
        let run = async {
            let mark = scene.tenant.operations_mark().await;
            (self.act)(scene.clone()).await;
            self.is_over(&scene, "the undisturbed run").await;
            self.is_quiet(&scene.tenant, mark).await;
            let counted = self.operations(&scene, mark).await;
            (self.finish)(scene.clone()).await;
            counted.iter().map(name).collect()
        };
        let operations = caught(run).await?;
        Ok(Undisturbed { scene, operations })
    }

    /// Runs it so that it dies, and lets it be brought to its end.
    pub(super) async fn dies(&self, death: Death, gate: &Semaphore) -> Run {
        let scene = match self.prepared(gate).await {
            Ok(scene) => scene,
            Err(why) => return Run::Untried(why),
        };
        match caught(self.dies_in(&scene, death)).await {
            Ok(Some((mended, operation, took))) => {
                Run::Ended(Ended { scene, mended, operation, took })
            }
            Ok(None) => Run::NotReached(scene),
            Err(why) => Run::Lost(why),
        }
    }

    async fn dies_in(&self, scene: &Scene, death: Death) -> Option<(Mended, String, Duration)> {
        let mark = scene.tenant.operations_mark().await;
        let crash = self.crash(scene, death).await;
        let mut status = (self.act)(scene.clone()).await;
        // A busy machine refuses too, and then the caller repeats it.
        until("an answer to the call", async || {
            if status >= 500 && !crash.struck().await {
                pause(PATIENCE).await;
                status = (self.again)(scene.clone()).await;
            }
            (status < 500 || crash.struck().await).then_some(())
        })
        .await;
        // Whatever the dead one says: nobody hears it.
        let answered = (200..300).contains(&status) && !crash.struck().await;
        let mut is_done = false;
        within(END, &format!("death {death}, or the end"), async || {
            is_done = self.is_found_over(scene).await;
            (crash.struck().await || is_done).then_some(())
        })
        .await;
        // The last operation may be the one after which it looks done.
        self.is_quiet(&scene.tenant, mark).await;
        let struck = crash.struck().await;
        let fatal = fatal(&self.operations(scene, mark).await);
        crash.revive().await;
        let begun = Instant::now();
        let mended = if struck {
            self.mended(scene, death, answered).await
        } else {
            self.is_over(scene, "the end without death").await;
            Mended::Nobody
        };
        let took = begun.elapsed();
        (self.finish)(scene.clone()).await;
        struck.then_some((mended, fatal, took))
    }

    /// Lets whoever is to mend do it.
    async fn mended(&self, scene: &Scene, death: Death, answered: bool) -> Mended {
        let whole = self.is_found_over(scene).await;
        let repeats = match self.mender {
            Mender::HostOrSweep => {
                death.when == When::Before || !(whole || scene.tenant.has_work_under_way().await)
            }
            Mender::Caller => !answered,
            Mender::Queue | Mender::Schedule => !answered,
        };
        let mut at_once = false;
        if repeats {
            // Callers repeat until they are answered.
            until("an answer to the repeated call", async || {
                let status = (self.again)(scene.clone()).await;
                if status >= 500 {
                    pause(PATIENCE).await;
                }
                (status < 500).then_some(())
            })
            .await;
            at_once = self.is_found_over(scene).await;
        }
        self.is_over(scene, &format!("the end after death {death}")).await;
        match (whole, repeats, self.mender) {
            (true, ..) => Mended::Nobody,
            (_, true, _) if at_once => Mended::Call,
            (_, false, Mender::HostOrSweep) => Mended::Sweep,
            _ => Mended::Queue,
        }
    }

    async fn prepared(&self, gate: &Semaphore) -> Result<Scene, String> {
        let _turn = gate.acquire().await.expect("the gate is never closed");
        caught((self.prepare)()).await
    }

    async fn is_over(&self, scene: &Scene, what: &str) {
        within(END, what, async || self.is_found_over(scene).await.then_some(())).await;
    }

    /// Looks whether it is over. Meanwhile the schedule goes on.
    async fn is_found_over(&self, scene: &Scene) -> bool {
        if self.mender == Mender::Schedule {
            failed_pull_is_due(&scene.tenant).await;
        }
        (self.is_done)(scene.clone()).await
    }

    async fn crash(&self, scene: &Scene, death: Death) -> Crash {
        let Death { operation: k, when } = death;
        match self.scope {
            Scope::Work => Crash::at(&scene.tenant, k, when).await,
            Scope::Tokens => Crash::with_tokens(&scene.tenant, &scene.token, k, when).await,
            Scope::Publisher => Crash::of_publisher(&scene.tenant, k, when).await,
        }
    }

    /// The operations since a mark that count.
    async fn operations(&self, scene: &Scene, mark: u64) -> Vec<Value> {
        let (services, texts): (&[&str], Vec<&str>) = match self.scope {
            Scope::Work => (&COUNTED, vec![&scene.tenant.id, &scene.tenant.realm]),
            Scope::Tokens => {
                (&WITH_SECRETS, vec![&scene.tenant.id, &scene.tenant.realm, &scene.token])
            }
            Scope::Publisher => (&OF_TELLER, vec![&scene.tenant.id]),
        };
        let ours = |operation: &Value| {
            let service = services.iter().any(|service| operation["service"] == *service);
            let teller = operation["caller"] == TELLER;
            service && teller == (self.scope == Scope::Publisher)
        };
        listed(&texts, mark).await.into_iter().filter(ours).collect()
    }

    /// Waits until nothing of the tenant has passed the proxy for a while.
    async fn is_quiet(&self, tenant: &Tenant, mark: u64) {
        let mut seen = usize::MAX;
        until("silence", async || {
            let now = listed(&[&tenant.id, &tenant.realm], mark).await.len();
            let quiet = now == seen;
            seen = now;
            if !quiet {
                pause(LAST_BREATH).await;
            }
            quiet.then_some(())
        })
        .await;
    }
}

async fn listed(texts: &[&str], mark: u64) -> Vec<Value> {
    let matches: String = texts.iter().map(|text| format!("match={text}&")).collect();
    let url = format!("{}/operations?{matches}after={mark}", stack().proxy_control);
    let listed = order(Method::GET, &url, None).await;
    listed["operations"].as_array().cloned().unwrap_or_default()
}

/// `PutItem`, `SendMessage`, `POST invoice`.
fn name(operation: &Value) -> String {
    let name = operation["operation"].as_str().unwrap_or_default();
    match name.split_once(' ') {
        Some((method, path)) => {
            let mut words = path.rsplit('/').filter(|word| !word.starts_with(char::is_numeric));
            format!("{method} {}", words.next().unwrap_or_default())
        }
        None => name.rsplit('.').next().unwrap_or_default().to_owned(),
    }
}

fn fatal(operations: &[Value]) -> String {
    let dropped = ["dropped_before", "dropped_after"];
    let fatal =
        operations.iter().find(|operation| dropped.iter().any(|it| operation["outcome"] == *it));
    fatal.map(name).unwrap_or_default()
}

/// A panic becomes the message that it carries.
pub(super) async fn caught<T>(run: impl Future<Output = T>) -> Result<T, String> {
    AssertUnwindSafe(run).catch_unwind().await.map_err(|panic| {
        let text = panic.downcast_ref::<String>().map(String::as_str);
        text.or(panic.downcast_ref::<&str>().copied()).unwrap_or("a panic").to_owned()
    })
}

async fn pause(duration: Duration) {
    tokio::time::sleep(duration).await;
}
