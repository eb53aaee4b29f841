//! Imports, their bad lines, and which import nobody heard of for too long.

use domain::history::HistoryLine;
use domain::id::TenantId;
use domain::import::{Import, ImportId, PROBLEM_SCHEMA, Problem, SCHEMA};
use jiff::{SignedDuration, Timestamp};

use super::index::Index;
use super::item::{Item, decode, encode, key_item, number, text_of};
use super::keys::{IMPORT, Key, PK, SK, import_problem_prefix, tenant_of};
use super::read::at_most;
use super::write::{Refusal, revision_is};
use super::{Error, Table};

/// Key in the index of imports that somebody should work on, by when nobody will have heard of them for too long. Few
/// imports run at a time, over all tenants.
const MISSED: &str = "IMPORT_MISSED";
/// Bad lines are kept as long as files are.
const PROBLEMS_KEPT: SignedDuration = SignedDuration::from_hours(30 * 24);
/// Bad lines stored in one transaction.
const AT_ONCE: usize = 50;

/// Some of a tenant's imports.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ImportPage {
    /// The newest first.
    pub imports: Vec<Import>,
    /// The id behind which the next, older page begins; absent when there is none.
    pub next: Option<ImportId>,
}

impl Table {
    /// One import, if it is there.
    pub async fn import(&self, tenant: &TenantId, id: &ImportId) -> Result<Option<Import>, Error> {
        let item = self.get(Key::import(tenant, id)).await?;
        item.map(|item| decode(item, tenant, SCHEMA)).transpose()
    }

    /// Stores an import that carries the revision it will have, with a line of history if people should know. False:
    /// somebody else changed it meanwhile.
    pub async fn put_import(
        &self,
        tenant: &TenantId,
        import: &Import,
        line: Option<&HistoryLine>,
    ) -> Result<bool, Error> {
        let condition = revision_is(import.revision.saturating_sub(1));
        let item = encode_import(tenant, import);
        if let Some(line) = line {
            let writes = vec![self.put(item, Some(&condition)), self.history_write(tenant, line)];
            return self.transact_first(tenant, import, SCHEMA, writes).await;
        }
        self.put_ours(import, item, &condition, |stored| decode(stored, tenant, SCHEMA)).await
    }

    /// At most `limit` imports, the newest first, behind `after`.
    pub async fn imports(
        &self,
        tenant: &TenantId,
        limit: u32,
        after: Option<&ImportId>,
    ) -> Result<ImportPage, Error> {
        let answer = self
            .with_prefix(tenant, IMPORT)
            .scan_index_forward(false)
            .set_exclusive_start_key(after.map(|id| key_item(Key::import(tenant, id))))
            .limit(at_most(limit))
            .send()
            .await?;
        let place = |item: &Item| ImportId::parse(text_of(item, SK)?.strip_prefix(IMPORT)?);
        let next = answer.last_evaluated_key.as_ref().and_then(place);
        let items = answer.items.unwrap_or_default().into_iter();
        let imports = items.map(|item| decode(item, tenant, SCHEMA)).collect::<Result<_, _>>()?;
        Ok(ImportPage { imports, next })
    }

    /// Stores bad lines of an import, each once however often it is stored.
    pub async fn put_import_problems(
        &self,
        tenant: &TenantId,
        id: &ImportId,
        problems: &[Problem],
        now: Timestamp,
    ) -> Result<(), Error> {
        let expires = (now + PROBLEMS_KEPT).as_second().unsigned_abs();
        let put = |problem: &Problem| {
            let mut item = encode(problem, Key::import_problem(tenant, id, problem.line));
            item.insert("expires_at".to_owned(), number(expires));
            self.put(item, None)
        };
        for some in problems.chunks(AT_ONCE) {
            self.transact(some.iter().map(put).collect()).await.map_err(Refusal::into_error)?;
        }
        Ok(())
    }

    /// At most `limit` bad lines of an import, in the order of the file, behind the line `after`; and the line behind which
    /// the next page begins.
    pub async fn import_problems(
        &self,
        tenant: &TenantId,
        id: &ImportId,
        limit: u32,
        after: Option<u64>,
    ) -> Result<(Vec<Problem>, Option<u64>), Error> {
        let prefix = import_problem_prefix(id);
        let start = after.map(|line| key_item(Key::import_problem(tenant, id, line)));
        let answer = self
            .with_prefix(tenant, &prefix)
            .set_exclusive_start_key(start)
            .limit(at_most(limit))
            .send()
            .await?;
        let place = |item: &Item| text_of(item, SK)?.strip_prefix(&prefix)?.parse().ok();
        let next = answer.last_evaluated_key.as_ref().and_then(place);
        let items = answer.items.unwrap_or_default().into_iter();
        let problems = items.map(|item| decode(item, tenant, PROBLEM_SCHEMA));
        Ok((problems.collect::<Result<_, _>>()?, next))
    }

    /// Imports that nobody heard of for too long, over all tenants, at most `limit`.
    pub async fn imports_missed(
        &self,
        now: Timestamp,
        limit: u32,
    ) -> Result<Vec<(TenantId, ImportId)>, Error> {
        let ask = self.under_before(Index::ByWatch, MISSED, now).limit(at_most(limit));
        let answer = ask.send().await?;
        let read = |item: &Item| {
            let id = ImportId::parse(text_of(item, SK)?.strip_prefix(IMPORT)?)?;
            Some((tenant_of(text_of(item, PK)?)?, id))
        };
        Ok(answer.items.unwrap_or_default().iter().filter_map(read).collect())
    }
}

fn encode_import(tenant: &TenantId, import: &Import) -> Item {
    let mut item = encode(import, Key::import(tenant, &import.id));
    if let Some(missed) = import.missed_at {
        Index::ByWatch.place(&mut item, MISSED, missed);
    }
    item
}
