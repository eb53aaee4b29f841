//! The state parameter of a consent: good for one use, for a while.

use aws_sdk_dynamodb::operation::delete_item::DeleteItemError;
use aws_sdk_dynamodb::types::{ReturnValue, ReturnValuesOnConditionCheckFailure};
use domain::id::TenantId;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::item::{decode, encode, key_item};
use super::keys::Key;
use super::layout::fenced;
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

    /// Takes a state away: of all callers, exactly one gets it. Should that answer be lost, nobody does, and the
    /// person starts again.
    pub async fn take_state(
        &self,
        tenant: &TenantId,
        nonce_hash: &str,
    ) -> Result<Option<OauthState>, Error> {
        let key = Key::oauth_state(tenant, nonce_hash);
        let condition = fenced(&key.sk, None);
        let answer = self
            .client
            .delete_item()
            .table_name(&self.name)
            .set_key(Some(key_item(key)))
            .condition_expression(condition.text())
            .set_expression_attribute_names(condition.names())
            .set_expression_attribute_values(condition.values())
            .return_values(ReturnValue::AllOld)
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld)
            .send()
            .await;
        let taken = match answer {
            Ok(answer) => answer.attributes,
            Err(error) => match error.as_service_error() {
                // Read below, where what is newer is refused.
                Some(DeleteItemError::ConditionalCheckFailedException(failed)) => {
                    failed.item().cloned()
                }
                _ => return Err(error.into()),
            },
        };
        let Some(item) = taken.filter(|item| !item.is_empty()) else { return Ok(None) };
        let item: StateItem = decode(item, tenant, SCHEMA)?;
        Ok(Some(OauthState {
            company_change: item.company_change,
            expires_at: item.expires_at,
            return_url: item.return_url,
        }))
    }
}
