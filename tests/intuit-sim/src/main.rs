//! The simulator as a program: listens, says where, and stops on a signal.

use std::{fs, path::PathBuf};

use anyhow::Context;
use clap::Parser;
use intuit_sim::Config;
use tokio::{
    net::TcpListener,
    signal::unix::{SignalKind, signal},
};

/// A stateful QuickBooks Online simulator.
#[derive(Parser)]
struct Options {
    /// Where to listen; port 0 takes a free one.
    #[arg(long, default_value = "127.0.0.1:0")]
    listen: String,
    /// The client id of the one registered app.
    #[arg(long)]
    client_id: String,
    /// The client secret of the one registered app.
    #[arg(long)]
    client_secret: String,
    /// A registered redirect address, compared exactly; may be given several times. Without any, every loopback address is accepted.
    #[arg(long = "redirect-uri")]
    redirect_uris: Vec<String>,
    /// A file that receives the base address once the simulator answers.
    #[arg(long)]
    ready_file: Option<PathBuf>,
}

#[tokio::main]
#[expect(
    clippy::print_stdout,
    reason = "the one line that tells a person or a script where the simulator is"
)]
async fn main() -> anyhow::Result<()> {
    let options = Options::parse();
    let listener = TcpListener::bind(&options.listen)
        .await
        .with_context(|| format!("cannot listen on {}", options.listen))?;
    let address = format!("http://{}", listener.local_addr()?);
    let mut terminate = signal(SignalKind::terminate())?;
    let shutdown = async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = tokio::signal::ctrl_c() => {}
        }
    };
    println!("intuit-sim listening on {address}");
    if let Some(file) = &options.ready_file {
        fs::write(file, &address).with_context(|| format!("cannot write {}", file.display()))?;
    }
    let config = Config {
        client_id: options.client_id,
        client_secret: options.client_secret,
        redirect_uris: options.redirect_uris,
    };
    Ok(intuit_sim::run(listener, config, shutdown).await?)
}
