//! What Intuit told, kept for a while so that what comes again is known.

use aws_sdk_dynamodb::operation::put_item::PutItemError;
use aws_sdk_dynamodb::types::{AttributeValue, ReturnValuesOnConditionCheckFailure};
use domain::id::TenantId;
use domain::notice::{Notice, SCHEMA};

use super::item::{decode, encode, key_item};
use super::keys::Key;
use super::read::BATCH;
use super::write::{Expression, absent, present};
use super::{Error, Table};

/// What is known of a notice that arrived.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Noted {
    /// It is new.
    New,
    /// It came before and was not seen to yet.
    Open,
    /// It came before and was seen to.
    Done,
}

impl Table {
    /// Keeps a notice, unless it is kept already.
    pub async fn put_notice(&self, tenant: &TenantId, notice: &Notice) -> Result<Noted, Error> {
        let condition = absent();
        let answer = self
            .client
            .put_item()
            .table_name(&self.name)
            .set_item(Some(encode(notice, Key::notice(tenant, &notice.key()))))
            .condition_expression(condition.text())
            .set_expression_attribute_names(condition.names())
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld)
            .send()
            .await;
        let Err(error) = answer else { return Ok(Noted::New) };
        match error.as_service_error() {
            Some(PutItemError::ConditionalCheckFailedException(failed)) => {
                let Some(item) = failed.item().cloned() else { return Ok(Noted::Open) };
                let known: Notice = decode(item, tenant, SCHEMA)?;
                Ok(if known.done { Noted::Done } else { Noted::Open })
            }
            _ => Err(error.into()),
        }
    }

    /// The notices under these keys.
    pub async fn notices(&self, tenant: &TenantId, keys: &[String]) -> Result<Vec<Notice>, Error> {
        let mut notices = Vec::new();
        for batch in keys.chunks(BATCH) {
            let keys = batch.iter().map(|key| key_item(Key::notice(tenant, key)));
            for item in self.get_batch(keys.collect()).await? {
                notices.push(decode(item, tenant, SCHEMA)?);
            }
        }
        Ok(notices)
    }

    /// Notes that a notice was seen to.
    pub async fn finish_notice(&self, tenant: &TenantId, notice: &Notice) -> Result<(), Error> {
        let change = Expression::new("SET #done = :yes").value(":yes", AttributeValue::Bool(true));
        self.change(Key::notice(tenant, &notice.key()), &change, &present()).await.map(|_| ())
    }
}
