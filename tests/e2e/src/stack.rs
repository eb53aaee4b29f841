//! The stack under test, as its description says.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use serde::Deserialize;

/// Where everything is. Fields as in `stack.json`.
#[derive(Debug, Deserialize)]
pub struct Stack {
    /// Function name to URL.
    pub functions: BTreeMap<String, String>,
    /// The host's key.
    pub api_key: String,
    /// Keys of callers who may do less, by their role.
    pub api_keys_by_role: BTreeMap<String, String>,
    /// The emulator, past the proxy.
    pub aws_endpoint: String,
    /// The emulator, through the proxy.
    pub aws_proxy: String,
    /// The simulated QuickBooks, through the proxy.
    pub quickbooks_proxy: String,
    /// The region everything is in.
    pub region: String,
    /// The simulated QuickBooks, past the proxy.
    pub simulator: String,
    /// Where the proxy takes orders.
    pub proxy_control: String,
    /// A queue that gets all that the event bus hears, in no order.
    pub bus_tap: String,
    /// The one table.
    pub table: String,
    /// Where files that are imported lie.
    pub import_bucket: String,
    /// How long one invocation works on an import.
    pub import_timeout_seconds: u32,
    /// Function name to queue URL.
    pub queues: BTreeMap<String, String>,
    /// Function name to dead-letter queue URL.
    pub dead_letter_queues: BTreeMap<String, String>,
    /// What the names of all secrets start with.
    pub secret_prefix: String,
    /// The secret of the registered app.
    pub client_secret: String,
    /// What signs QuickBooks' webhooks.
    pub webhook_verifier: String,
    /// What signs the events sent to hosts' endpoints.
    pub event_signing_key: String,
    /// The deployment's name.
    pub name: String,
    /// Prints what the functions logged so far.
    pub logs_command: Vec<String>,
}

/// The stack that `LEDGERBRIDGE_STACK` describes.
pub fn stack() -> &'static Stack {
    static STACK: OnceLock<Stack> = OnceLock::new();
    STACK.get_or_init(|| {
        let path = std::env::var("LEDGERBRIDGE_STACK")
            .expect("LEDGERBRIDGE_STACK names the stack.json of a running stack; `cargo xtask test` sets it");
        let text = std::fs::read_to_string(&path).expect("the file that LEDGERBRIDGE_STACK names can be read");
        serde_json::from_str(&text).expect("stack.json has the fields of a stack")
    })
}
