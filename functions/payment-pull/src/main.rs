//! Brings back what bookkeepers paid in QuickBooks.

use edge::{Error, Function};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    edge::telemetry::start();
    edge::run(Function::PaymentPull).await
}
