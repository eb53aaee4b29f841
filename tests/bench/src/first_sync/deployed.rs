//! Deployed functions as the emulator runs them: their processes, and what wakes them.

use std::fs;
use std::path::Path;

use anyhow::{Context, ensure};
use e2e::aws::Identity;
use e2e::stack;
use nix::sys::signal::{Signal, kill as signal};
use nix::unistd::Pid;
use serde_json::json;

use crate::process::Usage;

/// Kills every process of a function of this stack, as a machine that loses its power would; how many there were.
pub(super) fn kill(function: &str) -> anyhow::Result<usize> {
    let processes = processes(function)?;
    for process in &processes {
        signal(*process, Signal::SIGKILL).context("cannot kill a function")?;
    }
    ensure!(!processes.is_empty(), "no process of {function} runs");
    Ok(processes.len())
}

/// The largest resident memory that a process of a function has had, of those that run.
pub(super) fn peak_kb(function: &str) -> anyhow::Result<u64> {
    let peak = |process: Pid| Usage::of(process.as_raw().unsigned_abs()).map(|usage| usage.peak_kb);
    // Any may end meanwhile.
    Ok(processes(function)?.into_iter().filter_map(|it| peak(it).ok()).max().unwrap_or(0))
}

fn processes(function: &str) -> anyhow::Result<Vec<Pid>> {
    let name = format!("AWS_LAMBDA_FUNCTION_NAME={}-{function}", stack().secret_prefix);
    let endpoint = format!("AWS_ENDPOINT_URL={}", stack().aws_proxy);
    let mut found = Vec::new();
    for entry in fs::read_dir("/proc").context("cannot list processes")? {
        let path = entry.context("cannot list processes")?.path();
        let number = path.file_name().and_then(|name| name.to_str()?.parse::<i32>().ok());
        // Others' processes cannot be read, and any may end meanwhile.
        let (Some(number), Ok(environment)) = (number, fs::read(path.join("environ"))) else {
            continue;
        };
        if has(&environment, &name) && has(&environment, &endpoint) && is_function(&path) {
            found.push(Pid::from_raw(number));
        }
    }
    Ok(found)
}

/// Lets the function's queue wake it, or not.
pub(super) async fn wake_by_queue(function: &str, enabled: bool) -> anyhow::Result<()> {
    let root = Identity::root();
    let mappings = root.rest("lambda", "GET", "/2015-03-31/event-source-mappings", None).await;
    let ends = format!("-{function}.fifo");
    let mappings = mappings.body["EventSourceMappings"].as_array().cloned().unwrap_or_default();
    let of_queue = mappings
        .iter()
        .find(|it| it["EventSourceArn"].as_str().is_some_and(|arn| arn.ends_with(&ends)));
    let id = of_queue.and_then(|it| it["UUID"].as_str()).context("the function has no queue")?;
    let path = format!("/2015-03-31/event-source-mappings/{id}");
    let set = root.rest("lambda", "PUT", &path, Some(&json!({"Enabled": enabled}))).await;
    ensure!(set.status < 300, "an event source cannot be switched: {}", set.body);
    Ok(())
}

/// A process of the emulator itself has the same endpoint, and no function's name; one that starts a function may have both.
fn is_function(process: &Path) -> bool {
    let program = fs::read_link(process.join("exe")).unwrap_or_default();
    program.file_name().is_some_and(|name| name == "bootstrap")
}

/// Whether one of the variables is this one.
fn has(environment: &[u8], variable: &str) -> bool {
    environment.split(|byte| *byte == 0).any(|it| it == variable.as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_variable_is_found_whole_and_nowhere_else() {
        let environment = b"A=1\0AWS_LAMBDA_FUNCTION_NAME=x-import\0B=2\0";
        assert!(has(environment, "AWS_LAMBDA_FUNCTION_NAME=x-import"));
        assert!(!has(environment, "AWS_LAMBDA_FUNCTION_NAME=x-imp"));
        assert!(!has(environment, "B=22"));
    }
}
