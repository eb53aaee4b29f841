//! Cargo, called by a program that cargo runs.

use std::process::Command;

use crate::paths;

/// What cargo tells a program that it runs about the program's own package.
const ABOUT_US: [&str; 2] = ["CARGO_MANIFEST_", "CARGO_PKG_"];

/// Cargo in this workspace, as a person at a shell calls it. Build scripts that look at what cargo told us of ourselves would
/// compile much of the tree anew whenever the person and we take turns.
pub(crate) fn cargo(arguments: &[&str]) -> Command {
    let mut cargo = Command::new(std::env::var("CARGO").unwrap_or_else(|_| "cargo".to_owned()));
    for (name, _) in std::env::vars_os() {
        if name.to_str().is_some_and(|name| ABOUT_US.iter().any(|prefix| name.starts_with(prefix)))
        {
            cargo.env_remove(name);
        }
    }
    // A backtrace of a failed test would push its message out of the part that is shown.
    cargo.args(arguments).current_dir(paths::root()).env("RUST_BACKTRACE", "0");
    cargo
}
