//! The servers of a stack: simulator, proxy and emulator, started until they answer.

use std::{fs, net::TcpListener, path::Path, process::Command, time::Duration};

use anyhow::{Context, ensure};
use serde::Deserialize;

use super::deploy::{REGION, ROOT_KEY};
use crate::{
    paths,
    process::{Process, wait_until},
    progress::tail,
};

/// Starting a server takes seconds, on a busy machine tens of seconds.
pub(super) const START_LIMIT: Duration = Duration::from_secs(60);
/// One answer of one server, a cold start included.
const ANSWER_LIMIT: Duration = Duration::from_secs(15);

/// The emulator, without the collections of Python's oldest objects: once there are ten thousands of items, each of them
/// stops everybody for seconds, which AWS does not. Counted references free nearly everything anyway.
const EMULATOR: &str =
    "import gc, ministack.app; gc.set_threshold(700, 10, 1_000_000_000); ministack.app.main()";

/// The addresses in the proxy's ready file.
#[derive(Deserialize)]
pub(super) struct ProxyAddresses {
    pub(super) aws: String,
    pub(super) quickbooks: String,
    pub(super) control: String,
}

pub(super) fn start_simulator(
    folder: &Path,
    client_id: &str,
    client_secret: &str,
) -> anyhow::Result<(Process, String)> {
    let mut command = Command::new(paths::binaries()?.join("intuit-sim"));
    command.args(["--client-id", client_id, "--client-secret", client_secret]);
    start_until_ready("simulator", &mut command, folder)
}

pub(super) fn start_proxy(
    folder: &Path,
    aws: &str,
    quickbooks: &str,
) -> anyhow::Result<(Process, ProxyAddresses)> {
    let mut command = Command::new(paths::binaries()?.join("fault-proxy"));
    command.args(["--aws", aws, "--quickbooks", quickbooks]);
    let (process, ready) = start_until_ready("proxy", &mut command, folder)?;
    Ok((
        process,
        serde_json::from_str(&ready).context("the proxy's ready file is not what was expected")?,
    ))
}

/// Starts one of our own servers and waits for its ready file.
fn start_until_ready(
    name: &str,
    command: &mut Command,
    folder: &Path,
) -> anyhow::Result<(Process, String)> {
    let ready = folder.join(format!("{name}.ready"));
    let _ = fs::remove_file(&ready);
    let mut process = Process::spawn(
        name,
        command.arg("--ready-file").arg(&ready),
        &folder.join(format!("{name}.log")),
    )?;
    let mut content = String::new();
    let started = wait_until(START_LIMIT, || {
        process.check_running()?;
        content = fs::read_to_string(&ready).unwrap_or_default();
        Ok(!content.is_empty())
    })?;
    ensure!(started, "{name} does not start\n{}", tail(process.log(), 20));
    Ok((process, content))
}

pub(super) fn start_emulator(
    folder: &Path,
    programs: &Path,
    port: u16,
    proxy: &str,
) -> anyhow::Result<Process> {
    let scratch = folder.join("emulator");
    let _ = fs::remove_dir_all(&scratch);
    fs::create_dir_all(&scratch).with_context(|| format!("cannot create {}", scratch.display()))?;
    let mut command = Command::new(programs.join("python"));
    command.args(["-c", EMULATOR]);
    // The functions inherit this environment, so it is made from nothing: a variable that the template forgets stays missing.
    command
        .env_clear()
        .env("PATH", std::env::var("PATH").unwrap_or_default())
        .env("HOME", &scratch)
        .env("TMPDIR", &scratch)
        .env("GATEWAY_PORT", port.to_string())
        .env("BIND_HOST", "127.0.0.1")
        .env("AUTH", "true")
        .env("MINISTACK_REGION", REGION)
        .env("AWS_ACCESS_KEY_ID", ROOT_KEY)
        .env("AWS_SECRET_ACCESS_KEY", ROOT_KEY)
        .env("AWS_ENDPOINT_URL", proxy);
    let mut emulator = Process::spawn("emulator", &mut command, &folder.join("emulator.log"))?;
    let health = format!("http://127.0.0.1:{port}/_ministack/health");
    let started = wait_until(START_LIMIT, || {
        emulator.check_running()?;
        Ok(status_of(&health) == "200")
    })?;
    ensure!(started, "the emulator does not answer\n{}", tail(emulator.log(), 20));
    Ok(emulator)
}

/// Talks to loopback only, where nothing takes long.
pub(super) fn agent() -> ureq::Agent {
    let config = ureq::Agent::config_builder()
        .http_status_as_error(false)
        .proxy(None)
        .timeout_global(Some(ANSWER_LIMIT))
        .build();
    ureq::Agent::new_with_config(config)
}

/// The status of a GET as text, or why there was none.
pub(super) fn status_of(url: &str) -> String {
    let agent = ureq::Agent::new_with_config(
        ureq::Agent::config_builder().http_status_as_error(false).proxy(None).build(),
    );
    agent
        .get(url)
        .call()
        .map_or_else(|error| error.to_string(), |response| response.status().as_u16().to_string())
}

pub(super) fn free_port() -> anyhow::Result<u16> {
    let listener = TcpListener::bind("127.0.0.1:0").context("there is no free port")?;
    Ok(listener.local_addr()?.port())
}
