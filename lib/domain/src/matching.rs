//! Which entries of a QuickBooks list may stand for a host object: proposals for a person to confirm, never acted upon.

use std::collections::BTreeSet;

use crate::id::ObjectId;
use crate::list::Entry;
use crate::name;

/// Proposals for one host object.
pub const MOST: usize = 5;
/// Similar names score at most this much, so that none stands before a reason that is a fact.
const SIMILAR_AT_MOST: usize = 85;
/// What is less alike only wastes a person's time.
const LEAST: usize = 60;

/// Why an entry is proposed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Why {
    /// QuickBooks itself holds the names for equal.
    SameName,
    /// The e-mail addresses are equal.
    SameEmail,
    /// The names have the same letters and digits.
    Punctuation,
    /// The names are alike.
    SimilarName,
}

impl Why {
    /// The reason as people read it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::SameName => "same name",
            Self::SameEmail => "same e-mail",
            Self::Punctuation => "name differs only in punctuation or case",
            Self::SimilarName => "similar name",
        }
    }
}

/// A proposed entry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Proposal {
    /// The entry.
    pub id: ObjectId,
    /// Its name.
    pub name: String,
    /// From 0 to 100.
    pub score: usize,
    /// Why.
    pub why: Why,
}

/// An entry, made ready for many comparisons.
#[derive(Debug)]
pub struct Candidate<'a> {
    entry: &'a Entry,
    name: Prepared,
}

impl<'a> Candidate<'a> {
    /// Prepares an entry.
    pub fn new(entry: &'a Entry) -> Self {
        Self { entry, name: Prepared::of(&entry.name) }
    }
}

/// The best proposals for a host object, best first; equal ones by name, so that the answer does not change from call
/// to call.
pub fn best(name: &str, email: Option<&str>, candidates: &[Candidate<'_>]) -> Vec<Proposal> {
    let wanted = Prepared::of(name);
    let mut proposals: Vec<Proposal> = candidates
        .iter()
        .filter_map(|candidate| {
            let (score, why) = compare(name, &wanted, email, candidate)?;
            let Entry { id, name, .. } = candidate.entry;
            Some(Proposal { id: id.clone(), name: name.clone(), score, why })
        })
        .collect();
    proposals.sort_by(|a, b| {
        b.score.cmp(&a.score).then_with(|| (&a.name, &a.id).cmp(&(&b.name, &b.id)))
    });
    proposals.truncate(MOST);
    proposals
}

fn compare(
    name: &str,
    wanted: &Prepared,
    email: Option<&str>,
    candidate: &Candidate<'_>,
) -> Option<(usize, Why)> {
    if name::same(name, &candidate.entry.name) {
        return Some((100, Why::SameName));
    }
    let mail = candidate.entry.email.as_deref();
    if email.zip(mail).is_some_and(|(one, other)| name::same(one, other) && !one.trim().is_empty())
    {
        return Some((95, Why::SameEmail));
    }
    if !wanted.letters.is_empty() && wanted.letters == candidate.name.letters {
        return Some((90, Why::Punctuation));
    }
    let score = wanted.likeness(&candidate.name) * SIMILAR_AT_MOST / 100;
    (score >= LEAST).then_some((score, Why::SimilarName))
}

/// Buckets of letters; with them most names are told apart without measuring.
const BUCKETS: usize = 32;

/// A name in the forms that are compared.
#[derive(Debug)]
struct Prepared {
    /// Letters and digits only, small.
    letters: String,
    length: usize,
    counts: [usize; BUCKETS],
    words: BTreeSet<String>,
}

impl Prepared {
    fn of(name: &str) -> Self {
        let small = name.to_lowercase();
        // An apostrophe is inside a word ("Amy's"); everything else that is no letter ends one.
        let joined: String =
            small.chars().filter(|c| !matches!(c, '\'' | '\u{2019}' | '.')).collect();
        let words = joined.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty());
        let letters: String = small.chars().filter(|c| c.is_alphanumeric()).collect();
        let mut counts = [0; BUCKETS];
        for c in letters.chars() {
            counts[c as usize % BUCKETS] += 1;
        }
        Self {
            length: letters.chars().count(),
            words: words.map(str::to_owned).collect(),
            letters,
            counts,
        }
    }

    /// From 0 to 100: the better of how few letters differ and how many words are shared.
    fn likeness(&self, other: &Self) -> usize {
        self.by_letters(other).max(self.by_words(other))
    }

    fn by_letters(&self, other: &Self) -> usize {
        let longer = self.length.max(other.length);
        if longer == 0 {
            return 0;
        }
        let share = |distance: usize| 100 * longer.saturating_sub(distance) / longer;
        // At least so many letters differ, whatever their order.
        let (mut surplus, mut lack) = (0, 0);
        for (one, two) in self.counts.iter().zip(&other.counts) {
            surplus += one.saturating_sub(*two);
            lack += two.saturating_sub(*one);
        }
        if share(surplus.max(lack)) * SIMILAR_AT_MOST / 100 < LEAST {
            return 0;
        }
        share(strsim::levenshtein(&self.letters, &other.letters))
    }

    fn by_words(&self, other: &Self) -> usize {
        let all = self.words.len() + other.words.len();
        // One shared word says nothing: half of all names end in "Inc".
        match self.words.intersection(&other.words).count() {
            0 | 1 => 0,
            shared => 200 * shared / all,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(id: &str, name: &str, email: Option<&str>) -> Entry {
        Entry {
            id: ObjectId::parse(id).unwrap(),
            name: name.to_owned(),
            full_name: name.to_owned(),
            active: true,
            kind: None,
            classification: None,
            email: email.map(str::to_owned),
            currency: None,
            sellable: true,
        }
    }

    #[test]
    fn each_pair_of_names_has_its_score_and_reason() {
        for (host, email, theirs, their_email, expected) in [
            (
                "Amy's Bird Sanctuary",
                None,
                "amy's bird sanctuary ",
                None,
                Some((100, Why::SameName)),
            ),
            (
                "amys bird sanctuary",
                None,
                "Amy's Bird Sanctuary",
                None,
                Some((90, Why::Punctuation)),
            ),
            ("Birds", Some("A@x.com"), "Amy", Some("a@X.com"), Some((95, Why::SameEmail))),
            ("Birds", Some(""), "Amy", Some(""), None),
            ("Cool Cars", None, "Cool Carz", None, Some((73, Why::SimilarName))),
            (
                "Sanctuary Bird Amy's",
                None,
                "Amy's Bird Sanctuary",
                None,
                Some((85, Why::SimilarName)),
            ),
            ("Bird Sanctuary", None, "Amy's Bird Sanctuary", None, Some((68, Why::SimilarName))),
            ("Acme Inc", None, "Zenith Inc", None, None),
            ("Ann", None, "Bob", None, None),
            ("--", None, "!!", None, None),
            ("株式会社", None, "株式会社", None, Some((100, Why::SameName))),
        ] {
            let entry = entry("1", theirs, their_email);
            let found = best(host, email, &[Candidate::new(&entry)]);
            let found = found.first().map(|proposal| (proposal.score, proposal.why));
            assert_eq!(found, expected, "{host:?} {theirs:?}");
        }
    }

    #[test]
    fn the_best_come_first_and_few() {
        let mut entries: Vec<Entry> =
            (1..=8).map(|n| entry(&format!("{n}"), &format!("Cool Cars {n}"), None)).collect();
        entries.push(entry("9", "cool-cars", None));
        let candidates: Vec<_> = entries.iter().map(Candidate::new).collect();
        let found = best("Cool Cars", None, &candidates);
        let ids: Vec<_> = found.iter().map(|proposal| proposal.id.as_str()).collect();
        assert_eq!(ids, ["9", "1", "2", "3", "4"]);
    }
}
