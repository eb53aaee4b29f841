//! What people do with links: look through them, lead them elsewhere, take them away.

use domain::history::HistoryLine;
use domain::id::{CompanyId, HostId, TenantId};
use domain::link::{Link, LinkKey, ListKind, SCHEMA};

use super::item::{decode, key_item, text, text_of};
use super::keys::{Key, SK, link_prefix};
use super::link::{CLAIM_SCHEMA, ObjectClaim, encode_claim, encode_link, unclaimed};
use super::read::at_most;
use super::write::{Expression, Refusal, absent};
use super::{Error, Table};

/// A part of a company's links.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LinkPage {
    /// The links, by host id.
    pub links: Vec<Link>,
    /// The host id after which the next page begins; absent when there is none.
    pub next: Option<String>,
}

/// What became of a change by hand.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Relinked {
    /// Done, with its line of history.
    Done,
    /// The link is no longer what the caller saw: look again.
    Changed,
    /// The QuickBooks object stands for this host object.
    TakenBy(LinkKey),
}

impl Table {
    /// At most `limit` links of one kind, after the host id where an earlier page ended.
    pub async fn links(
        &self,
        tenant: &TenantId,
        company: &CompanyId,
        kind: ListKind,
        limit: u32,
        after: Option<&HostId>,
    ) -> Result<LinkPage, Error> {
        let prefix = link_prefix(company, kind);
        let start = after.map(|host| key_item(Key::sorted(tenant, &format!("{prefix}{host}"))));
        let answer = self
            .with_prefix(tenant, &prefix)
            .set_exclusive_start_key(start)
            .limit(at_most(limit))
            .send()
            .await?;
        let next = answer
            .last_evaluated_key
            .as_ref()
            .and_then(|key| text_of(key, SK)?.strip_prefix(&prefix).map(str::to_owned));
        let items = answer.items.unwrap_or_default().into_iter();
        let links = items.map(|item| decode(item, tenant, SCHEMA)).collect::<Result<_, _>>()?;
        Ok(LinkPage { links, next })
    }

    /// Leads a host object to the QuickBooks object of `link`. `before` is the link that was seen: its claim is
    /// released and the new one taken in one transaction, so that no object is ever without its owner or with two.
    pub async fn relink(
        &self,
        tenant: &TenantId,
        link: &Link,
        before: Option<&Link>,
        line: &HistoryLine,
    ) -> Result<Relinked, Error> {
        let seen = before.map_or_else(absent, is);
        let mut writes = vec![
            self.put(encode_link(tenant, link), Some(&seen)),
            self.put(encode_claim(tenant, link), Some(&unclaimed(&link.key))),
            self.history_write(tenant, line),
        ];
        // The same object is claimed anew above; one transaction takes no two writes of one item.
        if let Some(before) = before.filter(|before| before.object_id != link.object_id) {
            writes.push(self.delete(claim_of(tenant, before), &unclaimed(&before.key)));
        }
        match self.transact(writes).await {
            Ok(()) => Ok(Relinked::Done),
            Err(Refusal::Contended) => Ok(Relinked::Changed),
            Err(Refusal::Table(error)) => Err(error),
            Err(Refusal::Conditions(failed)) => match failed.into_iter().nth(1).flatten() {
                Some(Some(claim)) => {
                    let claim = decode::<ObjectClaim>(claim, tenant, CLAIM_SCHEMA)?;
                    Ok(Relinked::TakenBy(claim.key))
                }
                _ => Ok(Relinked::Changed),
            },
        }
    }

    /// Takes a link away that was seen, together with its claim.
    pub async fn unlink(
        &self,
        tenant: &TenantId,
        link: &Link,
        line: &HistoryLine,
    ) -> Result<Relinked, Error> {
        let writes = vec![
            self.delete(Key::link(tenant, &link.company, &link.key), &is(link)),
            self.delete(claim_of(tenant, link), &unclaimed(&link.key)),
            self.history_write(tenant, line),
        ];
        match self.transact(writes).await {
            Ok(()) => Ok(Relinked::Done),
            Err(Refusal::Contended | Refusal::Conditions(_)) => Ok(Relinked::Changed),
            Err(Refusal::Table(error)) => Err(error),
        }
    }
}

/// The stored link leads where the seen one led, and nobody has looked at its object since.
fn is(link: &Link) -> Expression {
    let usable = if link.problem.is_some() { "attribute_exists" } else { "attribute_not_exists" };
    let same = Expression::new(match link.changed_at {
        Some(_) => {
            format!("#object_id = :object_id AND {usable}(#problem) AND #changed_at = :changed_at")
        }
        None => format!(
            "#object_id = :object_id AND {usable}(#problem) AND attribute_not_exists(#changed_at)"
        ),
    });
    let same = same.value(":object_id", text(link.object_id.as_str()));
    match link.changed_at {
        Some(at) => same.value(":changed_at", text(at.to_string())),
        None => same,
    }
}

fn claim_of(tenant: &TenantId, link: &Link) -> Key {
    Key::object(tenant, &link.company, link.key.kind, &link.object_id)
}
