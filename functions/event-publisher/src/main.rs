//! Tells hosts what happened: on the event bus, and at their endpoints.

use edge::{Error, Function};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    edge::telemetry::start();
    edge::run(Function::EventPublisher).await
}
