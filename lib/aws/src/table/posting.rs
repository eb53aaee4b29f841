//! Writing postings. Each write puts the whole item and compares the revision; the posting that is passed carries the
//! revision it will have, so 1 means that nothing is stored yet.

use aws_sdk_dynamodb::operation::put_item::PutItemError;
use aws_sdk_dynamodb::types::{ReturnValuesOnConditionCheckFailure, TransactWriteItem};
use domain::history::HistoryLine;
use domain::id::{CompanyId, ObjectId, TenantId};
use domain::ledger::Object;
use domain::link::{Link, LinkKey};
use domain::posting::{Posting, SCHEMA, State};
use jiff::Timestamp;
use jiff::civil::Date;

use super::index::Index;
use super::item::{Item, decode, encode, number, text, text_of};
use super::keys::{Key, SK, state_key, unfinished_key, unfinished_partition};
use super::layout::fenced;
use super::write::{Expression, Refusal, Stored, absent, revision_is};
use super::{Error, Table, wait, watch};

/// What is written together with a posting: all of it or nothing.
#[derive(Debug, Clone, Copy, Default)]
pub struct Extras<'a> {
    /// A link that a step established.
    pub link: Option<&'a Link>,
    /// A bill that a step made: payments on it are recognised by this.
    pub bill: Option<&'a MadeBill>,
    /// The line of history that says what was done.
    pub history: Option<&'a HistoryLine>,
    /// The posting starts to wait, which needs `blocked_by` and `blocked_since`, unless what it waits for has happened.
    pub wait: Option<&'a Guard>,
}

/// A bill that was made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MadeBill {
    /// The bill.
    pub bill: Object,
    /// Since when it may have been there without our knowing it, if its answer was lost.
    pub unknown_since: Option<Timestamp>,
}

/// Why a posting was not written.
#[derive(Debug, thiserror::Error)]
pub enum WriteError {
    /// The stored posting has another revision: this one, or unknown when another write was under way. Load and
    /// decide again.
    #[error("the posting was changed by someone else")]
    Conflict(Option<Box<Posting>>),
    /// The link of this key stands in the way: another host object has the QuickBooks object or, when it is the
    /// link's own key, the host object already has another one.
    #[error("the QuickBooks object or the host object is linked already")]
    LinkTaken(LinkKey),
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
    /// The tenant has no working connection to this company.
    NotConnectedTo(CompanyId),
    /// The settings have this revision; 0 means never saved.
    SettingsRevision(u64),
    /// The books of the connected company are closed through this day, as far as is known.
    Books {
        /// The company.
        company: CompanyId,
        /// The day; absent when nothing is closed.
        closed_through: Option<Date>,
    },
    /// No payment on bills of the company was seen to be taken back since it was counted; 0 also when nobody pulls them.
    PaymentsTakenBack {
        /// The company.
        company: CompanyId,
        /// How often that had been seen.
        count: u64,
    },
    /// The links still lead where they led, and their objects are as usable as they were.
    Links {
        /// The company.
        company: CompanyId,
        /// Each with the word whether its object cannot be used. At most [`Guard::MOST_LINKS`]; none of them may be written together with the posting.
        links: Vec<(LinkKey, ObjectId, bool)>,
    },
    /// The posting it waits for.
    Parent {
        /// The parent with `awaited` set. When that is new, its revision is `stored_revision + 1` and it is written;
        /// when it was set already, its revision is `stored_revision` and only compared.
        parent: Box<Posting>,
        /// The revision that is stored; 0 means that nothing is.
        stored_revision: u64,
    },
}

impl Guard {
    /// A transaction takes a hundred items; the rest is for the posting and what goes with it.
    pub const MOST_LINKS: usize = 90;
}

impl Table {
    /// Writes a posting and what goes with it. Alone it is a plain put, which costs half of a transaction.
    pub async fn write_posting(
        &self,
        tenant: &TenantId,
        posting: &Posting,
        extras: Extras<'_>,
    ) -> Result<(), WriteError> {
        let links = extras.link.map(|link| self.link_writes(tenant, link));
        let mut writes: Vec<TransactWriteItem> = links.into_iter().flatten().collect();
        writes.extend(extras.history.map(|line| self.history_write(tenant, line)));
        let bill = extras.bill.map(|made| self.bill_writes(tenant, &posting.key, made));
        writes.extend(bill.into_iter().flatten());
        if let Some(guard) = extras.wait {
            writes.push(self.put(wait::encode_waiting(tenant, posting), None));
            writes.extend(self.guard_write(tenant, guard));
        }
        if writes.is_empty() {
            return self.put_posting(tenant, posting).await;
        }
        writes.insert(0, self.posting_write(tenant, posting));
        let failed = match self.transact(writes).await {
            Ok(()) => return Ok(()),
            Err(Refusal::Contended) => return Err(WriteError::Conflict(None)),
            Err(Refusal::Table(error)) => return Err(error.into()),
            Err(Refusal::Conditions(failed)) => failed,
        };
        let mut failed = failed.into_iter();
        if let Some(stored) = failed.next().flatten() {
            return echo_or_conflict(tenant, posting, stored);
        }
        if let Some(link) = extras.link {
            let failed: Vec<_> = failed.by_ref().take(2).collect();
            if failed.iter().any(Option::is_some) {
                let taken = super::link::taken_by(tenant, link, failed.into_iter())?;
                return Err(WriteError::LinkTaken(taken));
            }
        }
        Err(WriteError::Cleared)
    }

    async fn put_posting(&self, tenant: &TenantId, posting: &Posting) -> Result<(), WriteError> {
        let item = encode_posting(tenant, posting);
        let condition =
            fenced(text_of(&item, SK).unwrap_or_default(), Some(&revision_is(expected(posting))));
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
        match error.as_service_error() {
            Some(PutItemError::ConditionalCheckFailedException(failed)) => {
                echo_or_conflict(tenant, posting, failed.item().cloned())
            }
            Some(PutItemError::TransactionConflictException(_)) => Err(WriteError::Conflict(None)),
            _ => Err(Error::from(error).into()),
        }
    }

    fn posting_write(&self, tenant: &TenantId, posting: &Posting) -> TransactWriteItem {
        self.put(encode_posting(tenant, posting), Some(&revision_is(expected(posting))))
    }

    fn guard_write(&self, tenant: &TenantId, guard: &Guard) -> Vec<TransactWriteItem> {
        let write = match guard {
            Guard::None => None,
            Guard::Links { company, links } => {
                let check = |(key, object, broken): &(LinkKey, ObjectId, bool)| {
                    let usable = if *broken { "attribute_exists" } else { "attribute_not_exists" };
                    let leads_there =
                        Expression::new(format!("#object_id = :object_id AND {usable}(#problem)"))
                            .value(":object_id", text(object.as_str()));
                    self.check(Key::link(tenant, company, key), &leads_there)
                };
                return links.iter().map(check).collect();
            }
            Guard::NotConnected => {
                let condition =
                    Expression::new(format!("{} OR #status <> :connected", absent().text()))
                        .value(":connected", text("connected"));
                Some(self.check(Key::connection(tenant), &condition))
            }
            Guard::NotConnectedTo(company) => {
                let condition = Expression::new(format!(
                    "{} OR #status <> :connected OR #company.#id <> :company",
                    absent().text()
                ))
                .value(":connected", text("connected"))
                .value(":company", text(company.as_str()));
                Some(self.check(Key::connection(tenant), &condition))
            }
            Guard::SettingsRevision(revision) => {
                Some(self.check(Key::settings(tenant), &revision_is(*revision)))
            }
            Guard::PaymentsTakenBack { company, count } => {
                let never = if *count == 0 { "attribute_not_exists(#taken_back) OR " } else { "" };
                let condition = Expression::new(format!("{never}#taken_back = :count"))
                    .value(":count", number(*count));
                Some(self.check(Key::pull(tenant, company), &condition))
            }
            Guard::Books { company, closed_through } => {
                let condition = match closed_through {
                    Some(day) => Expression::new(
                        "#company.#id = :company AND #company.#books.#closed_through = :day",
                    )
                    .value(":day", text(day.to_string())),
                    None => Expression::new(
                        "#company.#id = :company AND attribute_not_exists(#company.#books.#closed_through)",
                    ),
                };
                let condition = condition.value(":company", text(company.as_str()));
                Some(self.check(Key::connection(tenant), &condition))
            }
            Guard::Parent { parent, stored_revision } if parent.revision == *stored_revision => {
                let key = Key::posting(tenant, &parent.key);
                Some(self.check(key, &revision_is(*stored_revision)))
            }
            Guard::Parent { parent, stored_revision } => {
                let item = encode_posting(tenant, parent);
                Some(self.put(item, Some(&revision_is(*stored_revision))))
            }
        };
        write.into_iter().collect()
    }
}

/// The revision that must be stored for a posting to be written.
fn expected(posting: &Posting) -> u64 {
    posting.revision.saturating_sub(1)
}

fn encode_posting(tenant: &TenantId, posting: &Posting) -> Item {
    let mut item = encode(posting, Key::posting(tenant, &posting.key));
    let unfinished = posting.state == State::Posting || posting.must_wake() || posting.fans_out;
    let found_under = match posting.state {
        _ if unfinished => Some(unfinished_key(unfinished_partition(tenant))),
        // What is at rest stays out of the index.
        State::Posted | State::Expected => None,
        state => Some(state_key(tenant, state)),
    };
    if let Some(key) = found_under {
        let since = posting.blocked_since.filter(|_| !unfinished).unwrap_or(posting.updated_at);
        Index::ByState.place(&mut item, key, since);
    }
    watch::place_posting(&mut item, tenant, posting);
    item
}

/// Tells a conflict from the echo of a write whose answer was lost: the SDK repeats such a put, which then meets what
/// it wrote itself.
fn echo_or_conflict(tenant: &TenantId, ours: &Posting, stored: Stored) -> Result<(), WriteError> {
    let Some(item) = stored else { return Err(WriteError::Conflict(None)) };
    let stored: Posting = decode(item, tenant, SCHEMA)?;
    if stored == *ours { Ok(()) } else { Err(WriteError::Conflict(Some(Box::new(stored)))) }
}
