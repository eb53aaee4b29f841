//! Posts agents' bills as invoices, with their payments.

use edge::{Error, Function};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    edge::telemetry::start();
    edge::run(Function::BillingInvoice).await
}
