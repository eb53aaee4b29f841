//! Issued payments as the host sees them, and the little that is the host's to change about them.

use std::slice;

use aws::table::Put;
use domain::history::HistoryLine;
use domain::id::{HostId, ObjectId, TenantId};
use domain::issued::{Attachment, Happened, IssuedId, IssuedPayment, IssuedState};

use super::{LOOKS, take_in};
use crate::{App, Error, connection};

/// What a host adds to a payment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Annotation {
    /// Its own number for it.
    pub number: Option<String>,
    /// Its own attachments.
    pub attachments: Vec<Attachment>,
}

/// Some of the payments.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listed {
    /// The payments, by id.
    pub payments: Vec<IssuedPayment>,
    /// Behind which one the next page begins; absent when there is none.
    pub next: Option<ObjectId>,
}

/// Why a payment was not removed.
#[derive(Debug, thiserror::Error)]
pub enum NotRemoved {
    /// There is no such payment.
    #[error("the payment is not known")]
    Unknown,
    /// It is still in QuickBooks.
    #[error("the payment is still in QuickBooks")]
    StillThere,
    /// Something else.
    #[error(transparent)]
    Other(#[from] Error),
}

/// A page of the payments from the tenant's company. A page can be short, or empty, and still have a next one.
pub async fn list(
    app: &App,
    tenant: &TenantId,
    state: Option<IssuedState>,
    disbursement: Option<&HostId>,
    limit: u32,
    after: Option<&ObjectId>,
) -> Result<Listed, Error> {
    let Some(connection) = connection::load(app, tenant).await? else {
        return Ok(Listed { payments: Vec::new(), next: None });
    };
    let page = app.table.issued_page(tenant, &connection.company.id, limit, after).await?;
    let is_asked = |payment: &IssuedPayment| {
        let on = |id: &HostId| payment.applied.iter().any(|applied| applied.posting.id == *id);
        state.is_none_or(|state| payment.state == state) && disbursement.is_none_or(on)
    };
    let payments = page.payments.into_iter().filter(is_asked).collect();
    Ok(Listed { payments, next: page.next })
}

/// One payment.
pub async fn show(
    app: &App,
    tenant: &TenantId,
    id: &IssuedId,
) -> Result<Option<IssuedPayment>, Error> {
    let mut known = app.table.issued(tenant, &id.company, slice::from_ref(&id.payment)).await?;
    Ok(known.remove(&id.payment))
}

/// Stores what a host adds to a payment. Absent when there is no such payment.
pub async fn annotate(
    app: &App,
    tenant: &TenantId,
    id: &IssuedId,
    annotation: Annotation,
) -> Result<Option<IssuedPayment>, Error> {
    for _ in 0..LOOKS {
        let Some(before) = show(app, tenant, id).await? else { return Ok(None) };
        let Annotation { number, attachments } = annotation.clone();
        if (&before.number, &before.attachments) == (&number, &attachments) {
            return Ok(Some(before));
        }
        let (now, revision) = (app.clock.now(), before.revision + 1);
        let next = IssuedPayment { number, attachments, revision, updated_at: now, ..before };
        let stored = (next, Happened::Annotated);
        let line = take_in::line(app, &stored.0, stored.1);
        let payments = [(stored.0, line)];
        if app.table.put_issued(tenant, &payments).await? == Put::Done {
            let [(payment, _)] = payments;
            return Ok(Some(payment));
        }
    }
    Err(Error::contended("the payment"))
}

/// Removes a payment that is gone in QuickBooks.
pub async fn remove(app: &App, tenant: &TenantId, id: &IssuedId) -> Result<(), NotRemoved> {
    for _ in 0..LOOKS {
        let payment = show(app, tenant, id).await?.ok_or(NotRemoved::Unknown)?;
        if payment.state != IssuedState::Gone {
            return Err(NotRemoved::StillThere);
        }
        let line: HistoryLine = take_in::line(app, &payment, Happened::Removed);
        let removed = app.table.remove_issued(tenant, &payment, &line).await;
        if removed.map_err(Error::from)? == Put::Done {
            return Ok(());
        }
    }
    Err(Error::contended("the payment").into())
}
