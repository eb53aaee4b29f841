//! A workflow as data: what comes before it, what is done, and how one sees that it is over.

use std::pin::Pin;
use std::sync::Arc;

use serde_json::{Value, json};

use crate::aws::Identity;
use crate::{Receiver, Tenant};

/// Something that is done when it is asked for.
pub type Doing<T> = Pin<Box<dyn Future<Output = T>>>;

/// Who takes part in one run of a workflow.
#[derive(Debug, Clone)]
pub struct Scene {
    /// The tenant.
    pub tenant: Tenant,
    /// What the act needs to know of what was prepared.
    pub note: Value,
    /// A text by which calls are known that name neither tenant nor company.
    pub token: String,
    /// The host's endpoint for events, where one takes part.
    pub receiver: Option<Arc<Receiver>>,
}

impl From<Tenant> for Scene {
    fn from(tenant: Tenant) -> Self {
        Self { tenant, note: Value::Null, token: String::new(), receiver: None }
    }
}

impl Scene {
    /// With something that the act needs to know.
    #[must_use]
    pub fn with(self, note: impl Into<Value>) -> Self {
        Self { note: note.into(), ..self }
    }

    /// What the act needs to know, as text.
    pub fn text(&self) -> &str {
        self.note.as_str().expect("the scene was given a text")
    }
}

/// Whose operations are counted, and lost after a death.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scope {
    /// Table, queues and QuickBooks. How often secrets are read depends on what a warm function remembers.
    Work,
    /// Secrets and calls for tokens as well.
    Tokens,
    /// What the function does that tells of events; nobody else dies.
    Publisher,
}

/// Who brings to its end what a death left behind.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mender {
    /// After a death before an operation the host repeats its call. After one behind an operation nobody does, and the
    /// sweep finds what is stored; what is not stored the host has to send again.
    HostOrSweep,
    /// Whoever got no answer repeats what they did; nobody else can.
    Caller,
    /// The queue, or the stream, delivers again. What was not taken by then is repeated by whoever sent it.
    Queue,
    /// The queue too. What failed while nobody died, since the machine was busy, is due again a quarter of an hour later.
    Schedule,
}

/// One workflow.
pub struct Workflow {
    /// Its name.
    pub name: &'static str,
    /// Whose operations count.
    pub scope: Scope,
    /// Who mends.
    pub mender: Mender,
    /// Makes a tenant of its own ready for it.
    pub prepare: fn() -> Doing<Scene>,
    /// The call, notification or message that sets it off: the status it is answered with.
    pub act: fn(Scene) -> Doing<u16>,
    /// The same once more, by whoever got no answer.
    pub again: fn(Scene) -> Doing<u16>,
    /// Whether it is over, seen past the product.
    pub is_done: fn(Scene) -> Doing<bool>,
    /// What people do afterwards; it shows that what is left can be worked with.
    pub finish: fn(Scene) -> Doing<()>,
}

/// Nothing more is done.
pub(super) fn nothing(_: Scene) -> Doing<()> {
    Box::pin(async {})
}

impl Tenant {
    /// The tenant's postings as they are stored, by their keys, such as `agent_billing#bill#B1`.
    async fn postings_by_key(&self) -> Vec<(String, Value)> {
        let keyed = |item: Value| {
            let key = item["sk"]["S"].as_str()?.strip_prefix("POSTING#")?.to_owned();
            Some((key, item))
        };
        self.stored_postings().await.into_iter().filter_map(keyed).collect()
    }

    /// Whether each of these postings is posted in a version, and every posting of the tenant is at rest.
    pub async fn has_posted(&self, wanted: &[(&str, u64)]) -> bool {
        let stored = self.postings_by_key().await;
        let posted = |(key, version): &(&str, u64)| {
            let version = Value::from(version.to_string());
            stored.iter().any(|(name, item)| {
                let posted = item["state"]["S"] == "posted";
                name == key && posted && item["posted"]["M"]["version"]["N"] == version
            })
        };
        wanted.iter().all(posted) && stored.iter().all(|(_, item)| is_at_rest(item))
    }

    /// Whether the table knows of something that is not at rest, so that the sweep finds it.
    pub async fn has_work_under_way(&self) -> bool {
        self.postings_by_key().await.iter().any(|(_, item)| !is_at_rest(item))
            || self.items().await.iter().any(|item| item["wake_pending"]["BOOL"] == true)
    }

    /// Whether the posting does not wait for this reason, and every posting of the tenant is at rest.
    pub async fn no_longer_waits_for(&self, posting: &str, code: &str) -> bool {
        let stored = self.postings_by_key().await;
        let waits = |(key, item): &(String, Value)| {
            key == posting && item["reason"]["M"]["code"]["S"] == code
        };
        !stored.iter().any(waits) && stored.iter().all(|(_, item)| is_at_rest(item))
    }
}

fn is_at_rest(item: &Value) -> bool {
    let state = item["state"]["S"].as_str().unwrap_or_default();
    !["posting", "queued", "expected"].contains(&state)
        && item["lease"]["M"].is_null()
        && item["in_flight"]["M"].is_null()
        && item["fans_out"]["BOOL"] != true
}

/// The schedule's call that brings back what an invocation left behind. One that fails is made up for by the next.
pub(super) async fn sweep() {
    Identity::root().invoke("billing-invoice", &json!({"ledgerbridge": "sweep"})).await;
}

/// A quarter of an hour is over, and the schedule finds the pull that failed.
pub(super) async fn failed_pull_is_due(tenant: &Tenant) {
    let pull = tenant.stored_pull().await;
    if let Some(due) = pull["due_at"]["S"].as_str().filter(|_| !pull["problem"].is_null()) {
        tenant.pull_falls_due(due).await;
    }
}
