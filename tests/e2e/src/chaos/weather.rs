//! Making faults happen, and knowing which of them struck.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Mutex;
use std::time::Duration;

use reqwest::Method;
use serde_json::{Value, json};

use super::schedule::{Fault, Table};
use crate::http::order;
use crate::{Crash, Tenant, When, stack};

/// Rules of the proxy that a tenant has at a time. It compares every request with each of them.
const RULES: usize = 3;
/// How long the dead stay dead: longer than it takes to notice.
const DEATH: Duration = Duration::from_secs(3);
/// Tells of what others did; while it fails, the emulator delivers no messages to anybody.
const TELLER: &str = "event-publisher";

/// How often something was ordered and how often it struck.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Strikes {
    /// Calls that were to be struck.
    pub ordered: u64,
    /// Calls that were.
    pub struck: u64,
}

/// The faults by kind.
pub type Faults = BTreeMap<&'static str, Strikes>;

/// The weather over one tenant.
pub(super) struct Weather<'a> {
    tenant: &'a Tenant,
    faults: Mutex<Faults>,
    /// Faults that the simulator was told, by its numbers.
    scripted: Mutex<BTreeMap<u64, &'static str>>,
    /// Rules that the proxy still has, oldest first.
    rules: Mutex<VecDeque<(u64, &'static str)>>,
}

impl<'a> Weather<'a> {
    pub(super) fn over(tenant: &'a Tenant) -> Self {
        let faults = Mutex::default();
        Self { tenant, faults, scripted: Mutex::default(), rules: Mutex::default() }
    }

    /// Makes a fault happen.
    pub(super) async fn worsen(&self, fault: &Fault) {
        let kind = fault.name();
        match fault {
            Fault::QuickBooks { times, .. } => {
                self.count(kind, *times, *times);
                self.script(fault).await;
            }
            Fault::Refusal { .. } => {
                self.count(kind, 1, 1);
                self.script(fault).await;
            }
            Fault::Aws(table) => self.rule(table).await,
            Fault::Death { operation, after } => self.die(*operation, *after).await,
            Fault::Expiry | Fault::Race => {
                self.count(kind, 1, 1);
                let url = self.tenant.simulator("tokens/expire-access");
                order(Method::POST, &url, Some(&json!({}))).await;
            }
        }
    }

    /// Ends the storm over the tenant; what struck until then.
    pub(super) async fn clear(self) -> Faults {
        while let Some(rule) = self.oldest_rule(0) {
            self.retire(rule).await;
        }
        let waiting = order(Method::GET, &self.tenant.simulator("faults"), None).await;
        self.tenant.heal().await;
        let scripted = self.scripted.lock().expect("nobody panicked");
        let mut faults = self.faults.lock().expect("nobody panicked").clone();
        for fault in waiting["faults"].as_array().into_iter().flatten() {
            let kind = fault["id"].as_u64().and_then(|id| scripted.get(&id));
            if let Some(strikes) = kind.and_then(|kind| faults.get_mut(kind)) {
                strikes.struck -= fault["times"].as_u64().unwrap_or(1).min(strikes.struck);
            }
        }
        faults
    }

    async fn script(&self, fault: &Fault) {
        let url = self.tenant.simulator("faults");
        let made = order(Method::POST, &url, Some(&fault.for_simulator())).await;
        let id = made["id"].as_u64().expect("a fault has an id");
        self.scripted.lock().expect("nobody panicked").insert(id, fault.name());
    }

    async fn rule(&self, table: &Table) {
        let body = json!({
            "match": [self.tenant.id, self.tenant.realm],
            "except": [TELLER],
            "operation": table.operation,
            "times": table.times,
            "action": table.action(),
        });
        let made =
            order(Method::POST, &format!("{}/rules", stack().proxy_control), Some(&body)).await;
        let id = made["id"].as_u64().expect("a rule has an id");
        self.count(table.kind, table.times, 0);
        self.rules.lock().expect("nobody panicked").push_back((id, table.kind));
        if let Some(rule) = self.oldest_rule(RULES) {
            self.retire(rule).await;
        }
    }

    /// The oldest rule, if there are more than so many.
    fn oldest_rule(&self, most: usize) -> Option<(u64, &'static str)> {
        let mut rules = self.rules.lock().expect("nobody panicked");
        if rules.len() > most { rules.pop_front() } else { None }
    }

    async fn retire(&self, (id, kind): (u64, &'static str)) {
        let url = format!("{}/rules/{id}", stack().proxy_control);
        let progress: Value = order(Method::GET, &url, None).await;
        order(Method::DELETE, &url, None).await;
        self.count(kind, 0, progress["seen"].as_u64().unwrap_or(0));
    }

    /// The tenant's processes die together, and are replaced a while after the first of them did.
    async fn die(&self, operation: u64, after: bool) {
        let when = if after { When::After } else { When::Before };
        let crash = Crash::at(self.tenant, operation, when).await;
        self.count("process death", 1, 0);
        tokio::time::sleep(DEATH).await;
        self.count("process death", 0, u64::from(crash.struck().await));
        crash.revive().await;
    }

    fn count(&self, kind: &'static str, ordered: u64, struck: u64) {
        let mut faults = self.faults.lock().expect("nobody panicked");
        let strikes = faults.entry(kind).or_default();
        strikes.ordered += ordered;
        strikes.struck += struck;
    }
}
