//! History: an append-only log, newest first.

use aws_sdk_dynamodb::types::TransactWriteItem;
use domain::history::{HistoryLine, SCHEMA};
use domain::id::TenantId;

use super::item::{decode, encode, key_item, text, text_of};
use super::keys::{HISTORY, Key, PK, SK, partition};
use super::{Error, Table};

/// A part of the history.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HistoryPage {
    /// The lines, newest first.
    pub lines: Vec<HistoryLine>,
    /// Where the next, older page begins; absent when there is none.
    pub next: Option<String>,
}

impl Table {
    /// At most `limit` lines, newest first, from where an earlier page ended. `before` is that page's
    /// [`HistoryPage::next`].
    pub async fn history(
        &self,
        tenant: &TenantId,
        limit: u32,
        before: Option<&str>,
    ) -> Result<HistoryPage, Error> {
        let start =
            before.map(|cursor| key_item(Key::sorted(tenant, &format!("{HISTORY}{cursor}"))));
        let answer = self
            .client
            .query()
            .table_name(&self.name)
            .key_condition_expression("#pk = :pk AND begins_with(#sk, :prefix)")
            .expression_attribute_names("#pk", PK)
            .expression_attribute_names("#sk", SK)
            .expression_attribute_values(":pk", text(partition(tenant)))
            .expression_attribute_values(":prefix", text(HISTORY))
            .scan_index_forward(false)
            .set_exclusive_start_key(start)
            .limit(limit.try_into().unwrap_or(i32::MAX))
            .send()
            .await?;
        let next = answer
            .last_evaluated_key
            .as_ref()
            .and_then(|key| text_of(key, SK)?.strip_prefix(HISTORY).map(str::to_owned));
        let items = answer.items.unwrap_or_default().into_iter();
        let lines = items.map(|item| decode(item, tenant, SCHEMA)).collect::<Result<_, _>>()?;
        Ok(HistoryPage { lines, next })
    }

    /// Adds a line.
    pub async fn append_history(&self, tenant: &TenantId, line: &HistoryLine) -> Result<(), Error> {
        let item = encode(line, Key::history(tenant, line.at));
        self.client.put_item().table_name(&self.name).set_item(Some(item)).send().await?;
        Ok(())
    }

    /// A line as a part of a transaction.
    pub(super) fn history_write(&self, tenant: &TenantId, line: &HistoryLine) -> TransactWriteItem {
        self.put(encode(line, Key::history(tenant, line.at)), None)
    }
}
