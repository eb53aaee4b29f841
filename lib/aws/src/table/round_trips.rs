//! Counting requests to DynamoDB, each repetition too, in the task that makes them.

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::config::interceptors::BeforeTransmitInterceptorContextRef;
use aws_sdk_dynamodb::config::{ConfigBag, Intercept, RuntimeComponents};
use aws_sdk_dynamodb::error::BoxError;

use super::Table;

#[derive(Debug)]
struct Counter(fn());

impl Intercept for Counter {
    fn name(&self) -> &'static str {
        "round trips"
    }

    fn read_before_transmit(
        &self,
        _: &BeforeTransmitInterceptorContextRef<'_>,
        _: &RuntimeComponents,
        _: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        (self.0)();
        Ok(())
    }
}

impl Table {
    /// Calls `count` for each request that goes out.
    pub fn counted_by(self, count: fn()) -> Self {
        let config = self.client.config().to_builder().interceptor(Counter(count)).build();
        Self { client: Client::from_conf(config), ..self }
    }
}
