//! After the storm: everything comes to rest by itself, or it is said what does not.

use std::time::{Duration, Instant};

use jiff::{SignedDuration, Timestamp};
use reqwest::Method;
use serde_json::{Value, json};

use super::host::Host;
use super::storm::Subject;
use crate::aws::{Identity, keys_in_state, messages, plain};
use crate::{Tenant, pulls, stack};

/// Longest time to come to rest while nothing changes: a lost answer is not forgotten before four minutes.
const STILL: Duration = Duration::from_secs(6 * 60);
/// Between two looks.
const LOOK: Duration = Duration::from_secs(2);
/// Between two calls of the schedules, which come every five minutes in the cloud.
const SCHEDULES: Duration = Duration::from_secs(10);
/// Partitions of what is unfinished, over all tenants.
const PARTITIONS: u32 = 8;

/// How long a call is repeated whose answer was lost, and how long after that QuickBooks may still perform it; then the
/// product plans anew.
const REPEATED: SignedDuration = SignedDuration::from_secs(10 * 60 + 5);
const PERFORMED: SignedDuration = SignedDuration::from_secs(4 * 60 + 5);

/// Waits until nothing of these tenants is being posted or waits for time, and, where the stack is the run's own, no
/// message is left. The number of postings that are not at rest when nothing changes any more.
pub(super) async fn rest(
    subjects: &[Subject],
    alone: bool,
    mut tell: impl FnMut(usize, u64),
) -> Vec<String> {
    let (mut before, mut since) = ((usize::MAX, u64::MAX), Instant::now());
    let mut scheduled: Option<Instant> = None;
    loop {
        if scheduled.is_none_or(|at| at.elapsed() > SCHEDULES) {
            let swept = json!({"ledgerbridge": "sweep"});
            Identity::root().invoke("billing-invoice", &swept).await;
            pulls::scheduled().await;
            scheduled = Some(Instant::now());
        }
        let restless = restless(subjects).await;
        let mut queued = 0;
        for queue in stack().queues.values().filter(|_| alone) {
            queued += messages(queue).await;
        }
        tell(restless.len(), queued);
        if restless.is_empty() && queued == 0 {
            return restless;
        }
        if (restless.len(), queued) != before {
            (before, since) = ((restless.len(), queued), Instant::now());
        }
        if since.elapsed() > STILL {
            return match restless.is_empty() {
                true => vec![format!("{queued} messages")],
                false => restless,
            };
        }
        tokio::time::sleep(LOOK).await;
    }
}

/// What is being posted or waits for time.
async fn restless(subjects: &[Subject]) -> Vec<String> {
    let mut keys = Vec::new();
    for partition in 0..PARTITIONS {
        keys.extend(keys_in_state(&format!("UNFINISHED#{partition}")).await);
    }
    for Subject { tenant, .. } in subjects {
        keys.extend(keys_in_state(&format!("T#{}#queued", tenant.id)).await);
    }
    let text = |key: &Value, name: &str| key[name]["S"].as_str().unwrap_or_default().to_owned();
    let ours = |key: &Value| {
        subjects.iter().any(|subject| text(key, "pk") == format!("T#{}", subject.tenant.id))
    };
    let restless = keys.iter().filter(|key| ours(key));
    restless.map(|key| format!("{} {}", text(key, "pk"), text(key, "sk"))).collect()
}

/// When it can be known what became of the calls whose answer was lost, of all postings that were given up meanwhile; none
/// when there are none.
pub(super) async fn decidable(subjects: &[Subject]) -> Option<Timestamp> {
    let mut latest = None;
    for Subject { tenant, .. } in subjects {
        for posting in tenant.stored_postings().await.iter().map(plain) {
            let time = |name: &str| posting["in_flight"][name].as_str()?.parse::<Timestamp>().ok();
            if let (Some(first), Some(last)) = (time("sent_at"), time("last_sent_at")) {
                latest = latest.max(Some((first + REPEATED).max(last + PERFORMED)));
            }
        }
    }
    latest
}

/// Connects again what lost its consent, as a person has to; how many did.
pub(super) async fn reconnect(subjects: &[Subject]) -> Vec<usize> {
    let mut lost = Vec::new();
    for (place, Subject { tenant, .. }) in subjects.iter().enumerate() {
        if tenant.connection().await.body["connection"]["status"] != "connected" {
            tenant.connects().await;
            lost.push(place);
        }
    }
    lost
}

/// A person presses "retry" for all that was given up; how many records that are.
pub(super) async fn retry(tenant: &Tenant, host: &Host, code: &str) -> Result<u64, String> {
    let (mut queued, mut cursor) = (0, Value::Null);
    loop {
        let mut body = json!({"state": "rejected", "code": code});
        if !cursor.is_null() {
            body["cursor"] = cursor;
        }
        let path = "postings/retry";
        let answer = host.call(tenant, "settings", Method::POST, path, Some(&body)).await?;
        queued += answer.body["queued"].as_u64().ok_or_else(|| answer.body.to_string())?;
        cursor = answer.body["next"].clone();
        if cursor.is_null() {
            return Ok(queued);
        }
    }
}
