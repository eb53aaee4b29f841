//! Posts the records of whole files.

use edge::{Error, Function};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    edge::telemetry::start();
    edge::run(Function::Import).await
}
