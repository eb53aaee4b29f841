//! What is measured: our functions, and the same work in Node and Python.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use anyhow::{Context, ensure};

/// Everything but a function's own variables; as Lambda sets them.
const LAMBDA: [(&str, &str); 10] = [
    ("AWS_EXECUTION_ENV", "AWS_Lambda_provided.al2023"),
    ("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "256"),
    ("AWS_LAMBDA_FUNCTION_VERSION", "$LATEST"),
    ("AWS_LAMBDA_INITIALIZATION_TYPE", "on-demand"),
    ("AWS_LAMBDA_LOG_STREAM_NAME", "2026/04/12/[$LATEST]0123456789abcdef0123456789abcdef"),
    // The emulator takes these for the account's root.
    ("AWS_ACCESS_KEY_ID", "test"),
    ("AWS_SECRET_ACCESS_KEY", "test"),
    ("LANG", "en_US.UTF-8"),
    ("PATH", "/usr/local/bin:/usr/bin:/bin"),
    ("TZ", ":UTC"),
];

/// What Lambda tells Node of the memory it has, with 256 MB: 5 % of it for young objects, 90 % for old ones.
const NODE_HEAP: [&str; 2] = ["--max-semi-space-size=12", "--max-old-space-size=230"];

/// Who did the work.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Peer {
    /// With the official AWS SDK, node-quickbooks and intuit-oauth, in one file made by esbuild.
    NodeBundled,
    /// The same as npm installs it.
    Node,
    /// With boto3, python-quickbooks and intuit-oauth.
    Python,
}

impl Peer {
    /// Everybody.
    pub const ALL: [Self; 3] = [Self::NodeBundled, Self::Node, Self::Python];
    /// Once they run, it no longer matters how they were packed.
    pub const WARM: [Self; 2] = [Self::NodeBundled, Self::Python];

    /// Its name in results.
    pub fn name(self) -> &'static str {
        match self {
            Self::NodeBundled => "node, bundled",
            Self::Node => "node",
            Self::Python => "python",
        }
    }

    fn folder(self) -> &'static str {
        match self {
            Self::NodeBundled => "node/bundled",
            Self::Node => "node",
            Self::Python => "python",
        }
    }
}

/// A program that can run as a Lambda function.
#[derive(Debug, Clone)]
pub struct Program {
    /// The function's name.
    pub name: String,
    /// The program and its arguments.
    pub command: Vec<String>,
    /// Its whole environment, but for the address of the runtime API.
    pub variables: BTreeMap<String, String>,
    /// Where it runs.
    pub folder: PathBuf,
    /// Whether it tells how much it has allocated.
    pub counts: bool,
}

/// Where AWS and QuickBooks are for a program.
#[derive(Debug, Clone)]
pub struct Addresses {
    /// The emulator, or something before it.
    pub aws: String,
    /// The simulated QuickBooks, or something before it.
    pub quickbooks: String,
}

/// Where programs are.
#[derive(Debug, Clone)]
pub struct Programs {
    /// The functions, built for release.
    pub functions: PathBuf,
    /// `tests/bench/peers`.
    pub peers: PathBuf,
    /// Node.
    pub node: PathBuf,
    /// The Python of the peer's environment.
    pub python: PathBuf,
}

impl Programs {
    /// One of our functions, as it is deployed.
    pub fn function(
        &self,
        name: &str,
        deployed: &BTreeMap<String, String>,
        addresses: &Addresses,
    ) -> anyhow::Result<Program> {
        let path = self.functions.join(name);
        ensure!(path.exists(), "{} is not built; leave --skip-build out", path.display());
        Ok(Program {
            name: name.to_owned(),
            command: vec![text(&path)?],
            variables: variables(name, deployed, addresses),
            folder: self.functions.clone(),
            counts: false,
        })
    }

    /// Function billing-invoice with an allocator that counts.
    pub fn counted(
        &self,
        deployed: &BTreeMap<String, String>,
        addresses: &Addresses,
    ) -> anyhow::Result<Program> {
        let mut program = self.function("billing-invoice-counted", deployed, addresses)?;
        program.counts = true;
        Ok(program)
    }

    /// A peer of billing-invoice.
    pub fn peer(
        &self,
        peer: Peer,
        deployed: &BTreeMap<String, String>,
        addresses: &Addresses,
    ) -> anyhow::Result<Program> {
        let folder = self.peers.join(peer.folder());
        let command = match peer {
            Peer::NodeBundled | Peer::Node => {
                let words = [&NODE_HEAP[..], &["runtime.js"]].concat();
                let words = words.into_iter().map(str::to_owned);
                std::iter::once(text(&self.node)?).chain(words).collect()
            }
            Peer::Python => vec![
                text(&self.python)?,
                "-m".to_owned(),
                "awslambdaric".to_owned(),
                "handler.handle".to_owned(),
            ],
        };
        let variables = variables("billing-invoice", deployed, addresses);
        Ok(Program {
            name: format!("billing-invoice ({})", peer.name()),
            command,
            variables,
            folder,
            counts: false,
        })
    }
}

fn variables(
    function: &str,
    deployed: &BTreeMap<String, String>,
    addresses: &Addresses,
) -> BTreeMap<String, String> {
    let owned = |(name, value): (&str, &str)| (name.to_owned(), value.to_owned());
    let mut variables: BTreeMap<String, String> = LAMBDA.into_iter().map(owned).collect();
    variables.extend(deployed.clone());
    let region = e2e::stack().region.as_str();
    variables.extend(
        [
            ("AWS_ENDPOINT_URL", addresses.aws.as_str()),
            ("QUICKBOOKS_URL", addresses.quickbooks.as_str()),
            ("AWS_REGION", region),
            ("AWS_DEFAULT_REGION", region),
            ("AWS_LAMBDA_FUNCTION_NAME", function),
            ("AWS_LAMBDA_LOG_GROUP_NAME", function),
            ("_HANDLER", "bootstrap"),
        ]
        .map(owned),
    );
    variables
}

fn text(path: &Path) -> anyhow::Result<String> {
    Ok(path.to_str().context("a path that is no text")?.to_owned())
}
