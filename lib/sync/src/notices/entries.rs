//! Looking at entries of lists that changed in QuickBooks: links follow them, and workflows that chose one that cannot be
//! used say so, before the next posting fails.

use std::collections::BTreeSet;

use aws::table::{Keys, Relinked};
use domain::connection::Company;
use domain::history::HistoryLine;
use domain::id::{CompanyId, ObjectId, TenantId};
use domain::link::{Link, LinkKey, LinkProblem, ListKind};
use domain::list::{Entry, List};
use domain::notice::{LinkNews, Notice, is_news, judge_link, judge_merge};
use jiff::Timestamp;

use super::changes::Changes;
use super::{choices, told};
use crate::quickbooks_online::{self as back_end, IDS_IN_ONE_QUERY};
use crate::reading::{ReadError, Reader};
use crate::{App, Error, wake, workflows};

/// Looks at the entries that notices are about, if anything of ours concerns them. Costs a metered read for 40 of those,
/// and nothing otherwise.
pub(super) async fn look_at(
    app: &App,
    tenant: &TenantId,
    company: &Company,
    list: List,
    notices: &[&Notice],
) -> Result<(), ReadError> {
    let mut changes = Changes::of(notices);
    if let Some(since) = changes.untold_since() {
        changes.take_in(&changed_since(app, tenant, list, since).await?);
    }
    let links = links(app, tenant, company, list, &changes).await?;
    let (settings, _) = workflows::load(app, tenant).await?;
    let chosen = choices::chosen_among(&settings, &company.id, list, &changes.ids());
    let survivors = changes.merged.values().cloned();
    let wanted: BTreeSet<ObjectId> = links
        .iter()
        .map(|link| link.object_id.clone())
        .chain(chosen.iter().cloned())
        .chain(survivors.filter(|_| !links.is_empty()))
        .collect();
    if links.is_empty() && chosen.is_empty() {
        return Ok(());
    }
    let mut reader = Reader::open(app, tenant).await?;
    let entries = read(&mut reader, list, wanted.into_iter().collect()).await?;
    told(tenant, list.as_str(), reader.metered_reads);
    if reader.connection.company.id != company.id {
        return Ok(());
    }
    Looked { list, changes, links, chosen, entries }.follow(&mut reader).await
}

/// Looks again at the objects of links that could not be used, since a person says that they can.
pub(crate) async fn look_again(
    app: &App,
    tenant: &TenantId,
    company: &CompanyId,
    keys: BTreeSet<LinkKey>,
) -> Result<(), ReadError> {
    let mut reader = Reader::open(app, tenant).await?;
    if reader.connection.company.id != *company {
        return Ok(());
    }
    let wanted = Keys { company: Some(company.clone()), links: keys, ..Keys::default() };
    let broken = app.table.load(tenant, &wanted).await?.links;
    for kind in ListKind::ALL {
        let of_kind = broken.values().filter(|link| link.key.kind == kind);
        let links: Vec<Link> = of_kind.cloned().collect();
        if links.is_empty() {
            continue;
        }
        let list = List::from(kind);
        let ids = links.iter().map(|link| link.object_id.clone()).collect();
        let entries = read(&mut reader, list, ids).await?;
        let at = |link: &Link| link.changed_at.unwrap_or(reader.now());
        let at = links.iter().map(|link| (link.object_id.clone(), at(link))).collect();
        let (changes, chosen) = (Changes::seen(at), BTreeSet::new());
        Looked { list, changes, links, chosen, entries }.follow(&mut reader).await?;
    }
    told(tenant, "links that could not be used", reader.metered_reads);
    Ok(())
}

/// An entry as it was seen without being asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Sighting {
    /// Which entry.
    pub(crate) id: ObjectId,
    /// When it last changed, by QuickBooks' clock.
    pub(crate) at: Timestamp,
    /// As it is; absent when it is gone.
    pub(crate) entry: Option<Entry>,
}

/// Takes in entries that were seen on the way, which costs no call. This finds what Intuit forgot to tell.
pub(crate) async fn take_in(
    reader: &mut Reader<'_>,
    list: List,
    sightings: Vec<Sighting>,
) -> Result<(), ReadError> {
    let (app, tenant) = (reader.app, reader.tenant);
    let company = reader.connection.company.clone();
    let at = sightings.iter().map(|sighting| (sighting.id.clone(), sighting.at)).collect();
    let changes = Changes::seen(at);
    let links = links(app, tenant, &company, list, &changes).await?;
    let (settings, _) = workflows::load(app, tenant).await?;
    let chosen = choices::chosen_among(&settings, &company.id, list, &changes.ids());
    let entries = sightings.into_iter().filter_map(|sighting| sighting.entry).collect();
    Looked { list, changes, links, chosen, entries }.follow(reader).await
}

/// What was looked at, and what of ours it concerns.
struct Looked {
    list: List,
    changes: Changes,
    links: Vec<Link>,
    chosen: BTreeSet<ObjectId>,
    entries: Vec<Entry>,
}

impl Looked {
    async fn follow(self, reader: &mut Reader<'_>) -> Result<(), ReadError> {
        let (app, tenant) = (reader.app, reader.tenant);
        let mut wakes = false;
        for link in &self.links {
            wakes |= follow(app, tenant, link, &self.changes, &self.entries).await?;
        }
        if wakes {
            wake::connection(app, tenant, &reader.connection.company.id).await?;
        }
        choices::look_at(reader, self.list, &self.chosen, &self.entries).await
    }
}

/// Entries of a list that changed since a moment, as far as that can be told.
async fn changed_since(
    app: &App,
    tenant: &TenantId,
    list: List,
    since: Timestamp,
) -> Result<Vec<Sighting>, ReadError> {
    let mut reader = Reader::open(app, tenant).await?;
    let asked = reader
        .ask(async |client, access| {
            back_end::entries_changed_since(client, access, list, since).await
        })
        .await?;
    told(tenant, "what was merged away", reader.metered_reads);
    let seen = asked.map_err(Error::quickbooks)?;
    Ok(seen.unwrap_or_default())
}

/// The links that notices may be about, but for echoes of what we did ourselves.
async fn links(
    app: &App,
    tenant: &TenantId,
    company: &Company,
    list: List,
    changes: &Changes,
) -> Result<Vec<Link>, Error> {
    let kind = ListKind::ALL.into_iter().find(|kind| List::from(*kind) == list);
    let Some(kind) = kind else { return Ok(Vec::new()) };
    let mut links = app.table.links_to(tenant, &company.id, kind, &changes.ids()).await?;
    links.retain(|link| {
        let at = changes.at.get(&link.object_id);
        changes.merged.contains_key(&link.object_id) || at.is_some_and(|at| is_news(link, *at))
    });
    Ok(links)
}

async fn read(
    reader: &mut Reader<'_>,
    list: List,
    mut wanted: Vec<ObjectId>,
) -> Result<Vec<Entry>, ReadError> {
    let mut entries = Vec::new();
    wanted.sort();
    for ids in wanted.chunks(IDS_IN_ONE_QUERY) {
        let asked = reader
            .ask(async |client, access| back_end::entries_with_ids(client, access, list, ids).await)
            .await?;
        entries.extend(asked.map_err(Error::quickbooks)?);
    }
    Ok(entries)
}

/// Lets a link follow its object. True: what waited for it can go on.
async fn follow(
    app: &App,
    tenant: &TenantId,
    link: &Link,
    changes: &Changes,
    entries: &[Entry],
) -> Result<bool, Error> {
    let Some(at) = changes.at.get(&link.object_id).copied() else { return Ok(false) };
    let entry = |id: &ObjectId| entries.iter().find(|entry| entry.id == *id);
    let news = match changes.merged.get(&link.object_id).and_then(entry) {
        Some(into) => {
            let kind = link.key.kind;
            let ids = std::slice::from_ref(&into.id);
            let owner = app.table.links_to(tenant, &link.company, kind, ids).await?.pop();
            judge_merge(link, into, owner.as_ref().map(|owner| &owner.key.host_id), at)
        }
        None => judge_link(link, entry(&link.object_id), at),
    };
    let (next, wakes) = match &news {
        LinkNews::Nothing => return Ok(false),
        LinkNews::Renamed(next) | LinkNews::Broken(next) => (next, false),
        LinkNews::Mended(next) | LinkNews::Merged(next) => (next, true),
    };
    if wakes {
        // The mark first: whoever dies between the link and the waking leaves it to the next who looks.
        app.table.mark_wake_pending(tenant, &link.company, app.clock.now()).await?;
    }
    let line = line(app, link, next, &news);
    match app.table.relink(tenant, next, Some(link), &line).await? {
        Relinked::Done => Ok(wakes),
        // Somebody else looked at it meanwhile, later perhaps: look again.
        Relinked::Changed | Relinked::TakenBy(_) => Err(Error::contended("the link")),
    }
}

fn line(app: &App, before: &Link, next: &Link, news: &LinkNews) -> HistoryLine {
    let (label, name, id) = (before.key.kind.label(), &before.name, &before.object_id);
    let what = format!("The {label} {name} ({id}), which stands for {},", before.key.host_id);
    let (action, description) = match (news, &next.problem) {
        (LinkNews::Merged(_), _) => (
            "link_merged",
            format!(
                "{what} was merged in QuickBooks into {} ({}), which stands for it now.",
                next.name, next.object_id
            ),
        ),
        (LinkNews::Mended(_), _) => {
            ("link_mended", format!("{what} can be used again in QuickBooks."))
        }
        (LinkNews::Broken(_), Some(LinkProblem::Merged { into, taken_by })) => (
            "link_broken",
            format!(
                "{what} was merged in QuickBooks into {into}, which stands for {taken_by}. An admin links another one."
            ),
        ),
        (LinkNews::Broken(_), Some(LinkProblem::Inactive)) => {
            ("link_broken", format!("{what} was made inactive in QuickBooks."))
        }
        (LinkNews::Broken(_), _) => ("link_broken", format!("{what} is gone in QuickBooks.")),
        (LinkNews::Renamed(_) | LinkNews::Nothing, _) => {
            ("link_renamed", format!("{what} is called {} in QuickBooks now.", next.name))
        }
    };
    HistoryLine::about_tenant(app.clock.now(), action, description)
}
