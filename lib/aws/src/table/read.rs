//! Reading a tenant's items as they are now: some of them by their keys, or a run of them in the order of their sort keys.

use std::collections::HashMap;

use aws_sdk_dynamodb::operation::query::builders::QueryFluentBuilder;
use aws_sdk_dynamodb::types::KeysAndAttributes;
use domain::id::TenantId;

use super::item::{Item, key_item, text};
use super::keys::{Key, PK, SK, partition};
use super::{Error, ROUNDS, Table};

/// Keys that one BatchGetItem takes.
/// <https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_BatchGetItem.html>
pub(super) const BATCH: usize = 100;

impl Table {
    /// One item, if it is there.
    pub(super) async fn get(&self, key: Key) -> Result<Option<Item>, Error> {
        let answer = self
            .client
            .get_item()
            .table_name(&self.name)
            .set_key(Some(key_item(key)))
            .consistent_read(true)
            .send()
            .await?;
        Ok(answer.item.filter(|item| !item.is_empty()))
    }

    /// Those of at most [`BATCH`] items that are there, in no order.
    pub(super) async fn get_batch(&self, keys: Vec<Item>) -> Result<Vec<Item>, Error> {
        let mut found = Vec::new();
        let request = KeysAndAttributes::builder()
            .consistent_read(true)
            .set_keys(Some(keys))
            .build()
            .expect("keys are given");
        let mut pending = HashMap::from([(self.name.clone(), request)]);
        for _ in 0..ROUNDS {
            let answer =
                self.client.batch_get_item().set_request_items(Some(pending)).send().await?;
            found.extend(answer.responses.unwrap_or_default().into_values().flatten());
            pending = answer.unprocessed_keys.unwrap_or_default();
            if pending.is_empty() {
                return Ok(found);
            }
        }
        Err(Error::Unavailable("DynamoDB left keys unread".into()))
    }

    /// Asks for a tenant's items whose sort keys start with `prefix`.
    pub(super) fn with_prefix(&self, tenant: &TenantId, prefix: &str) -> QueryFluentBuilder {
        self.in_partition(tenant)
            .key_condition_expression("#pk = :pk AND begins_with(#sk, :prefix)")
            .expression_attribute_values(":prefix", text(prefix))
    }

    /// Asks for a tenant's items whose sort keys are in a range, both ends included. DynamoDB refuses a range that is
    /// upside down.
    pub(super) fn between(&self, tenant: &TenantId, from: &str, to: &str) -> QueryFluentBuilder {
        self.in_partition(tenant)
            .key_condition_expression("#pk = :pk AND #sk BETWEEN :from AND :to")
            .expression_attribute_values(":from", text(from))
            .expression_attribute_values(":to", text(to))
    }

    fn in_partition(&self, tenant: &TenantId) -> QueryFluentBuilder {
        self.client
            .query()
            .table_name(&self.name)
            .consistent_read(true)
            .expression_attribute_names("#pk", PK)
            .expression_attribute_names("#sk", SK)
            .expression_attribute_values(":pk", text(partition(tenant)))
    }
}

/// A limit as the SDK takes it.
pub(super) fn at_most(limit: u32) -> i32 {
    limit.try_into().unwrap_or(i32::MAX)
}
