//! Conditional writes, alone and in transactions, and what their refusal says.

use std::collections::HashMap;

use aws_sdk_dynamodb::operation::put_item::PutItemError;
use aws_sdk_dynamodb::operation::transact_write_items::TransactWriteItemsError;
use aws_sdk_dynamodb::types::{
    AttributeValue, CancellationReason, ConditionCheck, Delete, DeleteRequest, Put,
    ReturnValuesOnConditionCheckFailure, TransactWriteItem, Update, WriteRequest,
};
use domain::id::TenantId;
use serde::de::DeserializeOwned;

use super::item::{Item, decode, key_item, number, text_of};
use super::keys::{Key, SK};
use super::layout::{fenced, refused};
use super::{Error, ROUNDS, Table};

/// Items that one BatchWriteItem takes.
/// <https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_BatchWriteItem.html>
pub(super) const BATCH: usize = 25;

/// An expression together with the names and values in it. `#name` stands for the attribute `name`, always: half of
/// the good names are reserved words.
#[derive(Debug, Clone)]
pub(super) struct Expression {
    text: String,
    values: HashMap<String, AttributeValue>,
}

impl Expression {
    pub(super) fn new(text: impl Into<String>) -> Self {
        Self { text: text.into(), values: HashMap::new() }
    }

    pub(super) fn value(mut self, name: &str, value: AttributeValue) -> Self {
        self.values.insert(name.to_owned(), value);
        self
    }

    /// And this as well.
    pub(super) fn and(self, text: &str) -> Self {
        Self { text: format!("{} AND {text}", self.text), ..self }
    }

    pub(super) fn text(&self) -> String {
        self.text.clone()
    }

    pub(super) fn names(&self) -> Option<HashMap<String, String>> {
        let names: HashMap<String, String> = self
            .text
            .split(|c: char| !(c.is_ascii_alphanumeric() || c == '_' || c == '#'))
            .filter_map(|word| Some((word.to_owned(), word.strip_prefix('#')?.to_owned())))
            .collect();
        (!names.is_empty()).then_some(names)
    }

    pub(super) fn values(&self) -> Option<HashMap<String, AttributeValue>> {
        (!self.values.is_empty()).then(|| self.values.clone())
    }
}

/// The item does not exist.
pub(super) fn absent() -> Expression {
    Expression::new("attribute_not_exists(#pk)")
}

/// The item exists.
pub(super) fn present() -> Expression {
    Expression::new("attribute_exists(#pk)")
}

/// The item's revision is the expected one, where 0 means that it does not exist.
pub(super) fn revision_is(expected: u64) -> Expression {
    match expected {
        0 => absent(),
        expected => Expression::new("#revision = :expected").value(":expected", number(expected)),
    }
}

/// Why a transaction was not applied. Nothing of it was.
pub(super) enum Refusal {
    /// Another write to one of the items was under way.
    Contended,
    /// Conditions that failed, by position, each with the item that is stored.
    Conditions(Vec<Option<Stored>>),
    /// The call itself failed.
    Table(Error),
}

/// The item that failed a condition; absent when there is none.
pub(super) type Stored = Option<Item>;

impl Refusal {
    /// The failure for a caller that has no better answer to a refusal than trying again.
    pub(super) fn into_error(self) -> Error {
        match self {
            Self::Table(error) => error,
            Self::Contended | Self::Conditions(_) => {
                Error::Unavailable("another write to the same item was under way".into())
            }
        }
    }
}

impl Table {
    /// A put as a part of a transaction.
    pub(super) fn put(&self, item: Item, condition: Option<&Expression>) -> TransactWriteItem {
        let condition = fenced(text_of(&item, SK).unwrap_or_default(), condition);
        let put = Put::builder()
            .table_name(&self.name)
            .set_item(Some(item))
            .condition_expression(condition.text())
            .set_expression_attribute_names(condition.names())
            .set_expression_attribute_values(condition.values())
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld)
            .build()
            .expect("table and item are given");
        TransactWriteItem::builder().put(put).build()
    }

    /// A condition on an item that is not written, as a part of a transaction.
    pub(super) fn check(&self, key: Key, condition: &Expression) -> TransactWriteItem {
        let condition = fenced(&key.sk, Some(condition));
        let check = ConditionCheck::builder()
            .table_name(&self.name)
            .set_key(Some(key_item(key)))
            .condition_expression(condition.text())
            .set_expression_attribute_names(condition.names())
            .set_expression_attribute_values(condition.values())
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld)
            .build()
            .expect("table, key and condition are given");
        TransactWriteItem::builder().condition_check(check).build()
    }

    /// An update as a part of a transaction. Both expressions share their values.
    pub(super) fn update(
        &self,
        key: Key,
        change: &Expression,
        condition: &Expression,
    ) -> TransactWriteItem {
        let condition = fenced(&key.sk, Some(condition));
        let update = Update::builder()
            .table_name(&self.name)
            .set_key(Some(key_item(key)))
            .update_expression(change.text())
            .condition_expression(condition.text())
            .set_expression_attribute_names(merge(change.names(), condition.names()))
            .set_expression_attribute_values(merge(change.values(), condition.values()))
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld)
            .build()
            .expect("table, key and change are given");
        TransactWriteItem::builder().update(update).build()
    }

    /// A delete as a part of a transaction.
    pub(super) fn delete(&self, key: Key, condition: &Expression) -> TransactWriteItem {
        let condition = fenced(&key.sk, Some(condition));
        let delete = Delete::builder()
            .table_name(&self.name)
            .set_key(Some(key_item(key)))
            .condition_expression(condition.text())
            .set_expression_attribute_names(condition.names())
            .set_expression_attribute_values(condition.values())
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld)
            .build()
            .expect("table and key are given");
        TransactWriteItem::builder().delete(delete).build()
    }

    /// Applies all or nothing. The SDK sends the same request token when it repeats the call, so a repetition after a
    /// lost answer is not refused by its own effect.
    pub(super) async fn transact(&self, writes: Vec<TransactWriteItem>) -> Result<(), Refusal> {
        let answer =
            self.client.transact_write_items().set_transact_items(Some(writes)).send().await;
        let Err(error) = answer else { return Ok(()) };
        match error.as_service_error() {
            Some(TransactWriteItemsError::TransactionCanceledException(cancelled)) => {
                match refusal(cancelled.cancellation_reasons()) {
                    Some(Refusal::Conditions(failed)) => {
                        let newer = failed.iter().flatten().flatten().find_map(refused);
                        Err(newer.map_or(Refusal::Conditions(failed), Refusal::Table))
                    }
                    Some(refusal) => Err(refusal),
                    None if is_throttled(cancelled.cancellation_reasons()) => {
                        Err(Refusal::Table(Error::Unavailable(Box::new(error))))
                    }
                    None => Err(Refusal::Table(Error::Refused(Box::new(error)))),
                }
            }
            Some(TransactWriteItemsError::TransactionInProgressException(_)) => {
                Err(Refusal::Contended)
            }
            _ => Err(Refusal::Table(error.into())),
        }
    }

    /// Applies all or nothing, of which the first puts `ours` under a condition. False: somebody else wrote that item, or
    /// another of them, meanwhile. A failed condition may be the echo of our own write, whose answer was lost.
    pub(super) async fn transact_first<T: DeserializeOwned + PartialEq>(
        &self,
        tenant: &TenantId,
        ours: &T,
        newest: u32,
        writes: Vec<TransactWriteItem>,
    ) -> Result<bool, Error> {
        let failed = match self.transact(writes).await {
            Ok(()) => return Ok(true),
            Err(Refusal::Contended) => return Ok(false),
            Err(Refusal::Table(error)) => return Err(error),
            Err(Refusal::Conditions(failed)) => failed,
        };
        match failed.into_iter().next().flatten().flatten() {
            Some(stored) => Ok(decode::<T>(stored, tenant, newest)? == *ours),
            None => Ok(false),
        }
    }

    /// Puts one item, whatever is there, if it is not newer.
    pub(super) async fn put_alone(&self, item: Item) -> Result<(), Error> {
        let condition = fenced(text_of(&item, SK).unwrap_or_default(), None);
        let answer = self
            .client
            .put_item()
            .table_name(&self.name)
            .set_item(Some(item))
            .condition_expression(condition.text())
            .set_expression_attribute_names(condition.names())
            .set_expression_attribute_values(condition.values())
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld)
            .send()
            .await;
        let Err(error) = answer else { return Ok(()) };
        let newer = match error.as_service_error() {
            Some(PutItemError::ConditionalCheckFailedException(failed)) => {
                failed.item().and_then(refused)
            }
            _ => None,
        };
        Err(newer.unwrap_or_else(|| error.into()))
    }

    /// Puts one item if `condition` holds; the item that is stored otherwise.
    pub(super) async fn put_if(
        &self,
        item: Item,
        condition: &Expression,
    ) -> Result<Result<(), Stored>, Error> {
        let condition = fenced(text_of(&item, SK).unwrap_or_default(), Some(condition));
        let answer = self
            .client
            .put_item()
            .table_name(&self.name)
            .set_item(Some(item))
            .condition_expression(condition.text())
            .set_expression_attribute_names(condition.names())
            .set_expression_attribute_values(condition.values())
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld)
            .send()
            .await;
        let Err(error) = answer else { return Ok(Ok(())) };
        match error.as_service_error() {
            Some(PutItemError::ConditionalCheckFailedException(failed)) => {
                let stored = failed.item().filter(|item| !item.is_empty()).cloned();
                stored.as_ref().and_then(refused).map_or(Ok(Err(stored)), Err)
            }
            _ => Err(error.into()),
        }
    }

    /// Puts `ours` if `condition` holds. False: somebody else wrote the item meanwhile. A failed condition may be the echo
    /// of our own write, whose answer was lost.
    pub(super) async fn put_ours<T: PartialEq>(
        &self,
        ours: &T,
        item: Item,
        condition: &Expression,
        decode: impl FnOnce(Item) -> Result<T, Error>,
    ) -> Result<bool, Error> {
        match self.put_if(item, condition).await? {
            Ok(()) => Ok(true),
            Err(Some(stored)) => Ok(decode(stored)? == *ours),
            Err(None) => Ok(false),
        }
    }

    /// Deletes at most [`BATCH`] items, whether or not they are there. False: DynamoDB left some undone.
    pub(super) async fn delete_batch(&self, keys: Vec<Key>) -> Result<bool, Error> {
        let deletes = keys.into_iter().map(|key| {
            let delete = DeleteRequest::builder().set_key(Some(key_item(key))).build();
            WriteRequest::builder().delete_request(delete.expect("the key is given")).build()
        });
        let mut pending = HashMap::from([(self.name.clone(), deletes.collect())]);
        for _ in 0..ROUNDS {
            let answer =
                self.client.batch_write_item().set_request_items(Some(pending)).send().await?;
            pending = answer.unprocessed_items.unwrap_or_default();
            if pending.is_empty() {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Changes one item if `condition` holds; the item that is stored otherwise.
    pub(super) async fn change(
        &self,
        key: Key,
        change: &Expression,
        condition: &Expression,
    ) -> Result<Result<(), Stored>, Error> {
        let condition = &fenced(&key.sk, Some(condition));
        let answer = self
            .client
            .update_item()
            .table_name(&self.name)
            .set_key(Some(key_item(key)))
            .update_expression(change.text())
            .condition_expression(condition.text())
            .set_expression_attribute_names(merge(change.names(), condition.names()))
            .set_expression_attribute_values(merge(change.values(), condition.values()))
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld)
            .send()
            .await;
        let Err(error) = answer else { return Ok(Ok(())) };
        use aws_sdk_dynamodb::operation::update_item::UpdateItemError::ConditionalCheckFailedException;
        match error.as_service_error() {
            Some(ConditionalCheckFailedException(failed)) => {
                let stored = failed.item().cloned();
                stored.as_ref().and_then(refused).map_or(Ok(Err(stored)), Err)
            }
            _ => Err(error.into()),
        }
    }
}

fn merge<V>(
    one: Option<HashMap<String, V>>,
    other: Option<HashMap<String, V>>,
) -> Option<HashMap<String, V>> {
    match (one, other) {
        (Some(mut one), Some(other)) => {
            one.extend(other);
            Some(one)
        }
        (one, other) => one.or(other),
    }
}

fn refusal(reasons: &[CancellationReason]) -> Option<Refusal> {
    let with_code =
        |code: &'static str| move |reason: &&CancellationReason| reason.code() == Some(code);
    if reasons.iter().any(|reason| with_code("ConditionalCheckFailed")(&reason)) {
        let failed = reasons.iter().map(|reason| {
            with_code("ConditionalCheckFailed")(&reason)
                .then(|| reason.item.clone().filter(|item| !item.is_empty()))
        });
        return Some(Refusal::Conditions(failed.collect()));
    }
    reasons
        .iter()
        .any(|reason| with_code("TransactionConflict")(&reason))
        .then_some(Refusal::Contended)
}

fn is_throttled(reasons: &[CancellationReason]) -> bool {
    reasons.iter().any(|reason| {
        matches!(reason.code(), Some("ThrottlingError" | "ProvisionedThroughputExceeded"))
    })
}
