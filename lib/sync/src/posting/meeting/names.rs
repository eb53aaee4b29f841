//! Names that those who work side by side look up: while one question is under way the names of others gather, and the next
//! asks for all of them at once. Each question is a metered read.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use domain::id::CompanyId;
use domain::link::ListKind;
use tokio::sync::{Mutex, oneshot};

use crate::quickbooks_online::{Entry, NAMES_IN_ONE_QUERY};

/// Whose names wait for the next question.
#[derive(Default)]
pub(in crate::posting) struct Names {
    wanted: RefCell<BTreeMap<(CompanyId, ListKind), Vec<Wanted>>>,
    /// One at a time asks.
    turn: Mutex<()>,
}

struct Wanted {
    names: Vec<String>,
    tell: oneshot::Sender<Rc<[Entry]>>,
}

impl Names {
    /// The entries of these names, and those of others that were asked for with them. Who has the turn asks by `query`,
    /// for as many as fit; those for whom it failed ask themselves.
    pub(in crate::posting) async fn find<E>(
        &self,
        company: &CompanyId,
        kind: ListKind,
        names: &[String],
        query: impl AsyncFnOnce(&[String]) -> Result<Vec<Entry>, E>,
    ) -> Result<Rc<[Entry]>, E> {
        let list = (company.clone(), kind);
        let (tell, mut told) = oneshot::channel();
        let wanted = Wanted { names: names.to_vec(), tell };
        self.wanted.borrow_mut().entry(list.clone()).or_default().push(wanted);
        let _turn = self.turn.lock().await;
        if let Ok(entries) = told.try_recv() {
            return Ok(entries);
        }
        told.close();
        let others = self.others(&list, names.len());
        let mut all: BTreeSet<&String> = names.iter().collect();
        all.extend(others.iter().flat_map(|other| &other.names));
        let all: Vec<String> = all.into_iter().cloned().collect();
        let entries: Rc<[Entry]> = query(&all).await?.into();
        for other in others {
            // Who does not listen any more has ended.
            let _ = other.tell.send(Rc::clone(&entries));
        }
        Ok(entries)
    }

    /// Takes those that fit into one question beside so many names, and forgets those that nobody waits for.
    fn others(&self, list: &(CompanyId, ListKind), beside: usize) -> Vec<Wanted> {
        let mut wanted = self.wanted.borrow_mut();
        let Some(waiting) = wanted.get_mut(list) else { return Vec::new() };
        waiting.retain(|one| !one.tell.is_closed());
        let fit = waiting.iter().scan(beside, |names, one| {
            *names += one.names.len();
            (*names <= NAMES_IN_ONE_QUERY).then_some(())
        });
        let fit = fit.count();
        waiting.drain(..fit).collect()
    }
}

#[cfg(test)]
mod tests {
    use futures_util::future::{join, join_all};

    use super::*;

    fn company() -> CompanyId {
        CompanyId::parse("1").unwrap()
    }

    fn entry(name: &str) -> Entry {
        Entry {
            id: domain::id::ObjectId::parse("1").unwrap(),
            name: name.to_owned(),
            currency: None,
            sellable: true,
            changed_at: None,
        }
    }

    /// How many names each question had, when so many are looked up at once, one by each.
    async fn questions(count: usize, fails: usize) -> Vec<usize> {
        let (names, asked) = (Names::default(), RefCell::new(Vec::new()));
        let query = async |all: &[String]| {
            asked.borrow_mut().push(all.len());
            tokio::task::yield_now().await;
            if asked.borrow().len() <= fails {
                return Err(());
            }
            Ok(all.iter().map(|name| entry(name)).collect())
        };
        let looked_up = (0..count).map(|number| {
            let (names, query) = (&names, &query);
            async move {
                let name = format!("Agent {number}");
                let wanted = std::slice::from_ref(&name);
                let found = names
                    .find(&company(), ListKind::Customer, wanted, async |all| query(all).await)
                    .await;
                found.is_ok_and(|entries| entries.iter().any(|entry| entry.name == name))
            }
        });
        let found = join_all(looked_up).await;
        assert_eq!(found.iter().filter(|found| !**found).count(), fails);
        asked.into_inner()
    }

    #[tokio::test]
    async fn names_that_gather_are_looked_up_together_forty_at_a_time() {
        assert_eq!(questions(1, 0).await, [1]);
        assert_eq!(questions(41, 0).await, [1, 40]);
        assert_eq!(questions(100, 0).await, [1, 40, 40, 19]);
    }

    #[tokio::test]
    async fn who_was_asked_for_in_vain_asks_again() {
        assert_eq!(questions(3, 2).await, [1, 2, 1]);
    }

    #[tokio::test]
    async fn lists_are_asked_for_one_by_one_and_a_name_once() {
        let (names, asked) = (Names::default(), RefCell::new(Vec::new()));
        let look_up = async |kind, name: &str| {
            let wanted = [name.to_owned()];
            let query = async |all: &[String]| {
                asked.borrow_mut().push((kind, all.to_vec()));
                tokio::task::yield_now().await;
                Ok::<_, ()>(Vec::new())
            };
            names.find(&company(), kind, &wanted, query).await.is_ok()
        };
        let customers = ["Bob", "Ann", "Ann"].map(|name| look_up(ListKind::Customer, name));
        join(join_all(customers), look_up(ListKind::Vendor, "Ann")).await;
        let only = |name: &str| vec![name.to_owned()];
        let (customer, vendor) = (ListKind::Customer, ListKind::Vendor);
        assert_eq!(
            *asked.borrow(),
            [(customer, only("Bob")), (customer, only("Ann")), (vendor, only("Ann"))]
        );
    }
}
