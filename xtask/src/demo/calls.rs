//! HTTP as the story needs it: the product's API, the simulator's control API, and a browser that follows no redirect.

use std::time::Duration;

use anyhow::{Context, ensure};
use serde_json::{Value, json};

use crate::stack::Description;

/// A call may include a cold start and a time-out of QuickBooks.
const ANSWER_LIMIT: Duration = Duration::from_secs(30);

/// Everybody that the story talks to.
pub(crate) struct Calls<'a> {
    stack: &'a Description,
    agent: ureq::Agent,
}

/// A status and a JSON body.
pub(crate) struct Answer {
    pub status: u16,
    pub body: Value,
}

impl<'a> Calls<'a> {
    pub(crate) fn new(stack: &'a Description) -> Self {
        let config = ureq::Agent::config_builder()
            .http_status_as_error(false)
            .max_redirects(0)
            .max_redirects_will_error(false)
            .proxy(None)
            .timeout_global(Some(ANSWER_LIMIT))
            .build();
        Self { stack, agent: ureq::Agent::new_with_config(config) }
    }

    /// Reads from the product's API.
    pub(crate) fn get(&self, function: &str, path: &str) -> anyhow::Result<Answer> {
        let response =
            self.agent.get(self.url(function, path)?).header("authorization", self.bearer()).call();
        answer(response.with_context(|| format!("GET {path}"))?)
            .with_context(|| format!("GET {path}"))
    }

    /// Puts to the product's API.
    pub(crate) fn put(&self, function: &str, path: &str, body: &Value) -> anyhow::Result<Answer> {
        let response = self
            .agent
            .put(self.url(function, path)?)
            .header("authorization", self.bearer())
            .send_json(body);
        answer(response.with_context(|| format!("PUT {path}"))?)
            .with_context(|| format!("PUT {path}"))
    }

    /// Posts to the product's API.
    pub(crate) fn post(&self, function: &str, path: &str, body: &Value) -> anyhow::Result<Answer> {
        let response = self
            .agent
            .post(self.url(function, path)?)
            .header("authorization", self.bearer())
            .send_json(body);
        answer(response.with_context(|| format!("POST {path}"))?)
            .with_context(|| format!("POST {path}"))
    }

    /// Reads from the simulator's control API.
    pub(crate) fn simulator(&self, path: &str) -> anyhow::Result<Value> {
        let answer =
            answer(self.agent.get(format!("{}/sim/{path}", self.stack.simulator)).call()?)?;
        ensure!(
            answer.status == 200,
            "the simulator answers {} to {path}: {}",
            answer.status,
            answer.body
        );
        Ok(answer.body)
    }

    /// Orders something from the simulator.
    pub(crate) fn order(&self, path: &str, body: &Value) -> anyhow::Result<()> {
        let answer = answer(
            self.agent.post(format!("{}/sim/{path}", self.stack.simulator)).send_json(body)?,
        )?;
        ensure!(
            answer.status == 200,
            "the simulator answers {} to {path}: {}",
            answer.status,
            answer.body
        );
        Ok(())
    }

    /// What a person does in the browser: open the consent page, choose the company, press "Connect", come back. Returns the
    /// status of the page on which they land.
    pub(crate) fn consent(&self, authorize_url: &str, realm: &str) -> anyhow::Result<u16> {
        let page = self.agent.get(authorize_url).call().context("opening the consent page")?;
        ensure!(page.status() == 200, "the consent page answers {}", page.status());
        let (address, query) =
            authorize_url.split_once('?').context("the consent address has no query")?;
        let form = format!("{query}&realm={realm}&decision=connect");
        let decided = self
            .agent
            .post(address)
            .content_type("application/x-www-form-urlencoded")
            .send(form)
            .context("pressing Connect")?;
        let location = decided.headers().get("location").and_then(|value| value.to_str().ok());
        let landing = self
            .agent
            .get(location.context("the consent page sends nobody back")?)
            .call()
            .context("coming back")?;
        Ok(landing.status().as_u16())
    }

    fn url(&self, function: &str, path: &str) -> anyhow::Result<String> {
        let base = self
            .stack
            .functions
            .get(function)
            .with_context(|| format!("there is no function {function}"))?;
        Ok(format!("{base}{path}"))
    }

    fn bearer(&self) -> String {
        format!("Bearer {}", self.stack.api_key)
    }
}

fn answer(mut response: ureq::http::Response<ureq::Body>) -> anyhow::Result<Answer> {
    let text = response.body_mut().read_to_string().context("the answer broke off")?;
    let body = serde_json::from_str(&text).unwrap_or_else(|_| json!(text));
    Ok(Answer { status: response.status().as_u16(), body })
}
