//! Writing postings. Each write puts the whole item and compares the revision; the posting that is passed carries the
//! revision it will have, so 1 means that nothing is stored yet.

use aws_sdk_dynamodb::operation::put_item::PutItemError;
use aws_sdk_dynamodb::types::{ReturnValuesOnConditionCheckFailure, TransactWriteItem};
use domain::history::HistoryLine;
use domain::id::TenantId;
use domain::link::{Link, LinkKey};
use domain::posting::{Posting, State};

pub(super) use domain::posting::SCHEMA;

use super::item::{Item, decode, encode, text};
use super::keys::{Key, instant, state_key};
use super::write::{Expression, Refusal, Stored, absent, revision_is};
use super::{Error, Table, wait};

/// Why a posting was not written.
#[derive(Debug, thiserror::Error)]
pub enum PutError {
    /// The stored posting has another revision: this one, or unknown when another write was under way. Load and
    /// decide again.
    #[error("the posting was changed by someone else")]
    Conflict(Option<Box<Posting>>),
    /// The table failed.
    #[error(transparent)]
    Table(#[from] Error),
}

/// Why a posting and a link were not written.
#[derive(Debug, thiserror::Error)]
pub enum PutWithLinkError {
    /// As [`PutError::Conflict`].
    #[error("the posting was changed by someone else")]
    Conflict(Option<Box<Posting>>),
    /// The link of this key stands in the way: another host object has the QuickBooks object or, when it is the
    /// link's own key, the host object already has another one.
    #[error("the QuickBooks object or the host object is linked already")]
    LinkTaken(LinkKey),
    /// The table failed.
    #[error(transparent)]
    Table(#[from] Error),
}

/// Why a posting was not blocked.
#[derive(Debug, thiserror::Error)]
pub enum BlockError {
    /// As [`PutError::Conflict`].
    #[error("the posting was changed by someone else")]
    Conflict(Option<Box<Posting>>),
    /// What it was about to wait for has happened or changed meanwhile. Load and decide again.
    #[error("the condition has cleared meanwhile")]
    Cleared,
    /// The table failed.
    #[error(transparent)]
    Table(#[from] Error),
}

/// What must still be so when a posting starts to wait; else nothing would ever wake it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Guard {
    /// Nothing wakes it but a person.
    None,
    /// The tenant has no working connection.
    NotConnected,
    /// The settings have this revision; 0 means never saved.
    SettingsRevision(u64),
    /// The posting it waits for.
    Parent {
        /// The parent with `awaited` set. When that is new, its revision is `stored_revision + 1` and it is written;
        /// when it was set already, its revision is `stored_revision` and only compared.
        parent: Box<Posting>,
        /// The revision that is stored; 0 means that nothing is.
        stored_revision: u64,
    },
}

impl Table {
    /// Writes a posting.
    pub async fn put_posting(&self, tenant: &TenantId, posting: &Posting) -> Result<(), PutError> {
        let condition = revision_is(expected(posting));
        let answer = self
            .client
            .put_item()
            .table_name(&self.name)
            .set_item(Some(encode_posting(tenant, posting)))
            .condition_expression(condition.text())
            .set_expression_attribute_names(condition.names())
            .set_expression_attribute_values(condition.values())
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld)
            .send()
            .await;
        let Err(error) = answer else { return Ok(()) };
        match error.as_service_error() {
            Some(PutItemError::ConditionalCheckFailedException(failed)) => {
                match differing(tenant, posting, failed.item().cloned())? {
                    Differing::Same => Ok(()),
                    Differing::Other(stored) => Err(PutError::Conflict(stored)),
                }
            }
            Some(PutItemError::TransactionConflictException(_)) => Err(PutError::Conflict(None)),
            _ => Err(Error::from(error).into()),
        }
    }

    /// Writes a posting and a link, both or neither.
    pub async fn put_posting_and_link(
        &self,
        tenant: &TenantId,
        posting: &Posting,
        link: &Link,
    ) -> Result<(), PutWithLinkError> {
        let mut writes = vec![self.posting_write(tenant, posting)];
        writes.extend(self.link_writes(tenant, link));
        let failed = match self.transact(writes).await {
            Ok(()) => return Ok(()),
            Err(Refusal::Contended) => return Err(PutWithLinkError::Conflict(None)),
            Err(Refusal::Table(error)) => return Err(error.into()),
            Err(Refusal::Conditions(failed)) => failed,
        };
        let mut failed = failed.into_iter();
        if let Some(stored) = failed.next().flatten() {
            return match differing(tenant, posting, stored)? {
                Differing::Same => Ok(()),
                Differing::Other(stored) => Err(PutWithLinkError::Conflict(stored)),
            };
        }
        let taken = super::link::taken_by(tenant, link, failed)?;
        Err(PutWithLinkError::LinkTaken(taken))
    }

    /// Writes a posting that is done, and the line that says so, both or neither.
    pub async fn finish_posting(
        &self,
        tenant: &TenantId,
        posting: &Posting,
        line: &HistoryLine,
    ) -> Result<(), PutError> {
        let writes = vec![self.posting_write(tenant, posting), self.history_write(tenant, line)];
        match self.transact(writes).await {
            Ok(()) => Ok(()),
            Err(Refusal::Contended) => Err(PutError::Conflict(None)),
            Err(Refusal::Table(error)) => Err(error.into()),
            Err(Refusal::Conditions(failed)) => {
                match differing(tenant, posting, failed.into_iter().next().flatten().flatten())? {
                    Differing::Same => Ok(()),
                    Differing::Other(stored) => Err(PutError::Conflict(stored)),
                }
            }
        }
    }

    /// Writes a posting that waits for a condition, so that it is found when the condition clears. The posting must
    /// have `blocked_by` and `blocked_since`.
    pub async fn block_posting(
        &self,
        tenant: &TenantId,
        posting: &Posting,
        guard: &Guard,
    ) -> Result<(), BlockError> {
        let mut writes = vec![self.posting_write(tenant, posting)];
        writes.extend(self.guard_write(tenant, guard));
        writes.push(self.put(wait::encode_waiting(tenant, posting), None));
        let failed = match self.transact(writes).await {
            Ok(()) => return Ok(()),
            Err(Refusal::Contended) => return Err(BlockError::Conflict(None)),
            Err(Refusal::Table(error)) => return Err(error.into()),
            Err(Refusal::Conditions(failed)) => failed,
        };
        match failed.into_iter().next().flatten() {
            Some(stored) => match differing(tenant, posting, stored)? {
                Differing::Same => Ok(()),
                Differing::Other(stored) => Err(BlockError::Conflict(stored)),
            },
            None => Err(BlockError::Cleared),
        }
    }

    fn posting_write(&self, tenant: &TenantId, posting: &Posting) -> TransactWriteItem {
        self.put(encode_posting(tenant, posting), Some(&revision_is(expected(posting))))
    }

    fn guard_write(&self, tenant: &TenantId, guard: &Guard) -> Option<TransactWriteItem> {
        match guard {
            Guard::None => None,
            Guard::NotConnected => {
                let condition =
                    Expression::new(format!("{} OR #status <> :connected", absent().text()))
                        .value(":connected", text("connected"));
                Some(self.check(Key::connection(tenant), &condition))
            }
            Guard::SettingsRevision(revision) => {
                Some(self.check(Key::settings(tenant), &revision_is(*revision)))
            }
            Guard::Parent { parent, stored_revision } if parent.revision == *stored_revision => {
                let key = Key::posting(tenant, &parent.key);
                Some(self.check(key, &revision_is(*stored_revision)))
            }
            Guard::Parent { parent, stored_revision } => {
                let item = encode_posting(tenant, parent);
                Some(self.put(item, Some(&revision_is(*stored_revision))))
            }
        }
    }
}

/// The revision that must be stored for a posting to be written.
fn expected(posting: &Posting) -> u64 {
    posting.revision.saturating_sub(1)
}

fn encode_posting(tenant: &TenantId, posting: &Posting) -> Item {
    let mut item = encode(posting, Key::posting(tenant, &posting.key));
    // People look for postings that are not at rest; the others stay out of the index.
    if !matches!(posting.state, State::Posted | State::Expected) {
        let since = posting.blocked_since.unwrap_or(posting.updated_at);
        item.insert("state_key".to_owned(), text(state_key(tenant, posting.state)));
        item.insert("state_since".to_owned(), text(instant(since)));
    }
    item
}

enum Differing {
    Same,
    Other(Option<Box<Posting>>),
}

/// Tells a conflict from the echo of a write whose answer was lost: the SDK repeats such a put, which then meets what
/// it wrote itself.
fn differing(tenant: &TenantId, ours: &Posting, stored: Stored) -> Result<Differing, Error> {
    let Some(item) = stored else { return Ok(Differing::Other(None)) };
    let stored: Posting = decode(item, tenant, SCHEMA)?;
    Ok(if stored == *ours { Differing::Same } else { Differing::Other(Some(Box::new(stored))) })
}
