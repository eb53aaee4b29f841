//! Looking again at what lies around a document after QuickBooks refused it: which days the books take, and whether the
//! workflow's choices are still there.

use domain::posting::Cause;
use jiff::civil::Date;

use super::apply::Stop;
use super::session::Session;
use crate::notices::entries;
use crate::reading::ReadError;
use crate::{Error, chain, connection, workflows};

/// Days that may lie between the latest day on Earth and the company's.
const ZONES_APART: i32 = 3;

impl Session<'_> {
    /// Looks again at what was in the way, if a person asks for it. Who has no time to asks once more through the queue.
    pub(super) async fn look_again(&mut self) -> Result<(), Stop> {
        let asked_before = self.posting.wish.looks_again;
        if self.cause != Cause::Person && !asked_before {
            return Ok(());
        }
        let (books, links) =
            (self.waited_for_a_period() || asked_before, !self.facts.broken_links.is_empty());
        self.posting.wish.looks_again = books || links;
        if books {
            self.look_at_books().await?;
        }
        if links {
            self.look_at_broken_links().await?;
        }
        self.posting.wish.looks_again = false;
        Ok(())
    }

    /// Whether a date was in the way when it was last tried.
    pub(super) fn waited_for_a_period(&self) -> bool {
        let code = self.posting.reason.as_ref().map(|reason| reason.code.as_ref());
        matches!(code, Some("period_closed" | "books_closed"))
    }

    /// Asks QuickBooks through which day the books are closed. True: through another one than was known.
    pub(super) async fn look_at_books(&mut self) -> Result<bool, Stop> {
        let asked = self.call(async |client, access| client.preferences(access).await).await?;
        let preferences = match asked {
            Ok(preferences) => preferences,
            Err(fault) => return Err(self.stop_for(&fault).await),
        };
        self.facts.books_just_read = true;
        let company = &self.connection.company;
        let noted =
            connection::note_closed_through(self.app, self.tenant, company, &preferences).await?;
        let Some(books) = noted else { return Ok(false) };
        self.connection.company.books = books;
        self.facts.company.books = books;
        Ok(true)
    }

    /// QuickBooks closed the books to a document that we took for one of an open day: it is an earlier day there than we
    /// think. False: that is known already, so it is not the reason.
    pub(super) fn set_the_calendar_back(&mut self) -> bool {
        let today = self.facts.today;
        let is_near = |through: &Date| {
            *through < today
                && today.since(*through).is_ok_and(|span| span.get_days() <= ZONES_APART)
        };
        let Some(through) = self.facts.company.books.closed_through.filter(is_near) else {
            return false;
        };
        self.facts.today = through;
        true
    }

    /// A person says that it can be posted now: looks again at linked entries that could not be used.
    pub(super) async fn look_at_broken_links(&mut self) -> Result<(), Stop> {
        let broken = self.facts.broken_links.keys().cloned().collect();
        let company = &self.connection.company.id;
        match entries::look_again(self.app, self.tenant, company, broken).await {
            Ok(()) => Ok(self.reload().await?),
            Err(ReadError::Other(error @ (Error::Internal(..) | Error::Newer(..)))) => {
                Err(error.into())
            }
            // What cannot be looked at is as it was.
            Err(error) => {
                tracing::warn!(tenant = %self.tenant, error = chain(&error), "links were not looked at");
                Ok(())
            }
        }
    }

    /// Asks QuickBooks whether the workflow's choices can still be used; if not, the workflow says so, and the posting
    /// waits for another choice.
    pub(super) async fn look_at_choices(&mut self) -> Result<(), Stop> {
        let workflow = self.key.workflow;
        let company = self.connection.company.clone();
        let active =
            self.facts.settings.workflows(&company.id).and_then(|all| all.active(workflow));
        let Some((template, setup)) = active else { return Ok(()) };
        let chosen = workflows::chosen(&setup.configuration);
        let asked = self
            .call(async |client, access| {
                workflows::unusable(client, access, &company, &chosen).await
            })
            .await?;
        let unusable = match asked {
            Ok(unusable) => unusable,
            Err(fault) => return Err(self.stop_for(&fault).await),
        };
        let Some(failure) = unusable.first().map(workflows::Unusable::failure) else {
            return Ok(());
        };
        let settings = &self.facts.settings;
        let noted = workflows::note_problem(
            self.app,
            self.tenant,
            settings,
            &company.id,
            template,
            &failure.reason,
        );
        if let Some(settings) = noted.await? {
            self.facts.settings = settings;
        }
        Err(failure.into())
    }
}
