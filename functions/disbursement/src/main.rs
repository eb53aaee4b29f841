//! Posts commission disbursements: the income, and what each payee gets.

use edge::{Error, Function};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    edge::telemetry::start();
    edge::run(Function::Disbursement).await
}
