//! Posts payments, and voids them.

use edge::{Error, Function};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    edge::telemetry::start();
    edge::run(Function::BillingPayment).await
}
