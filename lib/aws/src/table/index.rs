//! The two sparse indexes: what lies in them over all tenants, under a key, in the order of a time.
//!
//! They lag by moments: what is missed now is found the next time, and what is found is looked at again.

use aws_sdk_dynamodb::operation::query::builders::QueryFluentBuilder;
use jiff::Timestamp;

use super::Table;
use super::item::{Item, text};
use super::keys::instant;

/// An index. An item has one place in each.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Index {
    /// What is unfinished, waits, is due or was refused.
    ByState,
    /// What the watch looks at.
    ByWatch,
}

impl Index {
    fn name(self) -> &'static str {
        match self {
            Self::ByState => "by_state",
            Self::ByWatch => "by_watch",
        }
    }

    fn key(self) -> &'static str {
        match self {
            Self::ByState => "state_key",
            Self::ByWatch => "watch_key",
        }
    }

    /// The attribute with the time.
    pub(super) fn time(self) -> &'static str {
        match self {
            Self::ByState => "state_since",
            Self::ByWatch => "watch_at",
        }
    }

    /// Gives an item its place.
    pub(super) fn place(self, item: &mut Item, key: impl Into<String>, time: Timestamp) {
        self.place_as(item, key, instant(time));
    }

    /// Gives an item its place, by a time that is written as [`instant`] writes it.
    pub(super) fn place_as(self, item: &mut Item, key: impl Into<String>, time: impl Into<String>) {
        item.insert(self.key().to_owned(), text(key));
        item.insert(self.time().to_owned(), text(time));
    }
}

impl Table {
    /// Asks for what lies under a key.
    pub(super) fn under(&self, index: Index, key: &str) -> QueryFluentBuilder {
        self.client
            .query()
            .table_name(&self.name)
            .index_name(index.name())
            .key_condition_expression(format!("{} = :key", index.key()))
            .expression_attribute_values(":key", text(key))
    }

    /// Asks for what lies under a key with an earlier time.
    pub(super) fn under_before(
        &self,
        index: Index,
        key: &str,
        before: Timestamp,
    ) -> QueryFluentBuilder {
        self.under(index, key)
            .key_condition_expression(format!(
                "{} = :key AND {} < :before",
                index.key(),
                index.time()
            ))
            .expression_attribute_values(":before", text(instant(before)))
    }
}
