//! Notices: what Intuit tells of changes in QuickBooks.
//!
//! The function that Intuit calls only stores and queues ([`receive`]). From the queue each notice makes us look at what
//! it is about: payments are pulled, entries of lists looked at (`entries`), the closing date read. A notice says
//! where to look, never what is there, so it does not matter how often, how late and in which order they come.

mod changes;
mod choices;
pub(crate) mod entries;

use std::collections::BTreeMap;

use aws::queues::{Message, Pull, Queue};
use aws::table::Noted;
use domain::fingerprint;
use domain::id::{CompanyId, ObjectId, TenantId};
use domain::list::List;
use domain::notice::{About, Notice};
use futures_util::stream::{self, TryStreamExt as _};
use quickbooks::webhook::Notification;

use crate::delivery::{Delivery, hold_back};
use crate::governor::TooOften;
use crate::reading::{ReadError, Reader};
use crate::{App, Error, chain, connection, wake};

/// Notices stored at a time: Intuit waits three seconds for its answer.
const AT_A_TIME: usize = 16;
/// Notices of one message, whose keys take 64 bytes each.
const IN_ONE_MESSAGE: usize = 500;

/// What became of what Intuit told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Received {
    /// Changes that are seen to.
    pub taken: usize,
    /// Changes that came before and were seen to.
    pub known: usize,
    /// Changes of what ledgerbridge keeps nothing of, or of companies that nobody connected.
    pub passed_over: usize,
}

/// Stores what Intuit told and queues it, company by company. What is told again changes nothing.
pub async fn receive(app: &App, told: &[Notification]) -> Result<Received, Error> {
    let now = app.clock.now();
    let mut received = Received::default();
    let mut by_company: BTreeMap<CompanyId, BTreeMap<String, Notice>> = BTreeMap::new();
    for notification in told {
        let Some(company) = company_of(notification) else {
            received.passed_over += 1;
            continue;
        };
        let Some(id) = object_id(&notification.id) else {
            received.passed_over += 1;
            continue;
        };
        let notice = Notice::new(
            company.clone(),
            notification.entity.clone(),
            id,
            notification.operation.as_str().to_owned(),
            notification.at,
            notification.merged_away.as_ref().and_then(object_id),
            now,
        );
        by_company.entry(company).or_default().insert(notice.key(), notice);
    }
    for (company, notices) in by_company {
        let Some(tenant) = app.table.company_tenant(&company).await? else {
            received.passed_over += notices.len();
            continue;
        };
        let keys = store(app, &tenant, &notices).await?;
        received.taken += keys.len();
        received.known += notices.len() - keys.len();
        for keys in keys.chunks(IN_ONE_MESSAGE) {
            // Intuit repeats what it got no answer to: the queue drops the second message.
            let dedup = fingerprint::of(&keys);
            let message = Message::notices(tenant.clone(), keys.to_vec());
            app.queues.send(Queue::IntuitWebhook, &message, &dedup).await?;
        }
    }
    Ok(received)
}

/// The keys of those notices that are still to be seen to.
async fn store(
    app: &App,
    tenant: &TenantId,
    notices: &BTreeMap<String, Notice>,
) -> Result<Vec<String>, Error> {
    let stored = stream::iter(notices.iter().map(Ok::<_, Error>));
    let noted: Vec<Option<String>> = stored
        .map_ok(async |(key, notice)| {
            let noted = app.table.put_notice(tenant, notice).await?;
            Ok((noted != Noted::Done).then(|| key.clone()))
        })
        .try_buffered(AT_A_TIME)
        .try_collect()
        .await?;
    Ok(noted.into_iter().flatten().collect())
}

/// The queue delivers notices.
pub(crate) async fn deliver(
    app: &App,
    message: &Message,
    keys: &[String],
    deliveries: u32,
) -> Result<Delivery, Error> {
    let tenant = &message.tenant;
    let mut notices = app.table.notices(tenant, keys).await?;
    notices.retain(|notice| !notice.done);
    if notices.is_empty() {
        return Ok(Delivery::Done);
    }
    let seen_to = see_to(app, tenant, &notices).await;
    if let Err(ReadError::Other(error)) = &seen_to
        && let Some(seconds) = TooOften::seconds_left(error, app.clock.now())
    {
        // Nothing failed, so no attempt is spent.
        return hold_back(app, Queue::IntuitWebhook, message, deliveries, seconds).await;
    }
    match seen_to {
        Ok(()) => {}
        // Whoever connects looks at everything anew.
        Err(ReadError::NotConnected | ReadError::NeedsReconnect) => {}
        Err(ReadError::Other(error @ Error::Unavailable(..)))
            if app.policy.allows_another(deliveries) =>
        {
            tracing::warn!(%tenant, error = chain(&error), "notices wait");
            let seconds = app.policy.wait_seconds(deliveries, app.clock.random());
            return hold_back(app, Queue::IntuitWebhook, message, deliveries, seconds).await;
        }
        Err(ReadError::Other(error @ Error::Unavailable(..))) => {
            tracing::error!(%tenant, error = chain(&error), "notices are given up");
            app.queues.bury(Queue::IntuitWebhook, message, "quickbooks_unavailable").await?;
            return Ok(Delivery::Done);
        }
        Err(ReadError::Other(error)) => return Err(error),
    }
    for notice in &notices {
        app.table.finish_notice(tenant, notice).await?;
    }
    Ok(Delivery::Done)
}

async fn see_to(app: &App, tenant: &TenantId, notices: &[Notice]) -> Result<(), ReadError> {
    let Some(connection) = connection::load(app, tenant).await? else { return Ok(()) };
    if connection.must_wake() {
        // An earlier delivery of these notices may have died before it did.
        wake::connection(app, tenant, &connection.company.id).await?;
    }
    // The tenant may be with another company by now.
    let of_company = || notices.iter().filter(|notice| notice.company == connection.company.id);
    let about = |notice: &Notice| About::of(&notice.entity);
    let paid = of_company().filter(|notice| about(notice) == Some(About::Payments));
    if let Some(at) = paid.map(|notice| notice.at).max() {
        let message = Message::pull(tenant.clone(), Pull::Changed(at));
        let dedup = format!("{tenant} {} changed {at}", connection.company.id);
        app.queues.send(Queue::PaymentPull, &message, &dedup).await.map_err(Error::from)?;
    }
    if of_company().any(|notice| about(notice) == Some(About::Books)) {
        let mut reader = Reader::open(app, tenant).await?;
        let asked = reader.ask(async |client, access| client.preferences(access).await).await?;
        let preferences = asked.map_err(Error::quickbooks)?;
        let company = &reader.connection.company;
        connection::note_closed_through(app, tenant, company, &preferences).await?;
        told(tenant, "the closing date", reader.metered_reads);
    }
    for list in List::ALL {
        let of_list: Vec<&Notice> =
            of_company().filter(|notice| about(notice) == Some(About::Entries(list))).collect();
        if !of_list.is_empty() {
            entries::look_at(app, tenant, &connection.company, list, &of_list).await?;
        }
    }
    Ok(())
}

fn told(tenant: &TenantId, what: &str, metered_reads: u32) {
    tracing::info!(%tenant, what, metered_reads, "looked at after a notice");
}

fn company_of(notification: &Notification) -> Option<CompanyId> {
    About::of(&notification.entity)?;
    CompanyId::parse(notification.realm.as_str()).ok()
}

fn object_id(id: &quickbooks::ObjectId) -> Option<ObjectId> {
    ObjectId::parse(id.as_str()).ok()
}
