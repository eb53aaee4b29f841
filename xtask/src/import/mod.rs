//! `cargo xtask import`: brings a file of records into a tenant's QuickBooks company, and shows how far it is.

mod client;
mod follow;
mod sample;
mod summary;

use std::{
    fs,
    io::{BufWriter, Write},
    path::{Path, PathBuf},
    process::ExitCode,
};

use anyhow::{Context, ensure};
use clap::ArgGroup;

pub(crate) use self::sample::Sample;
use self::{
    client::{Client, Import},
    follow::Screen,
};
use crate::{
    process::Interrupted,
    stack::{self, Description},
};

const EXAMPLE: &str = r#"A file has one record a line, in any order; `record` is the body of the PUT of its kind:

  {"kind":"bill","id":"B-1042","record":{"version":1,"agent":{"id":"a-17","name":"Ann Smith"},"number":"B-1042","issued_on":"2025-03-01","currency":"USD","lines":[{"item":{"id":"desk-fee","name":"Desk fee"},"amount":"125.00"}]}}

Kinds are bill, payment and disbursement. The same file may be imported again: what has not changed is not sent.
To play: `cargo xtask import --sample 600 > records.ndjson`.

The exit code is 0 when nothing in the file is bad or rejected, 130 when it is no longer watched."#;

/// What to do.
#[derive(clap::Args)]
#[command(after_help = EXAMPLE)]
#[command(group(ArgGroup::new("what").required(true).args(
    ["file", "start", "watch", "pause", "resume", "cancel", "list", "sample"])))]
pub(crate) struct Options {
    /// The file to import.
    file: Option<PathBuf>,
    /// Shows how an import is getting on.
    #[arg(long, value_name = "ID")]
    watch: Option<String>,
    /// Begins an import whose file was uploaded before, and shows how it is getting on.
    #[arg(long, value_name = "ID")]
    start: Option<String>,
    /// Stops an import until it is resumed.
    #[arg(long, value_name = "ID")]
    pause: Option<String>,
    /// Lets a paused import go on, and shows how.
    #[arg(long, value_name = "ID")]
    resume: Option<String>,
    /// Ends an import; what is in QuickBooks stays there.
    #[arg(long, value_name = "ID")]
    cancel: Option<String>,
    /// Lists the newest imports.
    #[arg(long)]
    list: bool,
    /// Writes a made-up file of so many records to standard output.
    #[arg(long, value_name = "RECORDS", value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    sample: Option<u32>,
    /// What the made-up file depends on; the same seed makes the same file.
    #[arg(long, default_value_t = 1, requires = "sample")]
    seed: u32,
    /// Bad lines of the made-up file.
    #[arg(long, default_value_t = 0, requires = "sample")]
    bad: u32,
    /// What the import is called; the name of the file when left out.
    #[arg(long, requires = "file")]
    name: Option<String>,
    /// Whose records they are.
    #[arg(long, required_unless_present = "sample")]
    tenant: Option<String>,
    /// The `stack.json` of a running local stack; that of `cargo xtask up` when neither this nor --url is given.
    #[arg(long, conflicts_with = "url")]
    stack: Option<PathBuf>,
    /// Where function import of a deployment answers.
    #[arg(long, requires = "api_key")]
    url: Option<String>,
    /// The API key of a deployment.
    #[arg(long, env = "LEDGERBRIDGE_API_KEY", hide_env_values = true)]
    api_key: Option<String>,
}

pub(crate) fn run(options: &Options) -> anyhow::Result<ExitCode> {
    if let Some(records) = options.sample {
        let mut out = BufWriter::new(std::io::stdout().lock());
        let sample = Sample { records, seed: options.seed, bad: options.bad };
        sample.write(&mut out).and_then(|()| out.flush()).context("cannot write the file")?;
        return Ok(ExitCode::SUCCESS);
    }
    let client = client(options)?;
    if options.list {
        for import in client.newest()? {
            let name = import.name.as_deref().unwrap_or_default();
            println!("{}  {:<13}  {}", import.id, import.state, name);
        }
        return Ok(ExitCode::SUCCESS);
    }
    if let Some(id) = &options.pause {
        return Ok(told(
            &client.step(id, "pause")?,
            "What is posted stays; --resume goes on from there.",
        ));
    }
    if let Some(id) = &options.cancel {
        return Ok(told(&client.step(id, "cancel")?, "What is in QuickBooks stays there."));
    }
    let id = match (&options.file, &options.start, &options.resume, &options.watch) {
        (Some(file), ..) => match sent(&client, file, options.name.as_deref()) {
            Err(error) if error.is::<Interrupted>() => {
                println!("The upload was broken off; nothing was imported.");
                return Ok(ExitCode::from(130));
            }
            outcome => outcome?,
        },
        (_, Some(id), ..) => client.step(id, "start")?.id,
        (_, _, Some(id), _) => client.step(id, "resume")?.id,
        (.., id) => id.clone().context("the command line names something to do")?,
    };
    match follow::until_it_rests(&client, &id)? {
        Some(import) => ended(&client, &import),
        None => {
            println!(
                "The import goes on without being watched. Its id is {id}; with the same --stack or --url as before,\n\n  \
                 cargo xtask import --tenant {tenant} --watch {id}     shows it again\n  \
                 cargo xtask import --tenant {tenant} --pause {id}     stops it until --resume {id}\n  \
                 cargo xtask import --tenant {tenant} --cancel {id}    ends it; what is in QuickBooks stays there",
                tenant = client.tenant
            );
            Ok(ExitCode::from(130))
        }
    }
}

fn client(options: &Options) -> anyhow::Result<Client> {
    let tenant = options.tenant.clone().context("--tenant says whose records they are")?;
    if let (Some(url), Some(api_key)) = (&options.url, &options.api_key) {
        let address = url.trim_end_matches('/').to_owned();
        return Ok(Client { address, api_key: api_key.clone(), tenant });
    }
    let file = match &options.stack {
        Some(file) => file.clone(),
        None => Description::path(&stack::folder("local")?),
    };
    let Description { mut functions, api_key, .. } = Description::read(&file)?;
    let address = functions.remove("import").context("the stack has no function import")?;
    Ok(Client { address, api_key: options.api_key.clone().unwrap_or(api_key), tenant })
}

/// Uploads a file and starts its import; its id.
fn sent(client: &Client, file: &Path, name: Option<&str>) -> anyhow::Result<String> {
    let length =
        fs::metadata(file).with_context(|| format!("cannot read {}", file.display()))?.len();
    ensure!(length > 0, "{} is empty", file.display());
    let named =
        file.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let (import, upload) = client.begin(name.unwrap_or(&named))?;
    let mut screen = Screen::new("uploading");
    let mut sent = 0;
    client.upload(&upload, file, &mut |bytes| {
        sent += bytes;
        screen.sent(sent, length);
    })?;
    screen.clear();
    let id = import.id;
    let started = client.step(&id, "start").with_context(|| {
        let tenant = &client.tenant;
        format!("The file is uploaded as import {id} and nothing of it was imported yet. Then begin it: cargo xtask import --tenant {tenant} --start {id}")
    });
    Ok(started?.id)
}

/// One line about a step, and whether it is over.
fn told(import: &Import, more: &str) -> ExitCode {
    println!("Import {} is {}. {more}", import.id, import.state);
    ExitCode::SUCCESS
}

fn ended(client: &Client, import: &Import) -> anyhow::Result<ExitCode> {
    // What a record was refused for that is known otherwise than it came stands there, too.
    let problems = if import.lines.bad + import.records.rejected > 0 {
        client.problems(&import.id, summary::SHOWN_PROBLEMS)?
    } else {
        Vec::new()
    };
    println!("\nImport {} is {}.\n", import.id, import.state);
    print!("{}", summary::text(import, &problems));
    if import.state == "paused" {
        println!("To go on: cargo xtask import --tenant {} --resume {}", client.tenant, import.id);
    }
    Ok(if summary::is_clean(import) { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
