//! The state parameter of a consent: good for one use, for a while.

use aws_sdk_dynamodb::operation::update_item::UpdateItemError::ConditionalCheckFailedException;
use aws_sdk_dynamodb::types::{ReturnValue, ReturnValuesOnConditionCheckFailure};
use domain::id::TenantId;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::item::{decode, encode, key_item, text};
use super::keys::Key;
use super::layout::{fenced, refused};
use super::write::Expression;
use super::{Error, Table};

/// Layout of a stored state.
pub(super) const SCHEMA: u32 = 1;

/// Whether the consent may connect another company than before.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CompanyChange {
    /// It may not.
    Refused,
    /// A person asked for it.
    Allowed,
}

/// What must be known again when the consent comes back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OauthState {
    /// Whether the consent may connect another company than before.
    pub company_change: CompanyChange,
    /// Until when the consent is awaited, to the second. The caller checks it: the table forgets later.
    pub expires_at: Timestamp,
    /// Where the person goes afterwards.
    pub return_url: Option<String>,
}

#[derive(Serialize, Deserialize)]
struct StateItem {
    schema: u32,
    company_change: CompanyChange,
    /// DynamoDB deletes the item some time after this.
    #[serde(with = "jiff::fmt::serde::timestamp::second::required")]
    expires_at: Timestamp,
    return_url: Option<String>,
}

impl Table {
    /// Keeps a state under the hash of its nonce.
    pub async fn put_state(
        &self,
        tenant: &TenantId,
        nonce_hash: &str,
        state: &OauthState,
    ) -> Result<(), Error> {
        let item = StateItem {
            schema: SCHEMA,
            company_change: state.company_change,
            expires_at: state.expires_at,
            return_url: state.return_url.clone(),
        };
        let item = encode(&item, Key::oauth_state(tenant, nonce_hash));
        self.put_alone(item).await
    }

    /// Takes a state: of all takers, exactly one gets it, as often as it asks. So its own repetition after a lost answer
    /// does not make it say that the consent was used already.
    pub async fn take_state(
        &self,
        tenant: &TenantId,
        nonce_hash: &str,
        taker: &str,
    ) -> Result<Option<OauthState>, Error> {
        let key = Key::oauth_state(tenant, nonce_hash);
        let is_free =
            "attribute_exists(pk) AND (attribute_not_exists(taken_by) OR taken_by = :taker)";
        let free = Expression::new(is_free).value(":taker", text(taker));
        let condition = fenced(&key.sk, Some(&free));
        let answer = self
            .client
            .update_item()
            .table_name(&self.name)
            .set_key(Some(key_item(key)))
            .update_expression("SET taken_by = :taker")
            .condition_expression(condition.text())
            .set_expression_attribute_names(condition.names())
            .set_expression_attribute_values(condition.values())
            .return_values(ReturnValue::AllNew)
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld)
            .send()
            .await;
        let item = match answer {
            Ok(answer) => answer.attributes.unwrap_or_default(),
            Err(error) => match error.as_service_error() {
                Some(ConditionalCheckFailedException(failed)) => {
                    return failed.item().and_then(refused).map_or(Ok(None), Err);
                }
                _ => return Err(error.into()),
            },
        };
        let item: StateItem = decode(item, tenant, SCHEMA)?;
        Ok(Some(OauthState {
            company_change: item.company_change,
            expires_at: item.expires_at,
            return_url: item.return_url,
        }))
    }
}
