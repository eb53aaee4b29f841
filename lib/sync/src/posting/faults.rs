//! What a refusal by QuickBooks means for the posting.

use domain::ledger::{Object, ObjectKind, Removal};
use domain::posting::{InFlight, PostingKey};
use domain::reason::Failure;
use domain::record::Record;
use quickbooks::{Class, Error as Fault};

use super::apply::Stop;
use super::session::Session;
use crate::{quickbooks_online as back_end, tokens};

/// A document edited in QuickBooks right now is re-read this often before the posting waits for time.
const STALE_AT_MOST: usize = 2;

impl Session<'_> {
    /// The step in flight was refused, or has no answer. `Ok`: plan again.
    pub(super) async fn refused(&mut self, fault: &Fault) -> Result<(), Stop> {
        let class = fault.class();
        if class == Class::Uncertain {
            return Err(Failure::no_answer().into());
        }
        if self.replaying {
            return Err(self.replay_refused(fault).await);
        }
        let Some(in_flight) = self.posting.in_flight.clone() else { return Ok(()) };
        let is_repeated = in_flight.last_sent_at > in_flight.sent_at;
        match &in_flight.target {
            // Says nothing about the first time: what was changed or removed then must not be taken for a person's deed.
            Some(_) if is_repeated && passes(class) => return Err(self.stop_for(fault).await),
            Some(target)
                if is_repeated && !matches!(class, Class::StaleObject | Class::NotFound) =>
            {
                self.look_at(target).await?;
                self.own_update(&in_flight);
                if self.own_removal(&in_flight) {
                    self.posting.in_flight = None;
                    return Ok(());
                }
            }
            _ => {}
        }
        // Every other class means that nothing was booked by what was refused.
        self.posting.in_flight = None;
        match class {
            Class::DuplicateName => {
                let Some(link) = in_flight.link else { return Err(self.in_their_words(fault)) };
                // It may be there by now under just this name (made by another call, or by our own lost one), or the
                // name belongs to a vendor or employee. The look-up that is planned next tells.
                self.facts.free_names.remove(&link.key);
                self.refused_names.insert((link.key, link.name));
                Ok(())
            }
            Class::StaleObject | Class::NotFound if in_flight.target.is_some() => {
                // Only what was sent before can have done it; not to be forgotten if the look fails.
                self.posting.in_flight = is_repeated.then(|| in_flight.clone());
                self.refresh(in_flight.target.as_ref()).await?;
                self.posting.in_flight = None;
                if is_repeated {
                    self.own_removal(&in_flight);
                    self.own_update(&in_flight);
                }
                Ok(())
            }
            Class::NotFound => {
                self.look_at_choices().await?;
                Err(Failure::reference_inactive(&words(fault)).into())
            }
            Class::DuplicateNumber => {
                let number = back_end::number_in(&in_flight.request).unwrap_or_default();
                if self.adopt_numbered(&in_flight, &number).await? {
                    return Ok(());
                }
                Err(Failure::duplicate_number(&number).into())
            }
            Class::BooksClosed if self.look_at_books().await? || self.set_the_calendar_back() => {
                Ok(())
            }
            Class::InactiveReference => {
                self.look_at_choices().await?;
                Err(self.stop_for(fault).await)
            }
            Class::Rejected
                if in_flight.creates(ObjectKind::Payment)
                    && self.facts.open_balances.is_empty() =>
            {
                // An invoice with less open may have been paid by this very payment.
                if self.adopt(&in_flight).await? {
                    return Ok(());
                }
                self.look_at_balances(fault).await
            }
            _ => Err(self.stop_for(fault).await),
        }
    }

    /// A repeated create was refused. That says nothing about the first time it was sent, so it stays in flight until
    /// it is found or was long enough ago.
    async fn replay_refused(&mut self, fault: &Fault) -> Stop {
        if passes(fault.class()) {
            return self.stop_for(fault).await;
        }
        Failure::no_answer().into()
    }

    /// What every call to QuickBooks can run into, as a reason to stop.
    pub(super) async fn stop_for(&mut self, fault: &Fault) -> Stop {
        let failure = match fault.class() {
            Class::Throttled { retry_after } => match self.pause(retry_after).await {
                Ok(()) => Failure::throttled(),
                Err(error) => return error.into(),
            },
            Class::Uncertain => Failure::no_answer(),
            Class::Unavailable => Failure::quickbooks_unavailable(),
            // A fresh access token was refused as well; since refreshing works, the consent lives.
            Class::TokenExpired => Failure::quickbooks_unavailable(),
            Class::Reconnect => match tokens::lost(self.app, self.tenant, &self.connection).await {
                Ok(failure) => failure,
                Err(error) => return error.into(),
            },
            Class::InactiveReference => Failure::reference_inactive(&words(fault)),
            Class::BooksClosed => Failure::books_closed(),
            Class::Frozen => Failure::frozen(),
            Class::CompanyUnavailable => Failure::company_unavailable(),
            Class::StaleObject => Failure::edited_meanwhile(),
            Class::NotFound | Class::DuplicateName | Class::DuplicateNumber | Class::Rejected => {
                return self.in_their_words(fault);
            }
        };
        failure.into()
    }

    fn in_their_words(&self, fault: &Fault) -> Stop {
        let code = fault
            .reply()
            .and_then(|reply| reply.faults.first())
            .map_or("none", |fault| fault.code.as_str());
        Failure::rejected_by_quickbooks(code, &words(fault)).into()
    }

    /// Someone changed the object in QuickBooks: reads it again, so that the next plan writes over what is there now
    /// and nothing else.
    async fn refresh(&mut self, target: Option<&Object>) -> Result<(), Stop> {
        let Some(target) = target else { return Ok(()) };
        self.stale += 1;
        if self.stale > STALE_AT_MOST {
            return Err(Failure::edited_meanwhile().into());
        }
        self.look_at(target).await
    }

    /// What was to be removed and is gone was removed by us, by the request whose answer was lost; or by somebody who
    /// wanted the same. False when it is still there, or was not to be removed.
    pub(super) fn own_removal(&mut self, in_flight: &InFlight) -> bool {
        let (Some(removal), Some(target)) = (in_flight.removal(), &in_flight.target) else {
            return false;
        };
        let is_gone = |object: &&mut Object| {
            let is_target = object.id == target.id && object.kind == target.kind;
            is_target && object.company == target.company && object.removal.is_some()
        };
        let Some(object) = self.posting.objects.iter_mut().find(is_gone) else { return false };
        object.removal = Some(removal);
        self.facts.objects.clone_from(&self.posting.objects);
        self.posting.has_written = true;
        true
    }

    /// An update without an answer may have been performed: what it says is no edit of a bookkeeper.
    pub(super) fn own_update(&mut self, in_flight: &InFlight) {
        let (Some(sent), Some(target)) = (&in_flight.sent, &in_flight.target) else { return };
        let is_target = |object: &&mut Object| {
            let same = object.id == target.id && object.kind == target.kind;
            same && object.company == target.company
        };
        let Some(object) = self.posting.objects.iter_mut().find(is_target) else { return };
        if let Some(trace) = &mut object.trace {
            trace.note_unsure(sent);
            self.posting.has_written = true;
            // Whatever it says now, it is not known to match.
            object.content.clear();
            self.facts.objects.clone_from(&self.posting.objects);
        }
    }

    /// Reads a document, and takes it in as it is now.
    pub(super) async fn look_at(&mut self, document: &Object) -> Result<(), Stop> {
        let (kind, id, company) = (document.kind, &document.id, &document.company);
        if kind == ObjectKind::Bill {
            // Before the look, so that what is taken back after it is noticed.
            let pull = self.app.table.pull(self.tenant, company).await?;
            self.taken_back = Some(pull.map_or(0, |pull| pull.taken_back));
        }
        let read = self
            .call(async |client, access| {
                back_end::document(client, access, company, kind, id).await
            })
            .await?;
        match read {
            Ok(Some(seen)) => self.take_in_as_found(seen, document),
            Ok(None) => return Err(Failure::quickbooks_unavailable().into()),
            Err(fault) if fault.class() == Class::NotFound => {
                let removal = Some(Removal::DeletedInQuickbooks);
                self.take_in(Object { removal, ..document.clone() });
            }
            Err(fault) => return Err(self.stop_for(&fault).await),
        }
        Ok(())
    }

    /// A payment was refused: perhaps an invoice has less open than the payment applies to it. The rest then stays
    /// as credit, and the answer says so.
    async fn look_at_balances(&mut self, fault: &Fault) -> Result<(), Stop> {
        let company = &self.connection.company.id.clone();
        let own = self.posting.object(ObjectKind::Invoice, company);
        let parents = self
            .facts
            .parents
            .values()
            .filter_map(|parent| parent.object(ObjectKind::Invoice, company));
        let invoices: Vec<_> =
            own.into_iter().chain(parents).map(|invoice| invoice.id.clone()).collect();
        let asked = self
            .call(async |client, access| back_end::open_balances(client, access, &invoices).await)
            .await?;
        let balances = match asked {
            Ok(balances) => balances,
            Err(error) => return Err(self.stop_for(&error).await),
        };
        let applied_more = match &self.posting.record {
            Some(Record::Payment(payment)) => payment.bills.iter().any(|allocation| {
                let key = PostingKey::bill(allocation.bill.clone());
                let invoice = self
                    .facts
                    .parents
                    .get(&key)
                    .and_then(|bill| bill.object(ObjectKind::Invoice, company));
                invoice
                    .and_then(|invoice| balances.get(&invoice.id))
                    .is_some_and(|open| *open < allocation.amount)
            }),
            Some(Record::Bill(bill)) => balances.values().any(|open| *open < bill.total()),
            Some(Record::Disbursement(_)) | None => false,
        };
        if !applied_more {
            return Err(self.in_their_words(fault));
        }
        self.facts.open_balances = balances;
        Ok(())
    }
}

/// Whether a refusal is about the moment or the caller, and not about the request.
pub(super) fn passes(class: Class) -> bool {
    match class {
        Class::Throttled { .. }
        | Class::Unavailable
        | Class::TokenExpired
        | Class::Reconnect
        | Class::CompanyUnavailable => true,
        Class::Uncertain
        | Class::StaleObject
        | Class::DuplicateName
        | Class::DuplicateNumber
        | Class::NotFound
        | Class::InactiveReference
        | Class::BooksClosed
        | Class::Frozen
        | Class::Rejected => false,
    }
}

/// What QuickBooks said, in one line.
fn words(fault: &Fault) -> String {
    let Some(fault) = fault.reply().and_then(|reply| reply.faults.first()) else {
        return "no reason given".to_owned();
    };
    let text = if fault.detail.is_empty() { &fault.message } else { &fault.detail };
    text.split_whitespace().collect::<Vec<_>>().join(" ").chars().take(300).collect()
}
