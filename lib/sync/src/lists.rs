//! Lists that people choose from: read from QuickBooks page by page, and kept, since reads are metered.

use domain::connection::Company;
use domain::id::TenantId;
use domain::list::{Entry, List, ListCopy};

use crate::reading::{ReadError, Reader};
use crate::{App, Error, chain, quickbooks_online as back_end};

/// Fault of a list that the company's edition of QuickBooks does not have.
/// <https://developer.intuit.com/app/developer/qbo/docs/develop/troubleshooting/error-codes>
const NOT_IN_THIS_EDITION: &str = "5030";

/// Whether a copy will do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wanted {
    /// One that is not an hour old will.
    Recent,
    /// QuickBooks is asked in any case.
    Now,
}

/// A list as it is shown.
#[derive(Debug, Clone)]
pub struct Shown {
    /// The entries, and when they were read.
    pub copy: ListCopy,
    /// It is older than it should be, since QuickBooks is not available.
    pub stale: bool,
}

/// A list of the tenant's company. An old copy is served, and marked, while QuickBooks is not available.
pub async fn show(
    app: &App,
    tenant: &TenantId,
    list: List,
    wanted: Wanted,
) -> Result<Shown, ReadError> {
    let mut reader = Reader::open(app, tenant).await?;
    let company = reader.connection.company.clone();
    let copy = app.table.list_copy(tenant, &company.id, list).await?;
    let now = app.clock.now();
    let copy = match copy {
        Some(copy) if wanted == Wanted::Recent && copy.is_fresh(now) => {
            return Ok(Shown { copy, stale: false });
        }
        copy => copy,
    };
    match read(&mut reader, list, &company).await {
        Ok((mut entries, note)) => {
            entries.sort_by(|a, b| (&a.full_name, &a.id).cmp(&(&b.full_name, &b.id)));
            let copy =
                ListCopy { company: company.id, list, fetched_at: app.clock.now(), note, entries };
            app.table.put_list_copy(tenant, &copy).await?;
            tracing::info!(
                %tenant,
                list = list.as_str(),
                entries = copy.entries.len(),
                metered_reads = reader.metered_reads,
                "a list was read"
            );
            Ok(Shown { copy, stale: false })
        }
        Err(ReadError::Other(error @ Error::Unavailable(..))) => match copy {
            Some(copy) => {
                tracing::warn!(
                    %tenant,
                    list = list.as_str(),
                    metered_reads = reader.metered_reads,
                    error = chain(&error),
                    "an old copy of a list is served"
                );
                Ok(Shown { copy, stale: true })
            }
            None => Err(error.into()),
        },
        Err(error) => Err(error),
    }
}

async fn read(
    reader: &mut Reader<'_>,
    list: List,
    company: &Company,
) -> Result<(Vec<Entry>, Option<String>), ReadError> {
    let (mut entries, mut next) = (Vec::new(), Some(1));
    while let Some(start) = next {
        let page = reader
            .ask(async |client, access| back_end::list_page(client, access, list, start).await)
            .await?;
        match page {
            Ok(page) => {
                entries.extend(page.entries);
                next = page.next_start;
            }
            Err(fault) if is_not_offered(&fault) => {
                let edition = company.edition.as_deref().unwrap_or("This edition of QuickBooks");
                let note = format!("{edition} has no {}.", list.as_str().replace('-', " "));
                return Ok((Vec::new(), Some(note)));
            }
            Err(fault) => return Err(Error::quickbooks(fault).into()),
        }
    }
    // An entry that somebody adds while the pages are read can show up twice.
    entries.sort_by(|a: &Entry, b| a.id.cmp(&b.id));
    entries.dedup_by(|a, b| a.id == b.id);
    Ok((entries, None))
}

fn is_not_offered(fault: &quickbooks::Error) -> bool {
    let faults = fault.reply().map(|reply| reply.faults.as_slice()).unwrap_or_default();
    faults.iter().any(|fault| fault.code == NOT_IN_THIS_EDITION)
}
