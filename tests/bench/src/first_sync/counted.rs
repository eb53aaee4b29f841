//! What an import takes of AWS, counted between the function and the emulator. Its queue does not wake the deployed function
//! meanwhile: the same program works through the message here, in an environment whose calls are counted.

use std::path::Path;

use anyhow::ensure;
use e2e::aws::Identity;
use e2e::imports::{import_id, upload};
use e2e::{stack, until};
use serde::Serialize;
use serde_json::{Value, json};

use super::{connected, deployed};
use crate::event;
use crate::ground;
use crate::meter::{Meter, Units};
use crate::program::Programs;
use crate::running;

/// The function.
const FUNCTION: &str = "import";
/// Invocations of one import; a few hundred records take one or two.
const MOST_INVOCATIONS: u64 = 20;

/// What so many records took.
#[derive(Debug, Clone, Copy, Serialize)]
pub struct Counted {
    /// How many there were.
    pub records: u64,
    /// Invocations of the function.
    pub invocations: u64,
    /// Its processor time, its start included.
    pub processor_us: u64,
    /// Its largest resident memory.
    pub peak_kb: u64,
    /// What it asked of others.
    pub units: Units,
}

/// Imports a file in an environment of our own. QuickBooks answers at once, and has no limits: neither changes what is
/// asked of AWS.
pub(super) async fn import(
    programs: &Programs,
    logs: &Path,
    file: &str,
) -> anyhow::Result<Counted> {
    deployed::wake_by_queue(FUNCTION, false).await?;
    let counted = import_here(programs, logs, file).await;
    deployed::wake_by_queue(FUNCTION, true).await?;
    counted
}

async fn import_here(programs: &Programs, logs: &Path, file: &str) -> anyhow::Result<Counted> {
    let tenant = connected().await;
    let place = tenant.place_for_file("counted").await;
    ensure!(place.status == 201, "{}", place.body);
    let id = import_id(&place);
    ensure!(upload(&place, file).await == 200, "the file was not taken");
    let started = tenant.import_step(&id, "start").await;
    ensure!(started.status == 202, "{}", started.body);

    let meter = Meter::stand(&ground::addresses()).await?;
    let variables = ground::deployed(FUNCTION).await?;
    let program = programs.function(FUNCTION, &variables, meter.addresses())?;
    let log = logs.join("first-sync-counted.log");
    let (running, _) = running::start(&program, &log, &received().await).await?;
    let mut invocations = 1;
    while tenant.imported(&id).await["state"] != "done" {
        ensure!(invocations < MOST_INVOCATIONS, "{}", tenant.imported(&id).await);
        running.invoke(&received().await).await?;
        invocations += 1;
    }
    let (units, _) = meter.take();
    let usage = running.usage()?;
    Ok(Counted {
        records: file.lines().count() as u64,
        invocations,
        processor_us: usage.threads_us,
        peak_kb: usage.peak_kb,
        units,
    })
}

/// The import's message, as Lambda would hand it over.
async fn received() -> Value {
    let message = until("the import's message", async || {
        let ask = json!({"QueueUrl": stack().queues[FUNCTION], "MaxNumberOfMessages": 1, "AttributeNames": ["All"]});
        let answer = Identity::root().json("sqs", "AmazonSQS.ReceiveMessage", &ask).await;
        answer.body["Messages"][0].as_object().cloned()
    })
    .await;
    let text = |name: &str| message[name].as_str().unwrap_or_default();
    let group = message["Attributes"]["MessageGroupId"].as_str().unwrap_or_default();
    let body: Value = serde_json::from_str(text("Body")).unwrap_or_default();
    let queue = stack().queues[FUNCTION].rsplit('/').next().unwrap_or_default();
    let mut event = event::messages(queue, &[(group, body)]);
    event["Records"][0]["messageId"] = json!(text("MessageId"));
    event["Records"][0]["receiptHandle"] = json!(text("ReceiptHandle"));
    event
}
