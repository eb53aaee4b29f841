//! Another customer's bills, one now and then: how long each takes while nobody imports, and beside an import.

use std::pin::pin;
use std::time::{Duration, Instant};

use anyhow::{Context, bail};
use e2e::{Tenant, records};
use serde::Serialize;

use super::milliseconds;
use crate::spread::Spread;

/// Bills that are posted while nobody imports.
const ALONE: usize = 20;
/// Before each bill: so many a minute are no crowd.
const PAUSE: Duration = Duration::from_secs(4);

/// How long it took until a bill was posted, in milliseconds.
#[derive(Debug, Clone, Copy, Serialize)]
pub struct Neighbour {
    /// While nobody imports.
    pub alone: Spread,
    /// While another customer imports.
    pub beside: Spread,
}

impl Neighbour {
    /// Posts a customer's bills before something that takes long, and beside it until it is over.
    pub(super) async fn of<T>(
        tenant: &Tenant,
        import: impl Future<Output = anyhow::Result<T>>,
    ) -> anyhow::Result<(Self, T)> {
        let mut sent = 0;
        post(tenant, &mut sent).await?; // with the first bill, its agent and item are made
        let mut alone = Vec::new();
        while alone.len() < ALONE {
            alone.push(post(tenant, &mut sent).await?);
        }
        let (mut import, mut beside) = (pin!(import), Vec::new());
        let imported = loop {
            tokio::select! {
                imported = &mut import => break imported?,
                took = post(tenant, &mut sent) => beside.push(took?),
            }
        };
        let spread = |took| Spread::of(took).context("the import was over before any bill");
        Ok((Self { alone: spread(alone)?, beside: spread(beside)? }, imported))
    }
}

/// Posts one bill; how long that took, by the call or, if it goes on there, by the queue.
async fn post(tenant: &Tenant, sent: &mut u64) -> anyhow::Result<u64> {
    tokio::time::sleep(PAUSE).await;
    *sent += 1;
    let id = format!("N{sent}");
    let begun = Instant::now();
    let answer = tenant.put_bill(&id, &records::bill(1, &id, "125.00")).await;
    match answer.status {
        200 => {}
        202 => drop(tenant.bill_becomes(&id, "posted").await),
        _ => bail!("{id} of the neighbour: {} {}", answer.status, answer.body),
    }
    Ok(milliseconds(begun.elapsed()))
}
