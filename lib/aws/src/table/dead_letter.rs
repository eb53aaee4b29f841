//! Work that was given up and that no record shows: kept until a person has it done again.

use domain::dead_letter::{DeadLetter, SCHEMA};
use domain::history::HistoryLine;
use domain::id::TenantId;

use super::item::{decode, encode, key_item, text_of};
use super::keys::{Key, SK};
use super::read::at_most;
use super::write::{Expression, Refusal, absent, present};
use super::{Error, Table};

/// What sort keys of letters start with.
const DEAD_LETTER: &str = "DEAD_LETTER#";

/// Some of a tenant's dead letters.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeadLetterPage {
    /// In the order of their ids, which means nothing.
    pub letters: Vec<DeadLetter>,
    /// The id behind which the next page begins; absent when there is none.
    pub next: Option<String>,
}

impl Table {
    /// Keeps a letter with its line of history, unless it is kept already.
    pub async fn put_dead_letter(
        &self,
        tenant: &TenantId,
        letter: &DeadLetter,
        line: &HistoryLine,
    ) -> Result<(), Error> {
        let item = encode(letter, key(tenant, &letter.id));
        let writes = vec![self.put(item, Some(&absent())), self.history_write(tenant, line)];
        match self.transact(writes).await {
            Ok(()) | Err(Refusal::Conditions(_)) => Ok(()),
            Err(refusal) => Err(refusal.into_error()),
        }
    }

    /// At most `limit` letters whose ids sort behind `after`.
    pub async fn dead_letters(
        &self,
        tenant: &TenantId,
        limit: u32,
        after: Option<&str>,
    ) -> Result<DeadLetterPage, Error> {
        let answer = self
            .with_prefix(tenant, DEAD_LETTER)
            .set_exclusive_start_key(after.map(|id| key_item(key(tenant, id))))
            .limit(at_most(limit))
            .send()
            .await?;
        let place = |sk: &str| sk.strip_prefix(DEAD_LETTER).map(str::to_owned);
        let next = answer.last_evaluated_key.as_ref().and_then(|item| place(text_of(item, SK)?));
        let items = answer.items.unwrap_or_default().into_iter();
        let letters = items.map(|item| decode(item, tenant, SCHEMA)).collect::<Result<_, _>>()?;
        Ok(DeadLetterPage { letters, next })
    }

    /// One letter, if it is there.
    pub async fn dead_letter(
        &self,
        tenant: &TenantId,
        id: &str,
    ) -> Result<Option<DeadLetter>, Error> {
        let item = self.get(key(tenant, id)).await?;
        item.map(|item| decode(item, tenant, SCHEMA)).transpose()
    }

    /// Takes letters away, at most 99, and adds the line of history that says so.
    pub async fn forget_dead_letters(
        &self,
        tenant: &TenantId,
        ids: &[&str],
        line: &HistoryLine,
    ) -> Result<(), Error> {
        let there_or_not = Expression::new(format!("{} OR {}", absent().text(), present().text()));
        let deletes = ids.iter().map(|id| self.delete(key(tenant, id), &there_or_not));
        let writes = deletes.chain([self.history_write(tenant, line)]);
        self.transact(writes.collect()).await.map_err(Refusal::into_error)
    }
}

fn key(tenant: &TenantId, id: &str) -> Key {
    Key::sorted(tenant, &format!("{DEAD_LETTER}{id}"))
}
