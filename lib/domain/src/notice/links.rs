//! What has become of the object behind a link.

use jiff::Timestamp;

use crate::id::HostId;
use crate::link::{Link, LinkProblem};
use crate::list::Entry;

/// Seconds by which what Intuit calls the time of a change may be behind what the change's answer said.
const ECHO_SECONDS: i64 = 2;

/// What to do about a link.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LinkNews {
    /// It is as it was.
    Nothing,
    /// The object has another name.
    Renamed(Link),
    /// The object cannot be used any more.
    Broken(Link),
    /// The object can be used again.
    Mended(Link),
    /// The object became another, to which the link leads now.
    Merged(Link),
}

/// Whether a change at `at` is one that we do not know of, rather than the echo of what we did ourselves.
pub fn is_news(link: &Link, at: Timestamp) -> bool {
    let known = link.changed_at.map(|known| known.as_second() + ECHO_SECONDS);
    known.is_none_or(|known| at.as_second() > known)
}

/// Judges a link whose object changed at `at`: it is `entry` now, or nothing.
pub fn judge_link(link: &Link, entry: Option<&Entry>, at: Timestamp) -> LinkNews {
    let changed_at = link.changed_at.max(Some(at));
    let with = |problem| Link { changed_at, problem, ..link.clone() };
    match (entry, &link.problem) {
        (None, Some(LinkProblem::Gone | LinkProblem::Merged { .. })) => LinkNews::Nothing,
        (None, _) => LinkNews::Broken(with(Some(LinkProblem::Gone))),
        (Some(entry), Some(LinkProblem::Inactive)) if !entry.active => LinkNews::Nothing,
        (Some(entry), _) if !entry.active => LinkNews::Broken(with(Some(LinkProblem::Inactive))),
        (Some(entry), Some(_)) => LinkNews::Mended(Link { name: entry.name.clone(), ..with(None) }),
        (Some(entry), None) if entry.name != link.name => {
            LinkNews::Renamed(Link { name: entry.name.clone(), ..with(None) })
        }
        (Some(_), None) => LinkNews::Nothing,
    }
}

/// Judges a link whose object was merged into another at `at`. `taken_by`: for whom the other stands already, since one
/// object cannot stand for two.
pub fn judge_merge(
    link: &Link,
    into: &Entry,
    taken_by: Option<&HostId>,
    at: Timestamp,
) -> LinkNews {
    let changed_at = link.changed_at.max(Some(at));
    match taken_by.filter(|by| **by != link.key.host_id) {
        Some(taken_by) => {
            let problem = LinkProblem::Merged { into: into.id.clone(), taken_by: taken_by.clone() };
            if link.problem.as_ref() == Some(&problem) {
                return LinkNews::Nothing;
            }
            LinkNews::Broken(Link { changed_at, problem: Some(problem), ..link.clone() })
        }
        None => LinkNews::Merged(Link {
            object_id: into.id.clone(),
            name: into.name.clone(),
            changed_at,
            problem: (!into.active).then_some(LinkProblem::Inactive),
            ..link.clone()
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::id::{CompanyId, ObjectId};
    use crate::link::{LinkKey, ListKind, Origin, SCHEMA};

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    fn link(problem: Option<LinkProblem>) -> Link {
        Link {
            schema: SCHEMA,
            key: LinkKey::new(ListKind::Customer, HostId::parse("A1").unwrap()),
            company: CompanyId::parse("9130").unwrap(),
            object_id: ObjectId::parse("58").unwrap(),
            name: "Ann".to_owned(),
            origin: Origin::Created,
            changed_at: Some(at("2026-05-01T10:00:00Z")),
            problem,
        }
    }

    fn entry(id: &str, name: &str, active: bool) -> Entry {
        Entry {
            id: ObjectId::parse(id).unwrap(),
            name: name.to_owned(),
            full_name: name.to_owned(),
            active,
            kind: None,
            classification: None,
            email: None,
            currency: None,
            sellable: true,
        }
    }

    fn what(news: &LinkNews) -> &'static str {
        match news {
            LinkNews::Nothing => "nothing",
            LinkNews::Renamed(_) => "renamed",
            LinkNews::Broken(_) => "broken",
            LinkNews::Mended(_) => "mended",
            LinkNews::Merged(_) => "merged",
        }
    }

    #[test]
    fn the_echo_of_our_own_change_is_no_news_and_a_later_change_is() {
        for (told, expected) in [
            ("2026-05-01T09:59:59Z", false),
            ("2026-05-01T10:00:00.9Z", false),
            ("2026-05-01T10:00:02.9Z", false),
            ("2026-05-01T10:00:03Z", true),
        ] {
            assert_eq!(is_news(&link(None), at(told)), expected, "{told}");
        }
        let unknown = Link { changed_at: None, ..link(None) };
        assert!(is_news(&unknown, at("2026-05-01T09:00:00Z")));
    }

    #[test]
    fn a_link_follows_what_becomes_of_its_object_and_says_it_once() {
        let later = at("2026-05-02T00:00:00Z");
        let gone = Some(LinkProblem::Gone);
        let inactive = Some(LinkProblem::Inactive);
        for (problem, entry, expected) in [
            (None, Some(entry("58", "Ann", true)), "nothing"),
            (None, Some(entry("58", "Ann Smith", true)), "renamed"),
            (None, Some(entry("58", "Ann (deleted)", false)), "broken"),
            (inactive.clone(), Some(entry("58", "Ann (deleted)", false)), "nothing"),
            (inactive, Some(entry("58", "Ann", true)), "mended"),
            (None, None, "broken"),
            (gone.clone(), None, "nothing"),
            (gone, Some(entry("58", "Ann", true)), "mended"),
        ] {
            let before = link(problem);
            let news = judge_link(&before, entry.as_ref(), later);
            assert_eq!(what(&news), expected, "{before:?} {entry:?}");
            if let LinkNews::Broken(link) = news {
                assert_eq!(link.name, "Ann", "an inactive entry has a name that is not its own");
                assert_eq!(link.changed_at, Some(later));
            }
        }
    }

    #[test]
    fn a_merged_object_takes_its_link_along_unless_the_other_stands_for_somebody() {
        let later = at("2026-05-02T00:00:00Z");
        let into = entry("60", "Ann Smith", true);
        let own = HostId::parse("A1").unwrap();
        for taken_by in [None, Some(&own)] {
            let LinkNews::Merged(link) = judge_merge(&link(None), &into, taken_by, later) else {
                panic!("merged");
            };
            assert_eq!((link.object_id.as_str(), link.name.as_str()), ("60", "Ann Smith"));
            assert_eq!(link.problem, None);
        }
        let other = HostId::parse("A2").unwrap();
        let LinkNews::Broken(broken) = judge_merge(&link(None), &into, Some(&other), later) else {
            panic!("broken");
        };
        assert_eq!(broken.object_id.as_str(), "58");
        assert_eq!(judge_merge(&broken, &into, Some(&other), later), LinkNews::Nothing);
    }
}
