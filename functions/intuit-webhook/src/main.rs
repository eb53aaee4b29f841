//! Hears what Intuit tells of changes in QuickBooks.

use edge::{Error, Function};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    edge::telemetry::start();
    edge::run(Function::IntuitWebhook).await
}
