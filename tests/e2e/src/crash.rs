//! Letting a function die between any two of its outside operations, and counting them.

use reqwest::Method;
use serde_json::{Value, json};

use crate::http::order;
use crate::{Tenant, stack};

/// What every invocation does the same number of times.
pub(crate) const COUNTED: [&str; 3] = ["dynamodb", "sqs", "quickbooks"];
/// What those do the same number of times that begin, renew or end a connection.
pub(crate) const WITH_SECRETS: [&str; 4] = ["dynamodb", "sqs", "quickbooks", "secretsmanager"];
/// What the function that tells of events calls.
pub(crate) const OF_TELLER: [&str; 3] = ["dynamodb", "sqs", "aws"];
/// Tells of what others did, some time later.
pub(crate) const TELLER: &str = "event-publisher";

/// On which side of the operation death comes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum When {
    /// The operation never happens.
    Before,
    /// The operation happens, its answer is never seen.
    After,
}

/// A death that is ordered; from the moment it strikes, nothing that concerns the tenant gets out any more.
#[derive(Debug)]
pub struct Crash {
    id: u64,
}

impl Crash {
    /// Orders that the `k`-th call of the table, a queue or QuickBooks from now on is the last. Secrets do not count:
    /// how often they are read depends on what a warm function remembers. Nor do those of the function that tells of
    /// events, which comes whenever it comes.
    pub async fn at(tenant: &Tenant, k: u64, when: When) -> Self {
        let order = json!({"match": [tenant.id, tenant.realm], "services": COUNTED, "die_at": k});
        Self::order(order, when).await
    }

    /// Orders that the `k`-th operation with this text in its name is the last. Calls for tokens name neither tenant
    /// nor company, so `token` says by which refresh token they are known.
    pub async fn at_operation(
        tenant: &Tenant,
        token: &str,
        operation: &str,
        k: u64,
        when: When,
    ) -> Self {
        let texts = [tenant.id.as_str(), tenant.realm.as_str(), token];
        Self::order(json!({"match": texts, "operation": operation, "die_at": k}), when).await
    }

    /// As [`Crash::at`], but operations on the tenant's secrets count as well, and calls for tokens, which are known by
    /// `token`.
    pub async fn with_tokens(tenant: &Tenant, token: &str, k: u64, when: When) -> Self {
        let mut texts = vec![tenant.id.as_str(), tenant.realm.as_str()];
        texts.extend(Some(token).filter(|token| !token.is_empty()));
        let order = json!({"match": texts, "services": WITH_SECRETS, "die_at": k});
        Self::order(order, when).await
    }

    /// Orders that the `k`-th operation of the function that tells of events is its last, as far as this tenant is
    /// concerned. Nobody else dies.
    pub async fn of_publisher(tenant: &Tenant, k: u64, when: When) -> Self {
        let others = stack().functions.keys().chain(stack().queues.keys());
        let others: Vec<&String> = others.filter(|name| *name != TELLER).collect();
        let order =
            json!({"match": tenant.id, "services": OF_TELLER, "die_at": k, "except": others});
        Self::order(order, when).await
    }

    /// Orders that the `k`-th operation that concerns the tenant from now on is sent that much later, whoever waits for it.
    pub async fn stall(tenant: &Tenant, k: u64, milliseconds: u64) -> Self {
        let body = json!({"match": [tenant.id, tenant.realm], "except": [TELLER], "skip": k - 1,
            "action": {"delay_milliseconds": milliseconds}});
        Self::make(&body).await
    }

    async fn order(mut body: Value, when: When) -> Self {
        if body["except"].is_null() {
            body["except"] = json!([TELLER]);
        }
        body["when"] = match when {
            When::Before => "before".into(),
            When::After => "after".into(),
        };
        Self::make(&body).await
    }

    async fn make(body: &Value) -> Self {
        let made =
            order(Method::POST, &format!("{}/rules", stack().proxy_control), Some(body)).await;
        Self { id: made["id"].as_u64().expect("a rule has an id") }
    }

    /// Whether death has struck.
    pub async fn struck(&self) -> bool {
        order(Method::GET, &self.url(), None).await["fired"] == true
    }

    /// Lets everything through again.
    pub async fn revive(self) {
        order(Method::DELETE, &self.url(), None).await;
    }

    fn url(&self) -> String {
        format!("{}/rules/{}", stack().proxy_control, self.id)
    }
}

impl Tenant {
    /// Lets the proxy do something to the tenant's next operation with this text in its name, such as answering
    /// `{"status":429,"headers":{…}}` in the place of the service.
    pub async fn intercept(&self, operation: &str, action: Value) {
        let body =
            json!({"match": [self.id, self.realm], "operation": operation, "action": action});
        order(Method::POST, &format!("{}/rules", stack().proxy_control), Some(&body)).await;
    }

    /// Every call of the table, a queue or QuickBooks that concerned the tenant since `after`, in order, but for those of
    /// the function that tells of events.
    pub async fn operations(&self, after: u64) -> Vec<Value> {
        let all = self.listed(after).await["operations"].as_array().cloned().unwrap_or_default();
        let counted = |operation: &Value| {
            COUNTED.iter().any(|service| operation["service"] == *service)
                && operation["caller"] != TELLER
        };
        all.into_iter().filter(counted).collect()
    }

    /// The number of the last operation seen, to ask [`Tenant::operations`] about what follows.
    pub async fn operations_mark(&self) -> u64 {
        // After all there can be: none is looked through.
        self.listed(u64::MAX).await["last"].as_u64().unwrap_or(0)
    }

    async fn listed(&self, after: u64) -> Value {
        let (control, id, realm) = (&stack().proxy_control, &self.id, &self.realm);
        let url = format!("{control}/operations?match={id}&match={realm}&after={after}");
        order(Method::GET, &url, None).await
    }
}

/// Everything outside of the functions that got a text in a request: who sent it, and with which operation.
pub async fn carried(text: &str) -> Vec<(String, String)> {
    let listed: String = url::form_urlencoded::byte_serialize(text.as_bytes()).collect();
    let url = format!("{}/operations?match={listed}", stack().proxy_control);
    let answer = order(Method::GET, &url, None).await;
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let operations = answer["operations"].as_array().cloned().unwrap_or_default();
    operations.iter().map(|it| (text(&it["caller"]), text(&it["operation"]))).collect()
}
