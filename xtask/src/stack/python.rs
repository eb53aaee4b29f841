//! Private Python environments with pinned packages: the AWS emulator, the SAM CLI, and what checks the API.

use std::{
    fs::{self, File},
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context, bail};

use crate::{paths, process, progress::Progress};

/// One private environment.
#[derive(Clone, Copy)]
pub(crate) enum Environment {
    /// The AWS emulator and boto3.
    Emulator,
    /// The SAM CLI.
    Sam,
    /// The validator of the API's description, and the fuzzer that follows it.
    OpenApi,
    /// What a benchmark's peer is written with.
    BenchPeer,
}

impl Environment {
    fn name(self) -> &'static str {
        match self {
            Self::Emulator => "emulator",
            Self::Sam => "sam",
            Self::OpenApi => "openapi",
            Self::BenchPeer => "bench-peer",
        }
    }

    /// Its pinned packages.
    fn lock_file(self) -> PathBuf {
        match self {
            Self::BenchPeer => paths::root().join("tests/bench/peers/python/requirements.txt"),
            _ => paths::local_stack().join(format!("requirements-{}.txt", self.name())),
        }
    }

    /// Makes the environment, or keeps the one that was made from the same lock file. Returns its folder of programs.
    pub(crate) fn prepare(self, progress: Progress) -> anyhow::Result<PathBuf> {
        let name = self.name();
        let requirements = self.lock_file();
        let lock = fs::read_to_string(&requirements).context("the checkout is incomplete")?;
        let parent = paths::target()?.join("python");
        fs::create_dir_all(&parent)
            .with_context(|| format!("cannot create {}", parent.display()))?;
        // Two stacks may start at the same moment: the second waits, and finds everything done.
        let guard = File::create(parent.join(format!("{name}.lock")))
            .context("cannot lock the Python environment")?;
        guard.lock().context("cannot lock the Python environment")?;

        let folder = parent.join(name);
        let marker = folder.join("installed.txt");
        let programs = folder.join("bin");
        if fs::read_to_string(&marker).is_ok_and(|installed| installed == lock) {
            return Ok(programs);
        }
        let python = find_python()?;
        if folder.exists() {
            fs::remove_dir_all(&folder)
                .with_context(|| format!("cannot replace {}", folder.display()))?;
        }
        let log = parent.join(format!("{name}.log"));
        process::run("python3 -m venv", Command::new(python).args(["-m", "venv"]).arg(&folder), &log)
            .context("Python cannot make a virtual environment. On Debian and Ubuntu: apt install python3-venv")?;
        install(&programs, &requirements, &log)?;
        fs::write(&marker, lock).with_context(|| format!("cannot write {}", marker.display()))?;
        progress.say(&format!("installed the Python packages of the {name} environment"));
        Ok(programs)
    }
}

fn install(programs: &Path, requirements: &Path, log: &Path) -> anyhow::Result<()> {
    let mut pip = Command::new(programs.join("python"));
    pip.args([
        "-m",
        "pip",
        "install",
        "--disable-pip-version-check",
        "--no-input",
        "--only-binary",
        ":all:",
        "--no-deps",
        "-r",
    ]);
    process::run("pip install", pip.arg(requirements), log)
        .context("cannot install the Python packages of the local stack")
}

/// The emulator and SAM need 3.10.
fn find_python() -> anyhow::Result<&'static str> {
    let enough = "import sys; sys.exit(0 if sys.version_info >= (3, 10) else 3)";
    match Command::new("python3").args(["-c", enough]).status() {
        Ok(status) if status.success() => Ok("python3"),
        Ok(status) if status.code() == Some(3) => bail!(
            "The local stack needs Python 3.10 or newer; `python3` is older. Install a newer Python and put it first in PATH."
        ),
        Ok(status) => bail!(
            "`python3` does not work here ({status}). The local stack needs Python 3.10 or newer."
        ),
        Err(_) => bail!(
            "The local stack needs Python 3.10 or newer, for the AWS emulator and the SAM CLI, and there is no `python3` in PATH. Install it (https://www.python.org/downloads/) and run this again."
        ),
    }
}
