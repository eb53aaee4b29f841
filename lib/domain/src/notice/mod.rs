//! Notices: what Intuit told of a change in QuickBooks. A notice says where to look, never what is there.

mod links;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::fingerprint;
use crate::id::{CompanyId, ObjectId};
use crate::list::List;

pub use links::{LinkNews, is_news, judge_link, judge_merge};

/// Layout of the stored notice that this code writes.
pub const SCHEMA: u32 = 1;
/// How long a notice is remembered, so that one that comes again is known. Intuit repeats what was not answered every six
/// hours, without saying for how long.
const REMEMBERED: SignedDuration = SignedDuration::from_hours(14 * 24);

/// A change in QuickBooks that concerns what ledgerbridge keeps.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Notice {
    /// Layout of this stored item.
    pub schema: u32,
    /// The company.
    pub company: CompanyId,
    /// What changed, as QuickBooks calls it.
    pub entity: String,
    /// Its id.
    pub id: ObjectId,
    /// What was done to it, as Intuit calls it.
    pub operation: String,
    /// When, by QuickBooks' clock.
    pub at: Timestamp,
    /// The object that was merged into this one.
    pub merged_away: Option<ObjectId>,
    /// It was seen to.
    pub done: bool,
    /// When it is forgotten.
    #[serde(with = "jiff::fmt::serde::timestamp::second::required")]
    pub expires_at: Timestamp,
}

/// What a notice makes us look at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum About {
    /// Payments on bills.
    Payments,
    /// An entry of a list.
    Entries(List),
    /// The company's preferences, among them the closing date.
    Books,
}

impl About {
    /// What a change of such an object makes us look at; nothing for what ledgerbridge keeps nothing of.
    pub fn of(entity: &str) -> Option<Self> {
        let list = match entity {
            "BillPayment" => return Some(Self::Payments),
            "Preferences" => return Some(Self::Books),
            "Account" => List::Accounts,
            "Item" => List::Items,
            "Customer" => List::Customers,
            "Vendor" => List::Vendors,
            "Class" => List::Classes,
            "Department" => List::Departments,
            "Term" => List::Terms,
            "PaymentMethod" => List::PaymentMethods,
            _ => return None,
        };
        Some(Self::Entries(list))
    }
}

impl Notice {
    /// A notice that has just arrived.
    pub fn new(
        company: CompanyId,
        entity: String,
        id: ObjectId,
        operation: String,
        at: Timestamp,
        merged_away: Option<ObjectId>,
        now: Timestamp,
    ) -> Self {
        let expires_at = now + REMEMBERED;
        let (schema, done) = (SCHEMA, false);
        Self { schema, company, entity, id, operation, at, merged_away, done, expires_at }
    }

    /// Names it: the same for all that tell the same change, in whichever form they come.
    pub fn key(&self) -> String {
        fingerprint::of(&(
            &self.company,
            &self.entity,
            &self.id,
            &self.operation,
            self.at,
            &self.merged_away,
        ))
    }

    /// Whether two objects became one.
    pub fn is_merge(&self) -> bool {
        self.merged_away.is_some() || self.operation == "Merge"
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_change_told_twice_has_one_name_and_another_change_another() {
        let notice = |id: &str, at: &str, now: &str| {
            Notice::new(
                CompanyId::parse("9130").unwrap(),
                "Customer".to_owned(),
                ObjectId::parse(id).unwrap(),
                "Update".to_owned(),
                at.parse().unwrap(),
                None,
                now.parse().unwrap(),
            )
        };
        let (at, now, later) =
            ("2026-05-01T10:00:00Z", "2026-05-01T10:00:01Z", "2026-05-02T00:00:00Z");
        let first = notice("58", at, now);
        assert_eq!(first.key(), notice("58", at, later).key());
        assert_ne!(first.key(), notice("59", at, now).key());
        assert_ne!(first.key(), notice("58", later, now).key());
        assert_eq!(first.expires_at, now.parse::<Timestamp>().unwrap() + REMEMBERED);
    }

    #[test]
    fn what_nobody_keeps_anything_of_makes_us_look_at_nothing() {
        assert_eq!(About::of("BillPayment"), Some(About::Payments));
        assert_eq!(About::of("Vendor"), Some(About::Entries(List::Vendors)));
        assert_eq!(About::of("Preferences"), Some(About::Books));
        for entity in ["Invoice", "Payment", "Bill", "Estimate", "Hologram", "", "vendor"] {
            assert_eq!(About::of(entity), None, "{entity}");
        }
    }
}
