//! The host: it repeats what was not answered, as the README tells hosts to, and never gives up early.

use std::time::Duration;

use reqwest::Method;
use serde_json::Value;
use tokio::sync::Semaphore;

use crate::answer::Answer;
use crate::{Tenant, stack};

/// Repetitions of one call; what is in trouble for longer is in trouble for good.
const ATTEMPTS: u32 = 60;
/// Between two of them.
const PAUSE: Duration = Duration::from_millis(500);
/// A function is stopped sooner.
const ANSWER_LIMIT: Duration = Duration::from_secs(60);

/// Calls the product, so many calls at a time over all tenants.
pub(super) struct Host {
    client: reqwest::Client,
    gate: Semaphore,
}

impl Host {
    pub(super) fn new(calls_at_once: usize) -> Self {
        let client = reqwest::Client::builder().pool_max_idle_per_host(0).timeout(ANSWER_LIMIT);
        let client = client.build().expect("a plain client can be built");
        Self { client, gate: Semaphore::new(calls_at_once) }
    }

    /// Calls until there is an answer that is one. An error says what the last one was.
    pub(super) async fn call(
        &self,
        tenant: &Tenant,
        function: &str,
        method: Method,
        path: &str,
        body: Option<&Value>,
    ) -> Result<Answer, String> {
        let url = format!("{}{}", stack().functions[function], tenant.path(path));
        let mut last = String::new();
        for _ in 0..ATTEMPTS {
            let mut request =
                self.client.request(method.clone(), &url).bearer_auth(&stack().api_key);
            if let Some(body) = body {
                request = request.json(body);
            }
            let sent = {
                let _one = self.gate.acquire().await.expect("the gate is never closed");
                match request.send().await {
                    Ok(response) => Ok(Answer::of(response).await),
                    Err(error) => Err(error.to_string()),
                }
            };
            match sent {
                Ok(answer) if answer.status < 500 && answer.status != 429 => return Ok(answer),
                Ok(answer) => last = format!("{} {}", answer.status, answer.body),
                Err(error) => last = error,
            }
            tokio::time::sleep(PAUSE).await;
        }
        Err(format!("{function} {path} is not answered: {last}"))
    }
}
