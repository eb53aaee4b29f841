//! Where things are.

use std::path::{Path, PathBuf};

use anyhow::Context;

/// The repository's root.
pub(crate) fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("xtask is a folder of the repository")
}

/// Where cargo puts what it builds: next to this very program.
pub(crate) fn binaries() -> anyhow::Result<PathBuf> {
    let program = std::env::current_exe().context("cannot find the running program")?;
    Ok(program.parent().context("the running program has no folder")?.to_owned())
}

/// Cargo's target folder, which also holds the Python environments and the local stacks.
pub(crate) fn target() -> anyhow::Result<PathBuf> {
    Ok(binaries()?.parent().context("the running program is not in a target folder")?.to_owned())
}

/// The folder of the files that make the local stack.
pub(crate) fn local_stack() -> PathBuf {
    root().join("xtask/local-stack")
}

/// The committed description of the API.
pub(crate) fn openapi() -> PathBuf {
    root().join("infra/openapi.json")
}

/// The one SAM template.
pub(crate) fn template() -> PathBuf {
    root().join("infra/template.yaml")
}
