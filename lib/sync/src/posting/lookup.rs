//! Entries of lists that are not linked yet: found by name, or free to be created under it.

use std::collections::BTreeMap;

use domain::link::{LinkKey, ListKind, Origin};
use domain::name;
use domain::plan::{self, Lookup};
use domain::posting::PlannedLink;
use domain::reason::Failure;

use super::apply::Stop;
use super::session::Session;
use super::store::Stored;
use crate::quickbooks_online as back_end;

impl Session<'_> {
    /// Answers `lookups`: afterwards each entry is linked, or has a name that is free, or another name to look up.
    pub(super) async fn look_up(&mut self, lookups: Vec<Lookup>) -> Result<(), Stop> {
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
            let found = self
                .call(async |client, access| {
                    back_end::entries_named(client, access, kind, &names).await
                })
                .await?;
            let entries = match found {
                Ok(entries) => entries,
                Err(error) => return Err(self.stop_for(&error).await),
            };
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
        Ok(())
    }

    /// An entry of that name may still be the wrong one: a category, or a customer billed in another currency.
    fn fits(&self, entry: &back_end::Entry) -> bool {
        let currency = self.posting.record.as_ref().map(|record| record.currency().as_str());
        entry.sellable && (entry.currency.is_none() || entry.currency.as_deref() == currency)
    }

    async fn link_found(&mut self, key: LinkKey, entry: &back_end::Entry) -> Result<(), Stop> {
        let planned = PlannedLink { key: key.clone(), name: entry.name.clone() };
        let link = self.new_link(planned, entry.id.clone(), Origin::FoundByName, None);
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
