//! What benchmarks work on: a stack of their own on which nothing else happens, and customers that are connected.

use std::collections::BTreeMap;

use anyhow::{Context, ensure};
use e2e::aws::{self, Identity};
use e2e::{Tenant, records, stack};
use futures_util::stream::{self, StreamExt, TryStreamExt};
use serde_json::{Value, json};

use crate::event;
use crate::program::Addresses;

/// Income account of the sample company, as the peers' settings say.
const INCOME: &str = e2e::INCOME;

/// A customer that is connected, with agent A1 and the item of its bills linked.
#[derive(Debug, Clone)]
pub struct Customer {
    /// The tenant and its company.
    pub tenant: Tenant,
}

impl Customer {
    /// A new one. The first bill went through the deployed functions, so that all that is linked by it is linked.
    pub async fn new() -> Self {
        Self { tenant: Tenant::warmed_up().await }
    }

    /// A call of a tenant's path.
    pub fn call(&self, method: &str, rest: &str, body: Option<&Value>) -> Value {
        event::call(method, &self.tenant.path(rest), &stack().api_key, body)
    }

    /// Sends a new bill: one invoice of one line.
    pub fn bill(&self, id: &str) -> Value {
        // Numbers have 21 characters at most.
        let number: String = id.chars().take(21).collect();
        self.call("PUT", &format!("bills/{id}"), Some(&records::bill(1, &number, "125.00")))
    }

    /// Gives the peers what they load, under keys of their own. They find the links that we made.
    pub async fn serve_peers(&self) -> anyhow::Result<()> {
        let items = self.tenant.items().await;
        let linked = |prefix: &str| {
            let of_kind = |item: &&Value| {
                item["sk"]["S"]
                    .as_str()
                    .is_some_and(|sk| sk.starts_with("LINK#") && sk.contains(prefix))
            };
            let link = items.iter().find(of_kind).with_context(|| format!("no link {prefix}"))?;
            link["object_id"]["S"].as_str().map(str::to_owned).context("a link without object")
        };
        let item = |sk: &str, members: Value| {
            let mut item = members;
            item["pk"] = json!({"S": format!("PEER#{}", self.tenant.id)});
            item["sk"] = json!({"S": sk});
            item
        };
        let text = |text: &str| json!({"S": text});
        aws::put_items(&[
            item(
                "CONNECTION",
                json!({"status": text("connected"), "realm": text(&self.tenant.realm)}),
            ),
            item("SETTINGS", json!({"income_account": text(INCOME), "revision": {"N": "1"}})),
            item("POSTING#bill#warm-up", json!({"state": text("posted"), "revision": {"N": "1"}})),
            item("LINK#customer#A1", json!({"object_id": text(&linked("#customer#A1")?)})),
            item("LINK#item#desk-fee", json!({"object_id": text(&linked("#item#desk-fee")?)})),
        ])
        .await;
        Ok(())
    }
}

/// Postings that an environment makes for one company in a minute without reserving moments for them, but for its first.
pub const UNRESERVED: u64 = 18;

/// Customers who take turns.
#[derive(Debug)]
pub struct Crowd(Vec<Customer>);

impl Crowd {
    /// So many that none of them posts more often than an environment may call a company without asking for it, however fast
    /// records follow each other.
    pub const SIZE: usize = 200;
    /// Who are made at a time.
    const AT_ONCE: usize = 4;

    /// New ones, whom the peers know as well.
    pub async fn gather() -> anyhow::Result<Self> {
        let customers = (0..Self::SIZE).map(async |_| {
            let customer = Customer::new().await;
            customer.serve_peers().await.map(|()| customer)
        });
        stream::iter(customers).buffer_unordered(Self::AT_ONCE).try_collect().await.map(Self)
    }

    /// Whose turn it is.
    pub fn customer(&self, number: usize) -> &Customer {
        &self.0[number % self.0.len()]
    }
}

/// Where everything is, past the proxy of the tests, which would add a hop.
pub fn addresses() -> Addresses {
    Addresses { aws: stack().aws_endpoint.clone(), quickbooks: stack().simulator.clone() }
}

/// A function's variables, as it was deployed with them.
pub async fn deployed(function: &str) -> anyhow::Result<BTreeMap<String, String>> {
    let variables = configuration(function).await["Environment"]["Variables"].take();
    serde_json::from_value(variables).with_context(|| format!("{function} is not deployed"))
}

/// A function's memory in MB, as it was deployed with it.
pub async fn memory_mb(function: &str) -> anyhow::Result<u64> {
    let memory = configuration(function).await["MemorySize"].as_u64();
    memory.with_context(|| format!("{function} is not deployed"))
}

async fn configuration(function: &str) -> Value {
    let path = format!("/2015-03-31/functions/{}-{function}", stack().secret_prefix);
    let mut answer = Identity::root().rest("lambda", "GET", &path, None).await;
    answer.body["Configuration"].take()
}

/// From now on the deployed functions run only when they are called: no queue, stream or schedule does. What they did at the
/// same time would be measured too.
pub async fn silence() -> anyhow::Result<()> {
    let root = Identity::root();
    let mappings = root.rest("lambda", "GET", "/2015-03-31/event-source-mappings", None).await;
    let mappings = mappings.body["EventSourceMappings"].as_array().cloned().unwrap_or_default();
    ensure!(!mappings.is_empty(), "the stack has no event sources");
    for mapping in mappings {
        let id = mapping["UUID"].as_str().context("an event source without id")?;
        let path = format!("/2015-03-31/event-source-mappings/{id}");
        let off = root.rest("lambda", "PUT", &path, Some(&json!({"Enabled": false}))).await;
        ensure!(off.status < 300, "an event source stays on: {}", off.body);
    }
    let schedules = root.rest("scheduler", "GET", "/schedules", None).await;
    for schedule in schedules.body["Schedules"].as_array().into_iter().flatten() {
        let name = schedule["Name"].as_str().context("a schedule without name")?;
        let gone = root.rest("scheduler", "DELETE", &format!("/schedules/{name}"), None).await;
        ensure!(gone.status < 300, "a schedule stays: {}", gone.body);
    }
    Ok(())
}
