//! Entries of lists that are not linked yet: found by name, or free to be created under it.

use std::collections::BTreeMap;
use std::rc::Rc;

use domain::link::{LinkKey, ListKind, Origin};
use domain::name;
use domain::plan::{self, Lookup};
use domain::posting::PlannedLink;
use domain::reason::Failure;

use super::apply::Stop;
use super::meeting::Seat;
use super::session::Session;
use super::store::Stored;
use crate::quickbooks_online as back_end;

impl Session<'_> {
    /// Answers `lookups`: afterwards each entry is linked, or has a name that is free, or another name to look up.
    pub(super) async fn look_up(&mut self, lookups: Vec<Lookup>) -> Result<(), Stop> {
        let keys: Vec<LinkKey> = lookups.iter().map(|lookup| lookup.key.clone()).collect();
        if !self.sees_to(&keys).await {
            return Ok(());
        }
        // Under the lease, so that twenty calls for one bill ask QuickBooks once.
        if self.store_intent().await? != Stored::Yes {
            return Ok(());
        }
        let mut wanted: BTreeMap<ListKind, Vec<(LinkKey, String)>> = BTreeMap::new();
        for Lookup { key, name } in lookups {
            let taken = self.names_taken.get(&key).copied().unwrap_or(0);
            let candidate = name::alternative(key.kind, &name, key.host_id.as_str(), taken)
                .ok_or_else(|| Failure::name_taken(key.kind.label(), &name))?;
            wanted.entry(key.kind).or_default().push((key, candidate));
        }
        for (kind, wanted) in wanted {
            let names: Vec<String> = wanted.iter().map(|(_, name)| name.clone()).collect();
            let entries = self.entries_named(kind, &names).await?;
            for (key, candidate) in wanted {
                match entries.iter().find(|entry| name::same(&entry.name, &candidate)) {
                    None if self.refused_names.contains(&(key.clone(), candidate.clone())) => {
                        *self.names_taken.entry(key).or_default() += 1;
                    }
                    None => {
                        self.facts.free_names.insert(key, candidate);
                    }
                    Some(entry) if self.fits(entry) => self.link_found(key, entry).await?,
                    Some(_) => *self.names_taken.entry(key).or_default() += 1,
                }
            }
        }
        for key in &keys {
            self.tell_link(key);
        }
        Ok(())
    }

    /// The entries of these names. Of those who work side by side one asks for what the others want to know, too.
    async fn entries_named(
        &mut self,
        kind: ListKind,
        names: &[String],
    ) -> Result<Rc<[back_end::Entry]>, Stop> {
        match self.meeting() {
            Some(meeting) => {
                let company = self.connection.company.id.clone();
                let query = async |all: &[String]| self.query_names(kind, all).await;
                meeting.names.find(&company, kind, names, query).await
            }
            None => Ok(self.query_names(kind, names).await?.into()),
        }
    }

    pub(super) async fn query_names(
        &mut self,
        kind: ListKind,
        names: &[String],
    ) -> Result<Vec<back_end::Entry>, Stop> {
        let query = async |client: &_, access: &_| {
            back_end::entries_named(client, access, kind, names).await
        };
        match self.call(query).await? {
            Ok(entries) => Ok(entries),
            Err(error) => Err(self.stop_for(&error).await),
        }
    }

    /// Whether this posting is the one of those worked on side by side that sees to these entries. False: another one did,
    /// or does no longer; plan again.
    pub(super) async fn sees_to(&mut self, keys: &[LinkKey]) -> bool {
        let company = self.connection.company.id.clone();
        let Some(seat) = self.seat.clone() else { return true };
        if !self.take_in_links(&seat, keys) && seat.sees_to(&company, keys) {
            return true;
        }
        if !self.take_in_links(&seat, keys) {
            seat.wait_for(&company, keys).await;
            self.take_in_links(&seat, keys);
        }
        false
    }

    /// Takes in what others linked meanwhile. False: nothing of it was unknown.
    fn take_in_links(&mut self, seat: &Seat, keys: &[LinkKey]) -> bool {
        let company = &self.connection.company.id;
        let mut news = false;
        for key in keys
            .iter()
            .filter(|key| !self.facts.links.contains_key(key))
            .cloned()
            .collect::<Vec<_>>()
        {
            if let Some(object) = seat.linked(company, &key) {
                self.facts.links.insert(key, object);
                news = true;
            }
        }
        news
    }

    /// Tells the postings worked on side by side what an entry is linked to, if it is by now.
    pub(super) fn tell_link(&self, key: &LinkKey) {
        if let (Some(seat), Some(object)) = (&self.seat, self.facts.links.get(key)) {
            seat.note_link(&self.connection.company.id, key, object);
        }
    }

    /// An entry of that name may still be the wrong one: a category, or a customer billed in another currency.
    fn fits(&self, entry: &back_end::Entry) -> bool {
        let currency = self.posting.record.as_ref().map(|record| record.currency().as_str());
        entry.sellable && (entry.currency.is_none() || entry.currency.as_deref() == currency)
    }

    async fn link_found(&mut self, key: LinkKey, entry: &back_end::Entry) -> Result<(), Stop> {
        let planned = PlannedLink { key: key.clone(), name: entry.name.clone() };
        let link = self.new_link(planned, entry.id.clone(), Origin::FoundByName, entry.changed_at);
        match self.app.table.claim_link(self.tenant, &link).await? {
            aws::table::Claim::Done => {
                self.facts.links.insert(key, link.object_id);
            }
            // Another call linked this very host object meanwhile: its link counts.
            aws::table::Claim::TakenBy(by) if by == key => self.reload().await?,
            // The entry of that name stands for somebody else at the host.
            aws::table::Claim::TakenBy(_) => *self.names_taken.entry(key).or_default() += 1,
        }
        Ok(())
    }

    /// The name that the record gives an entry.
    pub(super) fn wanted_name(&self, key: &LinkKey) -> Option<String> {
        plan::name_of_entry(self.posting.record.as_ref()?, key)
    }
}
