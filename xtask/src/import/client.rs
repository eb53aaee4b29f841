//! The calls about imports, and the upload of a file.

use std::{
    fs::File,
    io::{self, Read},
    path::Path,
    time::Duration,
};

use anyhow::{Context, bail};
use serde::{Deserialize, de::DeserializeOwned};
use serde_json::{Value, json};

use crate::process::{self, wait_until};

/// A call may include a cold start and a time-out of QuickBooks.
const ANSWER_LIMIT: Duration = Duration::from_secs(30);
/// A file of 512 MiB over a slow line.
const UPLOAD_LIMIT: Duration = Duration::from_secs(3600);
/// How often a call that may be repeated is, when the network or the product has a bad moment.
const TRIES: u32 = 6;
const BETWEEN_TRIES: Duration = Duration::from_secs(2);

/// One tenant's imports.
pub(super) struct Client {
    /// Where function import answers, without a slash at the end.
    pub address: String,
    /// The API key.
    pub api_key: String,
    /// Whose records they are.
    pub tenant: String,
}

/// An import as the API shows it.
#[derive(Debug, Default, Deserialize)]
pub(super) struct Import {
    pub id: String,
    pub name: Option<String>,
    pub state: String,
    pub reason: Option<Reason>,
    #[serde(default)]
    pub lines: Lines,
    #[serde(default)]
    pub records: Records,
    pub progress: Option<Progress>,
}

/// Why it is not going on, and who has to do what.
#[derive(Debug, Deserialize)]
pub(super) struct Reason {
    pub message: String,
    pub remedy: Option<String>,
}

/// Lines of the file.
#[derive(Clone, Copy, Debug, Default, Deserialize)]
pub(super) struct Lines {
    pub read: u64,
    pub bad: u64,
}

/// What became of the records.
#[derive(Clone, Copy, Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Records {
    pub total: u64,
    pub done: u64,
    pub posted: u64,
    pub unchanged: u64,
    pub queued: u64,
    pub blocked: u64,
    pub rejected: u64,
    pub held: u64,
    pub skipped: u64,
}

/// How it is getting on.
#[derive(Clone, Debug, Deserialize)]
pub(super) struct Progress {
    pub phase: String,
    pub per_minute: Option<u64>,
    pub seconds_left: Option<u64>,
}

/// A line that cannot be posted.
#[derive(Debug, Deserialize)]
pub(super) struct Problem {
    pub line: u64,
    pub kind: Option<String>,
    pub id: Option<String>,
    pub code: String,
    pub message: String,
}

/// Where the file goes.
#[derive(Debug, Deserialize)]
pub(super) struct Upload {
    pub method: String,
    pub url: String,
}

#[derive(Deserialize)]
struct Begun {
    import: Import,
    upload: Upload,
}

#[derive(Deserialize)]
struct One {
    import: Import,
}

#[derive(Deserialize)]
struct Page {
    imports: Vec<Import>,
}

#[derive(Deserialize)]
struct Problems {
    problems: Vec<Problem>,
}

impl Client {
    /// Begins an import of a file that is still to be uploaded.
    pub(super) fn begin(&self, name: &str) -> anyhow::Result<(Import, Upload)> {
        let begun: Begun = self.once("POST", "", Some(&json!({"name": name})))?;
        Ok((begun.import, begun.upload))
    }

    /// Sends the file to its place; `on_bytes` hears how many bytes are on their way.
    pub(super) fn upload(
        &self,
        upload: &Upload,
        file: &Path,
        on_bytes: &mut dyn FnMut(u64),
    ) -> anyhow::Result<()> {
        let content =
            File::open(file).with_context(|| format!("cannot read {}", file.display()))?;
        let length = content.metadata().context("cannot tell how long the file is")?.len();
        let mut content = Watched { inner: content, on_bytes };
        // The place is bound to one address by its signature, and takes no body of unknown length.
        let request = match upload.method.as_str() {
            "PUT" => agent(UPLOAD_LIMIT).put(&upload.url),
            other => {
                bail!("The product asks for the file by {other}, which this program does not know.")
            }
        };
        let sent = request
            .header("content-length", length.to_string())
            .send(ureq::SendBody::from_reader(&mut content));
        process::check_interrupt()?;
        let mut answer = sent.context("The upload broke off; begin again.")?;
        if answer.status() != 200 {
            let text = answer.body_mut().read_to_string().unwrap_or_default();
            bail!("The file was not taken ({}): {text}", answer.status());
        }
        Ok(())
    }

    /// `start`, `pause`, `resume` or `cancel`; each may be repeated.
    pub(super) fn step(&self, id: &str, step: &str) -> anyhow::Result<Import> {
        let one: One = self.repeated("POST", &format!("/{id}/{step}"))?;
        Ok(one.import)
    }

    /// How an import stands.
    pub(super) fn import(&self, id: &str) -> anyhow::Result<Import> {
        let one: One = self.repeated("GET", &format!("/{id}"))?;
        Ok(one.import)
    }

    /// The newest imports.
    pub(super) fn newest(&self) -> anyhow::Result<Vec<Import>> {
        let page: Page = self.repeated("GET", "")?;
        Ok(page.imports)
    }

    /// The first bad lines, in the order of the file.
    pub(super) fn problems(&self, id: &str, most: usize) -> anyhow::Result<Vec<Problem>> {
        let page: Problems = self.repeated("GET", &format!("/{id}/problems?limit={most}"))?;
        Ok(page.problems)
    }

    /// For calls that may be made twice.
    fn repeated<T: DeserializeOwned>(&self, method: &str, path: &str) -> anyhow::Result<T> {
        let mut tried = 0;
        loop {
            tried += 1;
            match self.once(method, path, None) {
                Err(error) if tried < TRIES && error.is::<Unavailable>() => {
                    wait_until(BETWEEN_TRIES, || Ok(false))?;
                }
                outcome => return outcome,
            }
        }
    }

    fn once<T: DeserializeOwned>(
        &self,
        method: &str,
        path: &str,
        body: Option<&Value>,
    ) -> anyhow::Result<T> {
        let url = format!("{}/tenants/{}/imports{path}", self.address, self.tenant);
        let bearer = format!("Bearer {}", self.api_key);
        let agent = agent(ANSWER_LIMIT);
        let sent = match (method, body) {
            ("GET", _) => agent.get(&url).header("authorization", bearer).call(),
            (_, Some(body)) => agent.post(&url).header("authorization", bearer).send_json(body),
            (_, None) => agent.post(&url).header("authorization", bearer).send_empty(),
        };
        let mut answer = sent.map_err(|error| Unavailable(format!("{url}: {error}")))?;
        let status = answer.status();
        let text = answer.body_mut().read_to_string().context("the answer broke off")?;
        if status.is_success() {
            return serde_json::from_str(&text)
                .with_context(|| format!("{url} answers something else than imports"));
        }
        let problem = said(&text).unwrap_or_else(|| format!("{url} answers {status}"));
        if status.is_server_error() || status.as_u16() == 429 {
            return Err(Unavailable(problem).into());
        }
        bail!(problem)
    }
}

/// Nobody answered, or not now.
#[derive(Debug)]
struct Unavailable(String);

impl std::fmt::Display for Unavailable {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str(&self.0)
    }
}

impl std::error::Error for Unavailable {}

/// What a problem says, with its remedy.
fn said(text: &str) -> Option<String> {
    let problem: Value = serde_json::from_str(text).ok()?;
    let detail = problem["detail"].as_str().or(problem["title"].as_str())?;
    Some(match problem["remedy"].as_str() {
        Some(remedy) => format!("{detail} {remedy}"),
        None => detail.to_owned(),
    })
}

fn agent(limit: Duration) -> ureq::Agent {
    let config = ureq::Agent::config_builder()
        .http_status_as_error(false)
        .timeout_global(Some(limit))
        .build();
    ureq::Agent::new_with_config(config)
}

/// Tells of each piece that is read, and breaks off when a person wants it to.
struct Watched<'a> {
    inner: File,
    on_bytes: &'a mut dyn FnMut(u64),
}

impl Read for Watched<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        process::check_interrupt().map_err(io::Error::other)?;
        let count = self.inner.read(buffer)?;
        (self.on_bytes)(u64::try_from(count).unwrap_or(0));
        Ok(count)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_problem_is_told_with_its_remedy() {
        for (text, expected) in [
            (
                r#"{"title":"Not connected","detail":"acme is not connected.","remedy":"Connect."}"#,
                Some("acme is not connected. Connect."),
            ),
            (r#"{"title":"Not found"}"#, Some("Not found")),
            ("<html>", None),
        ] {
            assert_eq!(said(text).as_deref(), expected);
        }
    }

    #[test]
    fn an_import_is_read_whatever_else_the_api_says_of_it() {
        let import: Import = serde_json::from_value(json!({
            "id": "i-1", "name": null, "state": "importing", "reason": null, "created_at": "2026-04-12T09:30:00Z",
            "bytes": 120, "lines": {"read": 3, "good": 2, "bad": 1},
            "records": {"total": 2, "done": 1, "left": 1, "posted": 1, "unchanged": 0, "queued": 0, "blocked": 0,
                "rejected": 0, "held": 0, "skipped": 0},
            "progress": {"phase": "documents", "per_minute": 1100, "seconds_left": null},
        }))
        .unwrap();
        assert_eq!((import.lines.bad, import.records.posted, import.records.total), (1, 1, 2));
        assert_eq!(import.progress.and_then(|progress| progress.per_minute), Some(1100));
    }
}
