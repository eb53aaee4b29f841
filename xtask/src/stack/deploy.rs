//! `sam deploy` against the emulator, and the few AWS calls around it.

use std::{
    collections::BTreeMap,
    fs,
    io::Write,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use anyhow::{Context, bail};

use crate::{
    paths,
    process::{self, Process},
    progress::tail,
};

/// Everything is in one region; which one does not matter.
pub(crate) const REGION: &str = "us-east-1";
/// The emulator takes these for the account's root, whatever IAM says.
pub(crate) const ROOT_KEY: &str = "test";
const BUCKET: &str = "artifacts";

/// A way to call the emulator's AWS API.
pub(crate) struct Cloud {
    /// The emulator's own address: what xtask does is not counted by the proxy.
    pub endpoint: String,
    /// Programs of the emulator's environment, boto3 among them.
    pub python: PathBuf,
    /// Programs of SAM's environment.
    pub sam: PathBuf,
    /// The stack's folder.
    pub folder: PathBuf,
}

impl Cloud {
    /// Makes the bucket that `sam deploy` uploads to.
    pub(crate) fn create_bucket(&self) -> anyhow::Result<()> {
        self.call("create-bucket", &[BUCKET], None).map(drop)
    }

    /// The outputs of a deployed stack.
    pub(crate) fn outputs(&self, stack: &str) -> anyhow::Result<BTreeMap<String, String>> {
        serde_json::from_str(&self.call("outputs", &[stack], None)?)
            .context("the stack's outputs are not JSON")
    }

    /// Stores a secret's value.
    pub(crate) fn put_secret(&self, name: &str, value: &str) -> anyhow::Result<()> {
        self.call("put-secret", &[name], Some(value)).map(drop)
    }

    /// Makes a queue that gets all that a bus hears, and returns its address.
    pub(crate) fn tap_bus(&self, bus: &str, queue: &str) -> anyhow::Result<String> {
        Ok(self.call("tap-bus", &[bus, queue], None)?.trim().to_owned())
    }

    /// Deploys a built template, as people do in the cloud.
    pub(crate) fn deploy(
        &self,
        template: &Path,
        stack: &str,
        parameters: &[(&str, String)],
    ) -> anyhow::Result<()> {
        let mut sam = Command::new(self.sam.join("sam"));
        self.isolate(&mut sam);
        sam.args([
            "deploy",
            "--stack-name",
            stack,
            "--s3-bucket",
            BUCKET,
            "--capabilities",
            "CAPABILITY_IAM",
            "--template-file",
        ])
        .arg(template)
        .args([
            "--no-confirm-changeset",
            "--no-fail-on-empty-changeset",
            "--no-progressbar",
            "--parameter-overrides",
        ])
        .args(parameters.iter().map(|(name, value)| format!("{name}={value}")))
        // By default it looks every five seconds whether the stack is there, which is most of what a deployment takes here.
        .env("SAM_CLI_POLL_DELAY", "0.3");
        process::run("sam deploy", &mut sam, &self.folder.join("sam-deploy.log"))
    }

    /// The command that prints what the functions of these log groups logged, for programs that are not us.
    pub(crate) fn logs_command(&self, groups: &[String]) -> Vec<String> {
        let mut command = vec![
            "env".to_owned(),
            format!("AWS_ENDPOINT_URL={}", self.endpoint),
            format!("AWS_DEFAULT_REGION={REGION}"),
            format!("AWS_ACCESS_KEY_ID={ROOT_KEY}"),
            format!("AWS_SECRET_ACCESS_KEY={ROOT_KEY}"),
            self.python.join("python").display().to_string(),
            script().display().to_string(),
            "logs".to_owned(),
        ];
        command.extend_from_slice(groups);
        command
    }

    fn call(
        &self,
        action: &str,
        arguments: &[&str],
        input: Option<&str>,
    ) -> anyhow::Result<String> {
        let mut python = Command::new(self.python.join("python"));
        self.isolate(&mut python);
        python.arg(script()).arg(action).args(arguments).stdin(Stdio::piped());
        let log = self.folder.join(format!("{action}.log"));
        let mut running = Process::spawn(action, &mut python, &log)?;
        if let Some(mut pipe) = running.take_input() {
            pipe.write_all(input.unwrap_or_default().as_bytes())
                .with_context(|| format!("cannot write to {action}"))?;
        }
        if !running.finish()? {
            bail!("{action} failed\n{}", tail(&log, 20));
        }
        fs::read_to_string(&log).with_context(|| format!("cannot read {}", log.display()))
    }

    /// A person's AWS settings and proxies must not leak in: the wrong endpoint would be a real account.
    fn isolate(&self, command: &mut Command) {
        command
            .env_clear()
            .env("PATH", std::env::var("PATH").unwrap_or_default())
            .env("HOME", &self.folder)
            .env("LANG", "C.UTF-8")
            .env("AWS_ENDPOINT_URL", &self.endpoint)
            .env("AWS_DEFAULT_REGION", REGION)
            .env("AWS_ACCESS_KEY_ID", ROOT_KEY)
            .env("AWS_SECRET_ACCESS_KEY", ROOT_KEY)
            .env("SAM_CLI_TELEMETRY", "0");
    }
}

fn script() -> PathBuf {
    paths::local_stack().join("stack.py")
}
