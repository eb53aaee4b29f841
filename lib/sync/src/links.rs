//! Links as people see and change them: which QuickBooks object stands for which host object.

use std::collections::{BTreeMap, BTreeSet};

use aws::table::{Keys, LinkPage, Relinked};
use domain::fingerprint;
use domain::history::HistoryLine;
use domain::id::{CompanyId, HostId, ObjectId, TenantId};
use domain::link::{self, Link, LinkKey, ListKind, Origin};
use domain::list::Entry;
use domain::matching::{self, Candidate, Proposal};
use domain::posting::Condition;
use jiff::Timestamp;

use crate::lists::{self, Wanted};
use crate::reading::{ReadError, Reader};
use crate::{App, Error, connection, quickbooks_online as back_end, wake};

/// A link that changes under every look is changed by a machine gone wild.
const LOOKS: usize = 5;
/// Fault of an id that cannot be one.
/// <https://developer.intuit.com/app/developer/qbo/docs/develop/troubleshooting/error-codes>
const INVALID_ID: &str = "2030";
/// Links read in one go.
const PAGE: u32 = 1000;

/// A host object for which proposals are wanted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HostObject {
    /// The host's id.
    pub id: HostId,
    /// Its name.
    pub name: String,
    /// Its e-mail address.
    pub email: Option<String>,
}

/// What is proposed for one host object.
#[derive(Debug, Clone)]
pub struct Proposed {
    /// The host object.
    pub host: HostObject,
    /// The id under which it is linked: that of the host, but for payment methods one made from the name.
    pub key: LinkKey,
    /// The link it has already; nothing is proposed then.
    pub link: Option<Link>,
    /// The best entries that are not linked, best first.
    pub matches: Vec<Proposal>,
}

/// Proposals, and the copy of the list that they are from.
#[derive(Debug, Clone)]
pub struct Proposals {
    /// One for each host object, in their order.
    pub proposals: Vec<Proposed>,
    /// When the list was read.
    pub fetched_at: Timestamp,
    /// It is older than it should be, since QuickBooks is not available.
    pub stale: bool,
}

/// Why an entry cannot stand for a host object.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unusable {
    /// QuickBooks has none with that id.
    Missing,
    /// It is not in use.
    Inactive,
    /// It is a category or a bundle.
    NotSellable,
}

/// Why a link was not made.
#[derive(Debug, thiserror::Error)]
pub enum LinkError {
    /// QuickBooks could not be asked.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// The entry cannot stand for a host object.
    #[error("the QuickBooks object cannot be used")]
    Unusable(Unusable),
    /// It stands for this host object.
    #[error("the QuickBooks object is linked already")]
    TakenBy(LinkKey),
}

impl From<Error> for LinkError {
    fn from(error: Error) -> Self {
        Self::Read(error.into())
    }
}

impl From<aws::table::Error> for LinkError {
    fn from(error: aws::table::Error) -> Self {
        Self::Read(error.into())
    }
}

/// A part of the links into the tenant's company, whether or not it is connected just now.
pub async fn page(
    app: &App,
    tenant: &TenantId,
    kind: ListKind,
    limit: u32,
    after: Option<&HostId>,
) -> Result<LinkPage, Error> {
    match company(app, tenant).await? {
        Some(company) => Ok(app.table.links(tenant, &company, kind, limit, after).await?),
        None => Ok(LinkPage { links: Vec::new(), next: None }),
    }
}

/// One link.
pub async fn read(app: &App, tenant: &TenantId, key: &LinkKey) -> Result<Option<Link>, Error> {
    match company(app, tenant).await? {
        Some(company) => load(app, tenant, &company, key).await,
        None => Ok(None),
    }
}

/// Links by hand, once QuickBooks confirmed the object, and wakes what waits for a mapping.
pub async fn link(
    app: &App,
    tenant: &TenantId,
    key: &LinkKey,
    object_id: &ObjectId,
) -> Result<Link, LinkError> {
    let mut reader = Reader::open(app, tenant).await?;
    let entry = reader
        .ask(async |client, access| {
            let ids = std::slice::from_ref(object_id);
            back_end::entries_with_ids(client, access, key.kind.into(), ids).await
        })
        .await?;
    tracing::info!(%tenant, metered_reads = reader.metered_reads, "an object was looked at for a link");
    let entry = match entry {
        Err(fault) if is_no_id(&fault) => None,
        Err(fault) => return Err(Error::quickbooks(fault).into()),
        Ok(entries) => entries.into_iter().find(|entry| entry.id == *object_id),
    };
    let entry = usable(entry).map_err(LinkError::Unusable)?;
    let company = reader.connection.company.id.clone();
    let link = Link {
        schema: link::SCHEMA,
        key: key.clone(),
        company: company.clone(),
        object_id: object_id.clone(),
        name: entry.name,
        origin: Origin::ByHand,
        changed_at: None,
        problem: None,
    };
    for _ in 0..LOOKS {
        let before = load(app, tenant, &company, key).await?;
        let stored = match before {
            Some(before) if before.object_id == link.object_id && before.problem.is_none() => {
                Some(before)
            }
            before => {
                let line = linked_line(app, &link, before.as_ref());
                match app.table.relink(tenant, &link, before.as_ref(), &line).await? {
                    Relinked::Done => Some(link.clone()),
                    Relinked::TakenBy(by) => return Err(LinkError::TakenBy(by)),
                    Relinked::Changed => None,
                }
            }
        };
        if let Some(stored) = stored {
            // Also when nothing changed: a call that linked and died before this left them waiting.
            wake::waiting(app, tenant, &Condition::Mapping.as_text()).await?;
            return Ok(stored);
        }
    }
    Err(Error::contended("the link").into())
}

/// Takes a link away and wakes what waits for a mapping. The link that was; none when there was none.
pub async fn unlink(app: &App, tenant: &TenantId, key: &LinkKey) -> Result<Option<Link>, Error> {
    let Some(company) = company(app, tenant).await? else { return Ok(None) };
    for _ in 0..LOOKS {
        let before = load(app, tenant, &company, key).await?;
        let done = match &before {
            None => true,
            Some(before) => {
                let line = unlinked_line(app, before);
                app.table.unlink(tenant, before, &line).await? == Relinked::Done
            }
        };
        if done {
            wake::waiting(app, tenant, &Condition::Mapping.as_text()).await?;
            return Ok(before);
        }
    }
    Err(Error::contended("the link"))
}

/// The best entries for host objects, for a person to confirm. Nothing is linked by this.
pub async fn propose(
    app: &App,
    tenant: &TenantId,
    kind: ListKind,
    hosts: Vec<HostObject>,
) -> Result<Proposals, ReadError> {
    let shown = lists::show(app, tenant, kind.into(), Wanted::Recent).await?;
    let mut links = BTreeMap::new();
    let mut after = None;
    loop {
        let company = &shown.copy.company;
        let page = app.table.links(tenant, company, kind, PAGE, after.as_ref()).await?;
        links.extend(page.links.into_iter().map(|link| (link.key.clone(), link)));
        after = page.next.and_then(|next| HostId::parse(&next).ok());
        if after.is_none() {
            break;
        }
    }
    let linked: BTreeSet<&ObjectId> = links.values().map(|link| &link.object_id).collect();
    let candidates: Vec<Candidate<'_>> = shown
        .copy
        .entries
        .iter()
        .filter(|entry| entry.active && entry.sellable && !linked.contains(&entry.id))
        .map(Candidate::new)
        .collect();
    let propose = |host: HostObject| {
        let key = match kind {
            ListKind::PaymentMethod => LinkKey::new(kind, fingerprint::host_id_of_name(&host.name)),
            ListKind::Customer | ListKind::Item | ListKind::Vendor => {
                LinkKey::new(kind, host.id.clone())
            }
        };
        let link = links.get(&key).cloned();
        let matches = match &link {
            Some(_) => Vec::new(),
            None => matching::best(&host.name, host.email.as_deref(), &candidates),
        };
        Proposed { host, key, link, matches }
    };
    let proposals = hosts.into_iter().map(propose).collect();
    Ok(Proposals { proposals, fetched_at: shown.copy.fetched_at, stale: shown.stale })
}

/// QuickBooks says that it gives no such ids.
fn is_no_id(fault: &quickbooks::Error) -> bool {
    let faults = fault.reply().map(|reply| reply.faults.as_slice()).unwrap_or_default();
    faults.iter().any(|fault| fault.code == INVALID_ID)
}

fn usable(entry: Option<Entry>) -> Result<Entry, Unusable> {
    let entry = entry.ok_or(Unusable::Missing)?;
    match (entry.active, entry.sellable) {
        (false, _) => Err(Unusable::Inactive),
        (true, false) => Err(Unusable::NotSellable),
        (true, true) => Ok(entry),
    }
}

async fn company(app: &App, tenant: &TenantId) -> Result<Option<CompanyId>, Error> {
    let connection = connection::load(app, tenant).await?;
    Ok(connection.map(|connection| connection.company.id))
}

async fn load(
    app: &App,
    tenant: &TenantId,
    company: &CompanyId,
    key: &LinkKey,
) -> Result<Option<Link>, Error> {
    let links = BTreeSet::from([key.clone()]);
    let keys = Keys { company: Some(company.clone()), links, ..Keys::default() };
    Ok(app.table.load(tenant, &keys).await?.links.remove(key))
}

fn linked_line(app: &App, link: &Link, before: Option<&Link>) -> HistoryLine {
    let Link { key: LinkKey { kind, host_id }, object_id, name, .. } = link;
    let label = kind.label();
    let instead = before.map_or(String::new(), |before| {
        format!(" instead of {} ({})", before.name, before.object_id)
    });
    let description =
        format!("{host_id} was linked by hand to the {label} {name} ({object_id}){instead}.");
    HistoryLine::about_tenant(app.clock.now(), "linked", description)
}

fn unlinked_line(app: &App, link: &Link) -> HistoryLine {
    let Link { key: LinkKey { kind, host_id }, object_id, name, .. } = link;
    let label = kind.label();
    let description = format!("{host_id} is no longer linked to the {label} {name} ({object_id}).");
    HistoryLine::about_tenant(app.clock.now(), "unlinked", description)
}
