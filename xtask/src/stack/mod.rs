//! The local stack: emulator, simulator, proxy, and the product deployed between them.

mod build;
mod deploy;
mod description;
mod parameters;
pub(crate) mod python;
#[cfg(test)]
mod roles;
mod servers;

use std::{
    collections::BTreeMap,
    fs::{self, File, TryLockError},
    path::{Path, PathBuf},
    process::Command,
    thread,
};

use anyhow::{Context, bail, ensure};
use serde_json::json;

pub(crate) use self::{build::Binaries, description::Description};
use self::{
    build::Function,
    deploy::{Cloud, REGION},
    parameters::{RETRY_BASE_SECONDS, RETRY_CAP_SECONDS, THROTTLE_PAUSE_SECONDS, Timeouts},
    python::Environment,
    servers::{
        START_LIMIT, agent, free_port, start_emulator, start_proxy, start_simulator, status_of,
    },
};
use crate::{
    paths,
    process::{self, Process, wait_until},
    progress::{Progress, tail},
};

/// A running stack. Dropping it stops every process.
pub(crate) struct Stack {
    pub(crate) description: Description,
    // Dropped in this order: first those that call, then those that are called.
    emulator: Process,
    proxy: Process,
    simulator: Process,
    folder: PathBuf,
    _claim: File,
}

impl Stack {
    /// Builds everything, starts everything, deploys, and returns when the functions answer.
    pub(crate) fn start(name: &str, progress: Progress) -> anyhow::Result<Self> {
        Self::start_with(name, &Binaries::Debug, progress)
    }

    /// As [`Stack::start`], with functions that may be built already.
    pub(crate) fn start_with(
        name: &str,
        binaries: &Binaries,
        progress: Progress,
    ) -> anyhow::Result<Self> {
        let folder = folder(name)?;
        let claim = claim(name, &folder)?;
        println!(
            "         building the functions and installing the emulator (minutes the first time, seconds later)"
        );
        let (emulator_programs, sam_programs) = prepare(binaries, &folder, progress)?;
        let client_id = "local-client".to_owned();
        let client_secret = random("local-secret");
        let api_key = random("local-key");
        let webhook_verifier = random("local-verifier");
        let event_signing_key = random("local-signing-key");
        let (simulator, simulator_address) = start_simulator(&folder, &client_id, &client_secret)?;
        // The functions must know the proxy, the proxy the emulator, and the emulator hands its environment to the functions:
        // somebody has to choose an address before it is taken.
        let port = free_port()?;
        let aws_endpoint = format!("http://127.0.0.1:{port}");
        let (proxy, addresses) = start_proxy(&folder, &aws_endpoint, &simulator_address)?;
        let emulator = start_emulator(&folder, &emulator_programs, port, &addresses.aws)?;
        progress.say("emulator, simulator and proxy answer");

        let cloud = Cloud {
            endpoint: aws_endpoint.clone(),
            python: emulator_programs,
            sam: sam_programs,
            folder: folder.clone(),
        };
        let (template, functions) = build::stage(binaries, &folder.join("build"), &cloud.python)?;
        let stack_name = format!("ledgerbridge-{name}");
        let timeouts = Timeouts::of(binaries);
        let mut parameters = parameters::of(name, &addresses.quickbooks, timeouts)?;
        cloud.create_bucket()?;
        cloud.deploy(&template, &stack_name, &parameters)?;
        let outputs = cloud.outputs(&stack_name)?;
        progress.say("sam deploy: the stack stands");

        // As in the cloud: only now it is known where oauth-callback answers, so a second deployment tells it.
        let addresses_of_functions = function_addresses(&functions, &outputs, &aws_endpoint);
        let oauth = addresses_of_functions
            .get("oauth-callback")
            .context("the template has no oauth-callback")?;
        parameters.push(("PublicUrl", oauth.clone()));
        cloud.deploy(&template, &stack_name, &parameters)?;
        let secret_prefix = format!("ledgerbridge-{name}");
        let api_keys_by_role: BTreeMap<String, String> = ["read", "sync", "admin"]
            .into_iter()
            .map(|role| (role.to_owned(), random(&format!("local-{role}-key"))))
            .collect();
        let mut api_keys = vec![json!(api_key)];
        api_keys
            .extend(api_keys_by_role.iter().map(|(role, key)| json!({"key": key, "role": role})));
        let secret = json!({
            "client_id": client_id,
            "client_secret": client_secret,
            "webhook_verifier": webhook_verifier,
            "api_keys": api_keys,
            "event_signing_key": event_signing_key,
        });
        cloud.put_secret(&format!("{secret_prefix}/application"), &secret.to_string())?;
        progress.say("sam deploy: told oauth-callback its address, filled the application secret");
        let event_bus =
            outputs.get("EventBusName").context("the template has no EventBusName output")?;
        let bus_tap = cloud.tap_bus(event_bus, &format!("{stack_name}-bus-tap"))?;

        let groups: Vec<String> = functions
            .iter()
            .map(|function| format!("/aws/lambda/ledgerbridge-{name}-{}", function.name))
            .collect();
        let queues = |suffix: &str| -> BTreeMap<String, String> {
            let named = |function: &Function| {
                Some((
                    function.name.clone(),
                    outputs.get(&format!("{}{suffix}", function.logical_id))?.clone(),
                ))
            };
            functions.iter().filter_map(named).collect()
        };
        let description = Description {
            name: name.to_owned(),
            oauth_redirect_url: format!("{oauth}/oauth/callback"),
            functions: addresses_of_functions.clone(),
            api_key,
            api_keys_by_role,
            aws_endpoint,
            region: REGION.to_owned(),
            simulator: simulator_address,
            client_id,
            client_secret,
            aws_proxy: addresses.aws,
            quickbooks_proxy: addresses.quickbooks,
            proxy_control: addresses.control,
            table: outputs
                .get("TableName")
                .context("the template has no TableName output")?
                .clone(),
            import_bucket: outputs
                .get("ImportBucketName")
                .context("the template has no ImportBucketName output")?
                .clone(),
            import_timeout_seconds: timeouts.import_seconds,
            secret_prefix,
            webhook_verifier,
            event_signing_key,
            queues: queues("QueueUrl"),
            dead_letter_queues: queues("DeadLetterQueueUrl"),
            event_bus: event_bus.clone(),
            bus_tap,
            visibility_timeout_seconds: timeouts.visibility_seconds,
            retry_base_seconds: RETRY_BASE_SECONDS,
            retry_cap_seconds: RETRY_CAP_SECONDS,
            throttle_pause_seconds: THROTTLE_PAUSE_SECONDS,
            folder: folder.clone(),
            logs_command: cloud.logs_command(&groups),
        };
        let mut stack = Self { description, emulator, proxy, simulator, folder, _claim: claim };
        stack.wait_for_functions()?;
        stack.subscribe_to_quickbooks()?;
        let file = Description::path(&stack.folder);
        fs::write(&file, serde_json::to_string_pretty(&stack.description)?)
            .with_context(|| format!("cannot write {}", file.display()))?;
        progress.say(&format!(
            "{} functions answer; {} tells programs where",
            stack.description.functions.len(),
            file.display()
        ));
        Ok(stack)
    }

    /// Gives QuickBooks a company to connect: the sample company, with its lists and transactions.
    pub(crate) fn add_sample_company(&self) -> anyhow::Result<()> {
        let created = agent()
            .post(format!("{}/sim/companies", self.description.simulator))
            .send_json(json!({}));
        ensure!(
            created.context("the simulator does not answer")?.status() == 200,
            "the simulator makes no company"
        );
        Ok(())
    }

    /// Has the simulator tell intuit-webhook of changes, as the app's settings at Intuit do. Past the proxy: what QuickBooks
    /// sends by itself is not among the calls that tests count and break.
    fn subscribe_to_quickbooks(&self) -> anyhow::Result<()> {
        let Description { functions, simulator, webhook_verifier, .. } = &self.description;
        let function =
            functions.get("intuit-webhook").context("the template has no intuit-webhook")?;
        let subscribed = agent().put(format!("{simulator}/sim/webhooks")).send_json(json!({
            "url": format!("{function}/intuit/webhooks"),
            "verifier_token": webhook_verifier,
            "format": "cloudevents",
        }));
        ensure!(
            subscribed.context("the simulator does not answer")?.status() == 200,
            "the simulator takes no subscription"
        );
        Ok(())
    }

    /// Where `stack.json` is.
    pub(crate) fn description_file(&self) -> PathBuf {
        Description::path(&self.folder)
    }

    /// Fails when one of the processes is gone.
    pub(crate) fn check_running(&mut self) -> anyhow::Result<()> {
        self.emulator.check_running()?;
        self.proxy.check_running()?;
        self.simulator.check_running()
    }

    /// A function answers when it says anything but that it cannot start.
    fn wait_for_functions(&mut self) -> anyhow::Result<()> {
        for (name, address) in self.description.functions.clone() {
            let mut last = String::new();
            let answered = wait_until(START_LIMIT, || {
                self.check_running()?;
                last = status_of(&address);
                Ok(matches!(last.parse::<u16>(), Ok(status) if status < 500))
            })?;
            if !answered {
                self.save_function_logs();
                bail!(
                    "{name} does not answer ({last})\n{}",
                    tail(&self.folder.join("functions.log"), 40)
                );
            }
        }
        Ok(())
    }

    /// Keeps what the functions logged: the emulator has it in memory only.
    pub(crate) fn save_function_logs(&self) {
        let [program, arguments @ ..] = self.description.logs_command.as_slice() else { return };
        if let Ok(output) = Command::new(program).args(arguments).output() {
            // A log that cannot be kept must not hide the failure that it was to explain.
            let _ = fs::write(self.folder.join("functions.log"), output.stdout);
        }
    }
}

impl Drop for Stack {
    fn drop(&mut self) {
        // The emulator collects its own children, the functions, only when it is told to; killed with it they would stay behind as
        // zombies wherever nobody else collects them.
        let reset = format!("{}/_ministack/reset", self.description.aws_endpoint);
        let _ = agent().post(&reset).send_empty();
        // A description of a stack that is gone would mislead.
        let _ = fs::remove_file(Description::path(&self.folder));
    }
}

/// Compiles and downloads at the same time; returns the programs of the emulator's and of SAM's environment.
fn prepare(
    binaries: &Binaries,
    folder: &Path,
    progress: Progress,
) -> anyhow::Result<(PathBuf, PathBuf)> {
    thread::scope(|scope| {
        let emulator = scope.spawn(|| Environment::Emulator.prepare(progress));
        let sam = scope.spawn(|| Environment::Sam.prepare(progress));
        build::build(binaries, &folder.join("build.log"))?;
        progress.say("built functions, simulator and proxy");
        Ok((join(emulator)?, join(sam)?))
    })
}

/// The folder of a stack: logs, staged functions, `stack.json`.
pub(crate) fn folder(name: &str) -> anyhow::Result<PathBuf> {
    let word = name.chars().all(|character| {
        character.is_ascii_lowercase() || character.is_ascii_digit() || character == '-'
    });
    // These are folders of the stack named `local` itself.
    ensure!(
        word && !name.is_empty() && !["build", "emulator"].contains(&name),
        "`{name}` cannot be a stack's name: use a-z, 0-9 and -"
    );
    let local = paths::target()?.join("local");
    let folder = if name == "local" { local } else { local.join(name) };
    fs::create_dir_all(&folder).with_context(|| format!("cannot create {}", folder.display()))?;
    Ok(folder)
}

fn claim(name: &str, folder: &Path) -> anyhow::Result<File> {
    let file = folder.join("claim");
    let claim = File::create(&file).with_context(|| format!("cannot write {}", file.display()))?;
    match claim.try_lock() {
        Ok(()) => Ok(claim),
        Err(TryLockError::WouldBlock) => bail!(
            "A stack named `{name}` runs already. Stop it, or choose another name with --name."
        ),
        Err(TryLockError::Error(error)) => {
            Err(error).with_context(|| format!("cannot lock {}", file.display()))
        }
    }
}

/// Of those that have one: event-publisher is only called by its sources.
fn function_addresses(
    functions: &[Function],
    outputs: &BTreeMap<String, String>,
    endpoint: &str,
) -> BTreeMap<String, String> {
    let address = |function: &Function| {
        let url = outputs.get(&format!("{}Url", function.logical_id))?;
        let id = url.trim_start_matches("https://").split('.').next().unwrap_or_default();
        Some((function.name.clone(), format!("{endpoint}/_aws/lambda-url/{id}")))
    };
    functions.iter().filter_map(address).collect()
}

fn random(prefix: &str) -> String {
    format!("{prefix}-{}", uuid::Uuid::new_v4().simple())
}

fn join<T>(handle: thread::ScopedJoinHandle<'_, anyhow::Result<T>>) -> anyhow::Result<T> {
    match handle.join() {
        Ok(result) => result,
        Err(_) => {
            process::check_interrupt()?;
            bail!("preparing Python panicked")
        }
    }
}
