//! `cargo xtask openapi`: the description of the API, written from the code's own types, and what a public validator
//! says of it.

use std::{
    fs,
    path::Path,
    process::{Command, ExitCode},
};

use anyhow::{Context, bail};

use crate::{
    cargo::cargo,
    paths, process,
    progress::Progress,
    stack::{self, python::Environment},
};

/// The test of edge that compares the committed document with the code, or writes it where this variable says.
const TEST: &str = "openapi::the_committed_document_says_what_the_code_says";
const WRITE_TO: &str = "LEDGERBRIDGE_OPENAPI";

/// What to do about it.
#[derive(clap::Args)]
pub(crate) struct Options {
    /// Write nothing; fail when the committed document is not what the code says.
    #[arg(long)]
    check: bool,
}

pub(crate) fn run(options: &Options) -> anyhow::Result<ExitCode> {
    let progress = Progress::start();
    let folder = stack::folder("openapi")?;
    let written = folder.join("openapi.json");
    let _ = fs::remove_file(&written);
    let mut cargo = cargo(&["test", "--package", "edge", "--lib", "--", "--exact", TEST]);
    cargo.env(WRITE_TO, &written);
    process::run("making the document", &mut cargo, &folder.join("openapi.log"))?;
    let document =
        fs::read(&written).with_context(|| format!("there is no test named {TEST} any more"))?;
    let committed = paths::openapi();
    let is_same = fs::read(&committed).is_ok_and(|committed| committed == document);
    match (is_same, options.check) {
        (true, _) => progress.say("infra/openapi.json is what the code says"),
        (false, true) => bail!(
            "infra/openapi.json is not what the code says. Run `cargo xtask openapi` and commit the file together with the change."
        ),
        (false, false) => {
            fs::write(&committed, document)
                .with_context(|| format!("cannot write {}", committed.display()))?;
            progress.say("wrote infra/openapi.json");
        }
    }
    let programs = Environment::OpenApi.prepare(progress)?;
    process::run("the validator", &mut validator(&programs), &folder.join("validator.log"))?;
    progress.say("it is valid OpenAPI");
    Ok(ExitCode::SUCCESS)
}

/// Validates the committed document; `programs` are those of [`Environment::OpenApi`].
pub(crate) fn validator(programs: &Path) -> Command {
    let mut validator = Command::new(programs.join("python"));
    validator.args(["-m", "openapi_spec_validator"]).arg(paths::openapi());
    validator
}
