//! The proxy as a program: binds three ports, says where, and stops on a signal.

use std::{fs, path::PathBuf};

use anyhow::Context;
use clap::Parser;
use fault_proxy::{Listeners, Upstreams};
use serde_json::json;
use tokio::{
    net::TcpListener,
    signal::unix::{SignalKind, signal},
};
use url::Url;

/// Counts and breaks the AWS and QuickBooks calls of a local stack.
#[derive(Parser)]
struct Options {
    /// The AWS emulator.
    #[arg(long)]
    aws: Url,
    /// The QuickBooks simulator.
    #[arg(long)]
    quickbooks: Url,
    /// Where to listen for AWS calls; port 0 takes a free one.
    #[arg(long, default_value = "127.0.0.1:0")]
    listen_aws: String,
    /// Where to listen for QuickBooks calls.
    #[arg(long, default_value = "127.0.0.1:0")]
    listen_quickbooks: String,
    /// Where to listen for orders.
    #[arg(long, default_value = "127.0.0.1:0")]
    listen_control: String,
    /// A file that receives the three base addresses as JSON once the proxy answers.
    #[arg(long)]
    ready_file: Option<PathBuf>,
}

#[tokio::main]
#[expect(
    clippy::print_stdout,
    reason = "the one line that tells a person or a script where the proxy is"
)]
async fn main() -> anyhow::Result<()> {
    let options = Options::parse();
    let mut terminate = signal(SignalKind::terminate())?;
    let listeners = Listeners {
        aws: bind(&options.listen_aws).await?,
        quickbooks: bind(&options.listen_quickbooks).await?,
        control: bind(&options.listen_control).await?,
    };
    let addresses = json!({
        "aws": base_address(&listeners.aws)?,
        "quickbooks": base_address(&listeners.quickbooks)?,
        "control": base_address(&listeners.control)?,
    });
    println!("fault-proxy listening on {addresses}");
    if let Some(file) = &options.ready_file {
        fs::write(file, addresses.to_string())
            .with_context(|| format!("cannot write {}", file.display()))?;
    }
    let shutdown = async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = tokio::signal::ctrl_c() => {}
        }
    };
    fault_proxy::run(
        listeners,
        Upstreams { aws: options.aws, quickbooks: options.quickbooks },
        shutdown,
    )
    .await;
    Ok(())
}

async fn bind(address: &str) -> anyhow::Result<TcpListener> {
    TcpListener::bind(address).await.with_context(|| format!("cannot listen on {address}"))
}

fn base_address(listener: &TcpListener) -> anyhow::Result<String> {
    Ok(format!("http://{}", listener.local_addr()?))
}
