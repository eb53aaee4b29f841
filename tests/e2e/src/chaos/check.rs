//! Comparing what has to have come of the records with what there is. Pure.

use std::collections::{BTreeMap, BTreeSet};

use super::Cents;
use super::ledger::{Accounts, Deeds, Document, End, Part, parts};
use super::schedule::{Act, Company, Deed, Story};
use super::snapshot::{Snapshot, Stored};

/// What is wrong, in the worst case first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Wrong {
    /// A record, a document or a payment that should be there is not.
    Lost,
    /// There is a document too many.
    Duplicate,
    /// Something is otherwise than it should be.
    Other,
}

/// One thing that is wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// What kind of thing.
    pub wrong: Wrong,
    /// The story, by its place; none when it is about the tenant as a whole.
    pub story: Option<usize>,
    /// The posting's key, or what else it is about.
    pub about: String,
    /// What should be, and what is.
    pub text: String,
}

/// What became of a tenant's records.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Judgement {
    /// All that is wrong.
    pub findings: Vec<Finding>,
    /// Postings by how they ended: state, and the reason if there is one.
    pub ended: BTreeMap<(String, String), usize>,
    /// Documents that are in the books.
    pub documents: usize,
    /// What they come to, by kind.
    pub totals: BTreeMap<&'static str, Cents>,
    /// Payments of bills that the host knows of.
    pub issued: usize,
    /// Postings that were given up while it could not be known what became of a call.
    pub undecided: usize,
}

/// Judges a tenant.
pub fn judge(company: Company, stories: &[(Story, Deeds)], found: &Snapshot) -> Judgement {
    let mut court = Court { found, judgement: Judgement::default(), claimed: BTreeSet::new() };
    let mut expected = Accounts::default();
    let mut known = BTreeSet::new();
    for (place, (story, deeds)) in stories.iter().enumerate() {
        for part in parts(company, story, deeds) {
            known.insert(part.posting.clone());
            if let Some(end) = court.part(place, &part) {
                for document in end.documents {
                    expected.book(document);
                    *court.judgement.totals.entry(document.entity).or_default() += document.total;
                }
            }
        }
        court.messages(place, story, deeds);
        for paid in court.payments(place, story, deeds) {
            expected.book(Document { entity: "BillPayment", total: paid });
        }
    }
    court.strangers(&known);
    court.issued_by_nobody(stories);
    court.books(&expected);
    court.judgement
}

struct Court<'a> {
    found: &'a Snapshot,
    judgement: Judgement,
    /// Documents that a posting says are its own.
    claimed: BTreeSet<(String, String)>,
}

impl Court<'_> {
    fn find(&mut self, wrong: Wrong, story: Option<usize>, about: &str, text: String) {
        self.judgement.findings.push(Finding { wrong, story, about: about.to_owned(), text });
    }

    /// Judges one posting; the end that it came to, if that is a true one.
    fn part(&mut self, story: usize, part: &Part) -> Option<End> {
        let about = part.posting.as_str();
        let Some(stored) = self.found.postings.get(about) else {
            self.find(Wrong::Lost, Some(story), about, "there is no posting".to_owned());
            return None;
        };
        let ended = (stored.state.clone(), stored.reason.clone());
        *self.judgement.ended.entry(ended).or_default() += 1;
        let fits = |end: &&End| {
            end.state == stored.state
                && (stored.reason.is_empty() && end.reasons.is_empty()
                    || end.reasons.contains(&stored.reason.as_str()))
        };
        if undecided(part, stored) {
            self.judgement.undecided += 1;
            return None;
        }
        let Some(end) = part.ends.iter().find(fits) else {
            let text = format!(
                "is {} {}, which is not true: {}",
                stored.state,
                stored.reason,
                shown(&part.ends)
            );
            self.find(Wrong::Other, Some(story), about, text);
            self.claim(stored);
            return None;
        };
        self.documents(story, about, stored, end);
        Some(end.clone())
    }

    fn documents(&mut self, story: usize, about: &str, stored: &Stored, end: &End) {
        let mut wanted = end.documents.clone();
        wanted.sort_unstable();
        let mut there: Vec<(String, Cents)> = Vec::new();
        for key in &stored.objects {
            if let Some(booked) = self.found.books.get(key) {
                there.push((key.0.clone(), booked.total));
            }
        }
        there.sort_unstable();
        self.claim(stored);
        let same = |(wanted, (entity, total)): (&Document, &(String, Cents))| {
            wanted.entity == entity && wanted.total == *total
        };
        if wanted.len() != there.len() || !wanted.iter().zip(&there).all(same) {
            let wrong = match there.len().cmp(&wanted.len()) {
                std::cmp::Ordering::Less => Wrong::Lost,
                std::cmp::Ordering::Greater => Wrong::Duplicate,
                std::cmp::Ordering::Equal => Wrong::Other,
            };
            let name = |entity: &str, total: &Cents| format!("{entity} {total}");
            let wanted: Vec<String> =
                wanted.iter().map(|document| name(document.entity, &document.total)).collect();
            let there: Vec<String> =
                there.iter().map(|(entity, total)| name(entity, total)).collect();
            let text = format!("should have {wanted:?} in the books, and has {there:?}");
            self.find(wrong, Some(story), about, text);
        }
    }

    fn claim(&mut self, stored: &Stored) {
        self.claimed.extend(stored.objects.iter().cloned());
    }

    /// What a person wrote to a customer is nobody else's, whatever was changed since.
    fn messages(&mut self, place: usize, story: &Story, deeds: &Deeds) {
        for (at, id) in deeds {
            if !matches!(story.acts[*at], Act::Person { deed: Deed::Note, .. }) {
                continue;
            }
            let booked = self.found.books.get(&("Invoice".to_owned(), id.clone()));
            if booked.is_none_or(|booked| booked.message.is_empty()) {
                let text = "a person's message to the customer is gone".to_owned();
                self.find(Wrong::Other, Some(place), &format!("invoice {id}"), text);
            }
        }
    }

    /// What persons paid, and did not take back, has to be known; the amounts of it.
    fn payments(&mut self, place: usize, story: &Story, deeds: &Deeds) -> Vec<Cents> {
        let mut paid: BTreeMap<&str, (Cents, Option<&str>)> = BTreeMap::new();
        for (at, id) in deeds {
            match &story.acts[*at] {
                Act::Person { deed: Deed::Pay(amount), .. } => {
                    paid.insert(id, (*amount, None));
                }
                Act::Person { deed: Deed::VoidPay, .. } => {
                    paid.entry(id).and_modify(|paid| paid.1 = Some("voided"));
                }
                Act::Person { deed: Deed::DeletePay, .. } => {
                    paid.entry(id).and_modify(|paid| paid.1 = Some("gone"));
                }
                _ => {}
            }
        }
        for (id, (amount, removed)) in &paid {
            let about = format!("bill payment {id}");
            match (self.found.issued.get(*id), removed) {
                (None, None) => {
                    self.find(Wrong::Lost, Some(place), &about, "nobody was told of it".to_owned());
                }
                // What was taken back before anybody looked was never known.
                (None, Some(_)) => {}
                (Some(issued), removed) => {
                    self.judgement.issued += 1;
                    let state = removed.unwrap_or("synced");
                    let right = issued.state == state
                        && (removed.is_some()
                            || (issued.total, issued.applied) == (Some(*amount), *amount));
                    if !right {
                        let text = format!("should be {state} of {amount}, and is {issued:?}");
                        self.find(Wrong::Other, Some(place), &about, text);
                    }
                }
            }
        }
        paid.values().filter(|(_, removed)| removed.is_none()).map(|(amount, _)| *amount).collect()
    }

    /// Postings that nobody sent a record for, documents that no posting knows, and marks that are there twice.
    fn strangers(&mut self, known: &BTreeSet<String>) {
        for key in self.found.postings.keys().filter(|key| !known.contains(*key)) {
            self.find(Wrong::Other, None, key, "a posting without a record".to_owned());
        }
        let mut marks: BTreeMap<(&str, &str), usize> = BTreeMap::new();
        for (key, booked) in &self.found.books {
            let Some(marker) = &booked.marker else { continue };
            self.judgement.documents += 1;
            *marks.entry((&key.0, marker)).or_default() += 1;
            if !self.claimed.contains(key) {
                let about = format!("{} {}", key.0, key.1);
                let text = format!("a document of ours, {}, that no record has", booked.total);
                self.find(Wrong::Duplicate, None, &about, text);
            }
        }
        for ((entity, marker), times) in marks.into_iter().filter(|(_, times)| *times > 1) {
            let text = format!("there are {times}");
            self.find(Wrong::Duplicate, None, &format!("{entity} [lb:{marker}]"), text);
        }
    }

    fn issued_by_nobody(&mut self, stories: &[(Story, Deeds)]) {
        let paid: BTreeSet<&String> =
            stories.iter().flat_map(|(_, deeds)| deeds.values()).collect();
        for id in self.found.issued.keys().filter(|id| !paid.contains(id)) {
            let text = "nobody made this payment".to_owned();
            self.find(Wrong::Duplicate, None, &format!("bill payment {id}"), text);
        }
    }

    fn books(&mut self, expected: &Accounts) {
        if self.found.difference != Cents::ZERO {
            let text = format!("debits and credits differ by {}", self.found.difference);
            self.find(Wrong::Other, None, "trial balance", text);
        }
        for (account, should, is) in expected.differences(&self.found.accounts) {
            let text = format!("should have moved by {should}, and moved by {is}");
            self.find(Wrong::Other, None, &account, text);
        }
    }
}

/// The answer to a call was lost, and QuickBooks refuses its repetition: for ten minutes that says nothing about the first
/// time. The local stack has used up all attempts by then. What QuickBooks takes is never left so.
fn undecided(part: &Part, stored: &Stored) -> bool {
    let refused = part.ends[0].state != "posted";
    refused && stored.in_flight && stored.reason == "attempts_exhausted"
}

fn shown(ends: &[End]) -> String {
    let ends: Vec<String> =
        ends.iter().map(|end| format!("{} {}", end.state, end.reasons.join("/"))).collect();
    format!("it should be {}", ends.join(" or "))
}
