//! Builds what the stack runs, and lays the functions out for `sam deploy`.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context, ensure};

use crate::{cargo::cargo, paths, process};

/// The servers around the functions.
const SERVERS: [&str; 2] = ["intuit-sim", "fault-proxy"];

/// One function of the template.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Function {
    /// Its name in the template: `BillingInvoice`.
    pub logical_id: String,
    /// Its folder, package and binary: `billing-invoice`.
    pub name: String,
}

/// Which functions a stack runs.
#[derive(Clone, Debug)]
pub(crate) enum Binaries {
    /// Compiled quickly, by this program.
    Debug,
    /// Compiled for release, in this folder.
    Release(PathBuf),
}

impl Binaries {
    fn folder(&self) -> anyhow::Result<PathBuf> {
        match self {
            Self::Debug => paths::binaries(),
            Self::Release(folder) => Ok(folder.clone()),
        }
    }
}

/// Everything but ourselves, in one go, so that the packages agree on features and nothing is compiled twice. Functions that are
/// built for release already need only the servers around them.
pub(crate) fn build(binaries: &Binaries, log: &Path) -> anyhow::Result<()> {
    let mut cargo = cargo(&["build", "--bins"]);
    match binaries {
        // What is excluded besides is for benchmarks, and built for release only.
        Binaries::Debug => cargo
            .args(["--workspace", "--exclude", "xtask"])
            .args(["--exclude", "billing-invoice-counted"]),
        Binaries::Release(_) => {
            cargo.args(SERVERS.map(|server| ["--package", server]).as_flattened())
        }
    };
    process::run("cargo build", &mut cargo, log)
}

/// Writes what `sam build` would, with packages instead of folders: `template.yaml`, and a `bootstrap` in each function's package.
pub(crate) fn stage(
    binaries: &Binaries,
    folder: &Path,
    python: &Path,
) -> anyhow::Result<(PathBuf, Vec<Function>)> {
    let source = fs::read_to_string(paths::template()).context("the checkout is incomplete")?;
    let (built, functions) = built_template(&source);
    ensure!(!functions.is_empty(), "the template has no function");
    let mut pack = Command::new(python.join("python"));
    pack.arg(paths::local_stack().join("pack.py"));
    for function in &functions {
        let code = folder.join(&function.logical_id);
        fs::create_dir_all(&code).with_context(|| format!("cannot create {}", code.display()))?;
        let binary = binaries.folder()?.join(&function.name);
        fs::copy(&binary, code.join("bootstrap"))
            .with_context(|| format!("cannot copy {}", binary.display()))?;
        pack.arg(code);
    }
    process::run("packing the functions", &mut pack, &folder.join("pack.log"))?;
    let template = folder.join("template.yaml");
    fs::write(&template, built).with_context(|| format!("cannot write {}", template.display()))?;
    Ok((template, functions))
}

/// Points every `CodeUri` at the package named after its function, and says which functions there are.
fn built_template(source: &str) -> (String, Vec<Function>) {
    let mut logical_id = "";
    let mut functions = Vec::new();
    let mut built = String::new();
    for line in source.lines() {
        if let Some(id) = line
            .strip_prefix("  ")
            .and_then(|line| line.strip_suffix(':'))
            .filter(|id| !id.starts_with(' '))
        {
            logical_id = id;
        }
        match line.trim_start().strip_prefix("CodeUri: ../functions/") {
            Some(name) => {
                functions
                    .push(Function { logical_id: logical_id.to_owned(), name: name.to_owned() });
                built.push_str(&format!("      CodeUri: {logical_id}.zip\n"));
            }
            None => {
                built.push_str(line);
                built.push('\n');
            }
        }
    }
    (built, functions)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_built_template_names_the_package_of_each_function() {
        let source = "Resources:\n  Table:\n    Type: T\n  BillingInvoice:\n    Properties:\n      CodeUri: ../functions/billing-invoice\n      Role: r\n";
        let (built, functions) = built_template(source);
        assert_eq!(built, source.replace("../functions/billing-invoice", "BillingInvoice.zip"));
        assert_eq!(
            functions,
            [Function {
                logical_id: "BillingInvoice".to_owned(),
                name: "billing-invoice".to_owned()
            }]
        );
    }

    #[test]
    fn every_function_folder_is_in_the_template() {
        let (_, functions) = built_template(&fs::read_to_string(paths::template()).unwrap());
        let mut deployed: Vec<String> =
            functions.into_iter().map(|function| function.name).collect();
        let mut folders: Vec<String> = fs::read_dir(paths::root().join("functions"))
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        deployed.sort();
        folders.sort();
        assert_eq!(deployed, folders);
    }
}
