//! Items as the table's stream shows them: as they were before a write, and as they are since.

use domain::connection::{self, Connection};
use domain::event::{Happened, of_connection, of_issued_payment, of_link, of_posting};
use domain::id::TenantId;
use domain::issued::{self, IssuedPayment};
use domain::link::{self, Link};
use domain::posting::{self, Posting};
use serde::de::DeserializeOwned;

use super::Error;
use super::item::{Item, decode};
use super::keys::{CONNECTION, ISSUED, LINK, POSTING, tenant_of};

/// What an event is about, as it is now or, if it is gone, as it was.
#[derive(Debug, Clone, PartialEq)]
pub enum Thing {
    /// A posting.
    Posting(Box<Posting>),
    /// The connection.
    Connection(Box<Connection>),
    /// A link.
    Link(Box<Link>),
    /// An issued payment.
    IssuedPayment(Box<IssuedPayment>),
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
        let (old, new) = both(old, new, tenant, link::SCHEMA)?;
        let happened = of_link(old.as_ref(), new.as_ref());
        return Ok(happened.zip(new.or(old).map(Box::new).map(Thing::Link)));
    }
    if sort_key.starts_with(ISSUED) {
        let (old, new) = both(old, new, tenant, issued::SCHEMA)?;
        let happened = of_issued_payment(old.as_ref(), new.as_ref());
        return Ok(happened.zip(new.or(old).map(Box::new).map(Thing::IssuedPayment)));
    }
    Ok(None)
}

/// What can be made and taken away; of that which is gone, the image before has to be readable.
fn both<T: DeserializeOwned>(
    old: Option<Item>,
    new: Option<Item>,
    tenant: &TenantId,
    newest: u32,
) -> Result<(Option<T>, Option<T>), Error> {
    match new {
        Some(new) => Ok((before(old, tenant, newest), Some(decode(new, tenant, newest)?))),
        None => Ok((old.map(|old| decode(old, tenant, newest)).transpose()?, None)),
    }
}

/// The item before, where that can be read; else it looks as if the write had made it, which tells rather too much.
fn before<T: DeserializeOwned>(old: Option<Item>, tenant: &TenantId, newest: u32) -> Option<T> {
    old.and_then(|old| decode(old, tenant, newest).ok())
}
