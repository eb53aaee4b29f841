//! What `stack.json` tells programs that drive a running stack.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
};

use anyhow::Context;
use serde::{Deserialize, Serialize};

/// Everything there is to know about a running stack. Addresses have no slash at the end.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Description {
    /// The stack's name, and the template's `Environment`.
    pub name: String,
    /// Function name to address, of those that have one.
    pub functions: BTreeMap<String, String>,
    /// The key that the API asks for.
    pub api_key: String,
    /// Keys of callers who may do less, by their role.
    pub api_keys_by_role: BTreeMap<String, String>,
    /// The emulator itself. Credentials `test` / `test` are those of the account's root.
    pub aws_endpoint: String,
    /// The region of everything.
    pub region: String,
    /// The QuickBooks simulator itself.
    pub simulator: String,
    /// The Intuit app's credentials.
    pub client_id: String,
    /// The Intuit app's credentials.
    pub client_secret: String,
    /// Where the functions' AWS calls pass.
    pub aws_proxy: String,
    /// Where the functions' QuickBooks calls pass.
    pub quickbooks_proxy: String,
    /// Where the proxy takes orders.
    pub proxy_control: String,
    /// The one table.
    pub table: String,
    /// Where files that are imported lie.
    pub import_bucket: String,
    /// How long one invocation works on an import.
    pub import_timeout_seconds: u32,
    /// Secrets are `<prefix>/application` and `<prefix>/connection/<tenant>/<company>`.
    pub secret_prefix: String,
    /// What signs QuickBooks' webhooks.
    pub webhook_verifier: String,
    /// What signs the events sent to hosts' endpoints.
    pub event_signing_key: String,
    /// Function name to its queue's address.
    pub queues: BTreeMap<String, String>,
    /// Function name to its dead-letter queue's address.
    pub dead_letter_queues: BTreeMap<String, String>,
    /// The name of the bus that hears of every event.
    pub event_bus: String,
    /// A queue that gets all that the bus hears, in no order.
    pub bus_tap: String,
    /// Where QuickBooks sends people back to.
    pub oauth_redirect_url: String,
    /// How long a queue hides a message whose invocation died.
    pub visibility_timeout_seconds: u32,
    /// Wait before the first repeat.
    pub retry_base_seconds: u32,
    /// Longest wait between attempts.
    pub retry_cap_seconds: u32,
    /// Rest of a throttled company.
    pub throttle_pause_seconds: u32,
    /// The folder of the logs of every process.
    pub folder: PathBuf,
    /// A command that prints all that the functions logged so far.
    pub logs_command: Vec<String>,
}

impl Description {
    /// Where the description of a stack is written.
    pub(crate) fn path(folder: &Path) -> PathBuf {
        folder.join("stack.json")
    }

    /// Reads the description of a running stack.
    pub(crate) fn read(file: &Path) -> anyhow::Result<Self> {
        let text = fs::read_to_string(file).with_context(|| {
            format!("cannot read {}; `cargo xtask up` writes one", file.display())
        })?;
        serde_json::from_str(&text).with_context(|| format!("{} is no stack.json", file.display()))
    }
}
