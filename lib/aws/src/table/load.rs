//! Loading: everything that a decision needs, in one round trip.

use std::collections::{BTreeMap, BTreeSet};

use domain::connection::{self, Connection};
use domain::id::{CompanyId, TenantId};
use domain::link::{self, Link, LinkKey};
use domain::posting::{self, Posting, PostingKey};
use domain::settings::{self, Settings};

use super::item::{Item, decode, key_item, text_of};
use super::keys::{self, Key};
use super::read::BATCH;
use super::{Error, Table};

/// What to load.
#[derive(Debug, Clone, Default)]
pub struct Keys {
    /// The connection.
    pub connection: bool,
    /// The settings.
    pub settings: bool,
    /// These postings.
    pub postings: BTreeSet<PostingKey>,
    /// The company that `links` are into; without one there are none.
    pub company: Option<CompanyId>,
    /// These links.
    pub links: BTreeSet<LinkKey>,
}

/// What was there. What was not asked for looks as if it were not there.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Loaded {
    /// The connection.
    pub connection: Option<Connection>,
    /// The settings; the default ones, with revision 0, when never saved.
    pub settings: Settings,
    /// The postings.
    pub postings: BTreeMap<PostingKey, Posting>,
    /// The links.
    pub links: BTreeMap<LinkKey, Link>,
}

impl Table {
    /// Loads a tenant's items as they are now. One round trip up to a hundred items.
    pub async fn load(&self, tenant: &TenantId, wanted: &Keys) -> Result<Loaded, Error> {
        let mut loaded = Loaded::default();
        for batch in wanted.list(tenant).chunks(BATCH) {
            for item in self.get_batch(batch.to_vec()).await? {
                loaded.take(tenant, item)?;
            }
        }
        Ok(loaded)
    }
}

impl Keys {
    fn list(&self, tenant: &TenantId) -> Vec<Item> {
        let connection = self.connection.then(|| Key::connection(tenant));
        let settings = self.settings.then(|| Key::settings(tenant));
        let postings = self.postings.iter().map(|key| Key::posting(tenant, key));
        let links = self
            .company
            .iter()
            .flat_map(|company| self.links.iter().map(move |key| Key::link(tenant, company, key)));
        connection.into_iter().chain(settings).chain(postings).chain(links).map(key_item).collect()
    }
}

impl Loaded {
    fn take(&mut self, tenant: &TenantId, item: Item) -> Result<(), Error> {
        match text_of(&item, keys::SK).unwrap_or_default() {
            keys::CONNECTION => {
                self.connection = Some(decode(item, tenant, connection::SCHEMA)?);
            }
            keys::SETTINGS => self.settings = decode(item, tenant, settings::SCHEMA)?,
            sort if sort.starts_with(keys::POSTING) => {
                let posting: Posting = decode(item, tenant, posting::SCHEMA)?;
                self.postings.insert(posting.key.clone(), posting);
            }
            _ => {
                let link: Link = decode(item, tenant, link::SCHEMA)?;
                self.links.insert(link.key.clone(), link);
            }
        }
        Ok(())
    }
}
