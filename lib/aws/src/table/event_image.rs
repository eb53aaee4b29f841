//! Items as the table's stream shows them: as they were before a write, and as they are since.

use domain::connection::{self, Connection};
use domain::event::{Happened, of_connection, of_link, of_posting};
use domain::id::TenantId;
use domain::link::{self, Link};
use domain::posting::{self, Posting};
use serde::de::DeserializeOwned;

use super::Error;
use super::item::{Item, decode};
use super::keys::{CONNECTION, LINK, POSTING, tenant_of};

/// What an event is about, as it is now or, if it is gone, as it was.
#[derive(Debug, Clone, PartialEq)]
pub enum Thing {
    /// A posting.
    Posting(Box<Posting>),
    /// The connection.
    Connection(Box<Connection>),
    /// A link.
    Link(Box<Link>),
}

/// An item before and after a write.
#[derive(Debug, Default)]
pub(crate) struct Images {
    /// Absent when the write made it.
    pub(crate) old: Option<Item>,
    /// Absent when the write took it away.
    pub(crate) new: Option<Item>,
}

/// Whose partition that is.
pub(crate) fn tenant_of_key(pk: &str) -> Option<TenantId> {
    tenant_of(pk)
}

/// What a write tells, and about what; nothing if it is none of what is told of.
pub(crate) fn told(
    tenant: &TenantId,
    sort_key: &str,
    images: Images,
) -> Result<Option<(Happened, Thing)>, Error> {
    let Images { old, new } = images;
    if sort_key == CONNECTION {
        // Connections and postings are never taken away.
        let Some(new) = new else { return Ok(None) };
        let new: Connection = decode(new, tenant, connection::SCHEMA)?;
        let happened = of_connection(before(old, tenant, connection::SCHEMA).as_ref(), &new);
        return Ok(happened.map(|it| (it, Thing::Connection(Box::new(new)))));
    }
    if sort_key.starts_with(POSTING) {
        let Some(new) = new else { return Ok(None) };
        let new: Posting = decode(new, tenant, posting::SCHEMA)?;
        let happened = of_posting(before(old, tenant, posting::SCHEMA).as_ref(), &new);
        return Ok(happened.map(|it| (it, Thing::Posting(Box::new(new)))));
    }
    if sort_key.starts_with(LINK) {
        let Some(new) = new else {
            let old: Option<Link> = old.map(|old| decode(old, tenant, link::SCHEMA)).transpose()?;
            let happened = of_link(old.as_ref(), None);
            return Ok(happened.zip(old.map(Box::new).map(Thing::Link)));
        };
        let new: Link = decode(new, tenant, link::SCHEMA)?;
        let happened = of_link(before(old, tenant, link::SCHEMA).as_ref(), Some(&new));
        return Ok(happened.map(|it| (it, Thing::Link(Box::new(new)))));
    }
    Ok(None)
}

/// The item before, where that can be read; else it looks as if the write had made it, which tells rather too much.
fn before<T: DeserializeOwned>(old: Option<Item>, tenant: &TenantId, newest: u32) -> Option<T> {
    old.and_then(|old| decode(old, tenant, newest).ok())
}
