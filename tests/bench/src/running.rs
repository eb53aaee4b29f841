//! One environment: a function's process and the runtime API that it talks to.

use std::fs::{self, File};
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStderr, ChildStdin, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, bail};
use bytes::Bytes;
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use serde_json::Value;

use crate::process::Usage;
use crate::program::Program;
use crate::runtime_api::{Posted, RuntimeApi};

/// More than any invocation takes; one that imports may take ten minutes.
const ANSWER_LIMIT: Duration = Duration::from_secs(660);
/// The most of a log that a failure shows.
const TAIL_BYTES: usize = 2000;

/// A running environment. Dropping it ends the process.
pub struct Running {
    child: Child,
    api: RuntimeApi,
    log: PathBuf,
    counts: Option<(ChildStdin, BufReader<ChildStderr>)>,
}

/// What a function answered, and how long that took.
#[derive(Debug)]
pub struct Answered {
    /// The response that it posted.
    pub body: Value,
    /// From when the event was there until the response was.
    pub took: Duration,
}

impl Answered {
    /// The HTTP status of an answered call of the function's URL.
    pub fn status(&self) -> u64 {
        self.body["statusCode"].as_u64().unwrap_or(0)
    }

    /// The JSON body of an answered call of the function's URL.
    pub fn json(&self) -> Value {
        let text = self.body["body"].as_str().unwrap_or_default();
        serde_json::from_str(text).unwrap_or(Value::Null)
    }
}

/// Starts an environment whose first event is there already, as after a call that found no warm one. The time runs from before
/// the process exists until its response is posted.
pub async fn start(
    program: &Program,
    log: &Path,
    event: &Value,
) -> anyhow::Result<(Running, Answered)> {
    let api = RuntimeApi::listen(&program.name).await?;
    let posted = api.put(Bytes::from(event.to_string()));
    let output = File::create(log).with_context(|| format!("cannot write {}", log.display()))?;
    let [path, arguments @ ..] = program.command.as_slice() else { bail!("there is no program") };
    let mut command = Command::new(path);
    command.args(arguments).env_clear().envs(&program.variables);
    command.env("AWS_LAMBDA_RUNTIME_API", api.address()).current_dir(&program.folder);
    if program.counts {
        command.stdin(Stdio::piped()).stdout(output).stderr(Stdio::piped());
    } else {
        let errors = output.try_clone().context("cannot share the log")?;
        command.stdin(Stdio::null()).stdout(output).stderr(errors);
    }
    let started = Instant::now();
    let mut child = command.spawn().with_context(|| format!("cannot start {}", program.name))?;
    let counts = child.stdin.take().zip(child.stderr.take().map(BufReader::new));
    let running = Running { child, api, log: log.to_owned(), counts };
    let answered = running.take(started, posted).await?;
    Ok((running, answered))
}

impl Running {
    /// Hands it one more event.
    pub async fn invoke(&self, event: &Value) -> anyhow::Result<Answered> {
        let event = Bytes::from(event.to_string());
        let started = Instant::now();
        let posted = self.api.put(event);
        self.take(started, posted).await
    }

    async fn take(
        &self,
        started: Instant,
        posted: tokio::sync::oneshot::Receiver<Posted>,
    ) -> anyhow::Result<Answered> {
        match tokio::time::timeout(ANSWER_LIMIT, posted).await {
            Ok(Ok(posted)) if !posted.failed => {
                let body =
                    serde_json::from_slice(&posted.body).context("the response is no JSON")?;
                Ok(Answered { body, took: posted.at - started })
            }
            Ok(Ok(posted)) => {
                bail!("an error: {}\n{}", String::from_utf8_lossy(&posted.body), self.tail())
            }
            Ok(Err(_)) | Err(_) => bail!("no answer\n{}", self.tail()),
        }
    }

    /// What it has used so far.
    pub fn usage(&self) -> anyhow::Result<Usage> {
        Usage::of(self.child.id())
    }

    /// Whether its process has ended, though it is not collected yet.
    pub fn has_ended(&self) -> bool {
        let stat =
            fs::read_to_string(format!("/proc/{}/stat", self.child.id())).unwrap_or_default();
        stat.rsplit_once(')').is_none_or(|(_, after)| after.trim_start().starts_with('Z'))
    }

    /// Its process.
    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// How often it has allocated so far, and how many bytes; of a program that counts.
    pub fn allocations(&mut self) -> anyhow::Result<(u64, u64)> {
        let (input, output) = self.counts.as_mut().context("this program does not count")?;
        input.write_all(b"\n").context("it does not listen")?;
        let mut line = String::new();
        output.read_line(&mut line).context("it does not tell")?;
        let mut numbers = line.split_whitespace().map_while(|word| word.parse().ok());
        numbers.next().zip(numbers.next()).with_context(|| format!("odd counts: {line}"))
    }

    /// Bytes that it has logged so far.
    pub fn logged_bytes(&self) -> u64 {
        fs::metadata(&self.log).map_or(0, |metadata| metadata.len())
    }

    /// What it has logged so far.
    pub fn logged(&self) -> String {
        fs::read_to_string(&self.log).unwrap_or_default()
    }

    fn tail(&self) -> String {
        let text = self.logged();
        text[text.floor_char_boundary(text.len().saturating_sub(TAIL_BYTES))..].to_owned()
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // Lambda freezes environments and ends them without a word; nothing here needs one either.
        let _ = kill(Pid::from_raw(self.child.id().cast_signed()), Signal::SIGKILL);
        let _ = self.child.wait();
    }
}
