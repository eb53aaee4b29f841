//! The keys of the table. Tenant first, so that a policy can fence by leading key.

use domain::id::{CompanyId, ObjectId, TenantId};
use domain::import::ImportId;
use domain::issued::IssuedId;
use domain::link::{LinkKey, ListKind};
use domain::list::List;
use domain::meter::Month;
use domain::posting::{PostingKey, State};
use jiff::Timestamp;
use uuid::Uuid;

/// Partition key.
pub(super) const PK: &str = "pk";
/// Sort key.
pub(super) const SK: &str = "sk";
/// Sort key of the connection.
pub(super) const CONNECTION: &str = "CONNECTION";
/// Sort key of the settings.
pub(super) const SETTINGS: &str = "SETTINGS";
/// What sort keys of postings start with.
pub(super) const POSTING: &str = "POSTING#";
/// What sort keys of links start with.
pub(super) const LINK: &str = "LINK#";
/// What sort keys of pulls start with.
pub(super) const PULL: &str = "PULL#";
/// What sort keys of issued payments start with.
pub(super) const ISSUED: &str = "ISSUED#";
/// What sort keys of imports start with.
pub(super) const IMPORT: &str = "IMPORT#";
/// Sort key of where a month stands on the ladder.
pub(crate) const LADDER: &str = "LADDER";
/// What sort keys of history lines start with.
pub(super) const HISTORY: &str = "HISTORY#";

/// The primary key of one item. No id contains `#`, so no part can be mistaken for another.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct Key {
    pub(super) pk: String,
    pub(super) sk: String,
}

impl Key {
    fn of(tenant: &TenantId, sk: impl Into<String>) -> Self {
        Self { pk: partition(tenant), sk: sk.into() }
    }

    pub(super) fn connection(tenant: &TenantId) -> Self {
        Self::of(tenant, CONNECTION)
    }

    pub(super) fn settings(tenant: &TenantId) -> Self {
        Self::of(tenant, SETTINGS)
    }

    pub(super) fn posting(tenant: &TenantId, key: &PostingKey) -> Self {
        Self::of(tenant, format!("{POSTING}{}", key.as_text()))
    }

    pub(super) fn batch(tenant: &TenantId, id: &str) -> Self {
        Self::of(tenant, format!("BATCH#{id}"))
    }

    pub(super) fn link(tenant: &TenantId, company: &CompanyId, key: &LinkKey) -> Self {
        Self::of(tenant, format!("{LINK}{company}#{}#{}", key.kind.as_str(), key.host_id))
    }

    /// The claim that makes one QuickBooks object stand for one host object; an index could not enforce that.
    pub(super) fn object(
        tenant: &TenantId,
        company: &CompanyId,
        kind: ListKind,
        id: &ObjectId,
    ) -> Self {
        Self::of(tenant, format!("OBJECT#{company}#{}#{id}", kind.as_str()))
    }

    /// Which posting made a bill; an index would not know it in time.
    pub(super) fn bill(tenant: &TenantId, company: &CompanyId, id: &ObjectId) -> Self {
        Self::of(tenant, format!("OBJECT#{company}#bill#{id}"))
    }

    pub(super) fn late_bill(tenant: &TenantId, company: &CompanyId, id: &ObjectId) -> Self {
        Self::of(tenant, format!("{}{id}", late_bill_prefix(company)))
    }

    pub(super) fn pull(tenant: &TenantId, company: &CompanyId) -> Self {
        Self::of(tenant, format!("{PULL}{company}"))
    }

    pub(super) fn governor(tenant: &TenantId, company: &CompanyId) -> Self {
        Self::of(tenant, format!("GOVERNOR#{company}"))
    }

    pub(super) fn import(tenant: &TenantId, id: &ImportId) -> Self {
        Self::of(tenant, format!("{IMPORT}{id}"))
    }

    /// Not below the import itself, so that a list of imports does not pass over thousands of bad lines.
    pub(super) fn import_problem(tenant: &TenantId, id: &ImportId, line: u64) -> Self {
        // As many digits as the longest file has lines, and more.
        Self::of(tenant, format!("{}{line:010}", import_problem_prefix(id)))
    }

    pub(super) fn issued(tenant: &TenantId, id: &IssuedId) -> Self {
        Self::of(tenant, format!("{}{}", issued_prefix(&id.company), id.payment))
    }

    pub(super) fn notice(tenant: &TenantId, key: &str) -> Self {
        Self::of(tenant, format!("NOTICE#{key}"))
    }

    pub(super) fn history(tenant: &TenantId, at: Timestamp) -> Self {
        Self::of(tenant, format!("{HISTORY}{}#{}", instant(at), Uuid::new_v4()))
    }

    /// Not among the lines: `_` sorts behind the `#` that they have there.
    pub(super) fn history_hidden(tenant: &TenantId) -> Self {
        Self::of(tenant, "HISTORY_HIDDEN")
    }

    pub(super) fn waiting(
        tenant: &TenantId,
        condition: &str,
        since: Timestamp,
        posting: &PostingKey,
    ) -> Self {
        Self::of(
            tenant,
            format!("{}{}#{}", wait_prefix(condition), instant(since), posting.as_text()),
        )
    }

    pub(super) fn sorted(tenant: &TenantId, sk: &str) -> Self {
        Self::of(tenant, sk)
    }

    pub(super) fn oauth_state(tenant: &TenantId, nonce_hash: &str) -> Self {
        Self::of(tenant, format!("STATE#{nonce_hash}"))
    }

    /// What a tenant read in a month. Outside the tenant's partition, since all of a month are added up.
    pub(super) fn meter(month: Month, tenant: &TenantId) -> Self {
        let partition = spread(tenant) % METER_PARTITIONS;
        Self { pk: meter_partition(month, partition), sk: format!("READS#{tenant}") }
    }

    /// Where a month stands on the ladder; the deployment's.
    pub(super) fn ladder(month: Month) -> Self {
        Self { pk: format!("METER#{month}"), sk: LADDER.to_owned() }
    }

    /// The claim that makes a company belong to one tenant. Outside the tenants' partitions, since it has to be found
    /// whosever it is.
    pub(super) fn company(company: &CompanyId) -> Self {
        Self { pk: format!("C#{company}"), sk: "CLAIM".to_owned() }
    }
}

/// The partition of a tenant.
pub(super) fn partition(tenant: &TenantId) -> String {
    format!("T#{tenant}")
}

/// What the sort keys of all that waits for a condition start with.
pub(super) fn wait_prefix(condition: &str) -> String {
    format!("WAIT#{condition}#")
}

/// What the sort keys of a company's links of one kind start with.
pub(super) fn link_prefix(company: &CompanyId, kind: ListKind) -> String {
    format!("{LINK}{company}#{}#", kind.as_str())
}

/// What the sort keys of a copied list start with.
pub(super) fn list_prefix(company: &CompanyId, list: List) -> String {
    format!("LIST#{company}#{}#", list.as_str())
}

/// What the sort keys of a company's bills that were unknown for a while start with.
pub(super) fn late_bill_prefix(company: &CompanyId) -> String {
    format!("LATE_BILL#{company}#")
}

/// What the sort keys of a company's issued payments start with.
pub(super) fn issued_prefix(company: &CompanyId) -> String {
    format!("{ISSUED}{company}#")
}

/// What the sort keys of an import's bad lines start with.
pub(super) fn import_problem_prefix(id: &ImportId) -> String {
    format!("IMPORT_PROBLEM#{id}#")
}

/// Partitions of the index among which the pulls of all tenants are spread.
pub(super) const PULL_PARTITIONS: u8 = 8;

/// Partitions of the table among which a month's reads are spread: one alone takes a thousand writes a second.
pub(super) const METER_PARTITIONS: u8 = 8;

/// A partition of the table that holds tenants' reads of a month.
pub(super) fn meter_partition(month: Month, partition: u8) -> String {
    format!("METER#{month}#{partition}")
}

/// Key in the index of pulls that are due at a time, over all tenants.
pub(super) fn pull_due_key(partition: u8) -> String {
    format!("PULL_DUE#{partition}")
}

/// Key in the index of postings that are not at rest.
pub(super) fn state_key(tenant: &TenantId, state: State) -> String {
    format!("{}#{}", partition(tenant), state.as_str())
}

/// Partitions of the index among which unfinished postings are spread: one alone takes a thousand writes a second.
pub(super) const UNFINISHED_PARTITIONS: u8 = 8;

/// Key in the index of postings that somebody works on or that still have to wake others, over all tenants: whoever
/// looks for them does not know whose they are.
pub(super) fn unfinished_key(partition: u8) -> String {
    format!("UNFINISHED#{partition}")
}

/// The partition of the index in which a tenant's unfinished postings are found.
pub(super) fn unfinished_partition(tenant: &TenantId) -> u8 {
    spread(tenant) % UNFINISHED_PARTITIONS
}

/// The partition of the index in which a tenant's pulls are found.
pub(super) fn pull_partition(tenant: &TenantId) -> u8 {
    spread(tenant) % PULL_PARTITIONS
}

/// Partitions of the index among which waiting postings are spread: in an outage, all of a busy host's records begin to wait.
pub(super) const WATCH_PARTITIONS: u8 = 8;

/// The partition of the index in which a tenant's waiting postings are found.
pub(super) fn watch_partition(tenant: &TenantId) -> u8 {
    spread(tenant) % WATCH_PARTITIONS
}

fn spread(tenant: &TenantId) -> u8 {
    tenant.as_str().bytes().fold(0u8, |sum, byte| sum.wrapping_mul(31).wrapping_add(byte))
}

/// The tenant of a partition of the table.
pub(super) fn tenant_of(partition: &str) -> Option<TenantId> {
    TenantId::parse(partition.strip_prefix("T#")?).ok()
}

/// A time as text that sorts as time does.
pub(super) fn instant(at: Timestamp) -> String {
    format!("{at:.6}")
}

#[cfg(test)]
mod tests {
    use domain::id::{HostId, MAX_ID_LENGTH};
    use domain::posting::{Condition, Workflow};
    use domain::record::RecordKind;

    use super::*;

    fn tenant() -> TenantId {
        TenantId::parse("acme").unwrap()
    }

    fn posting(id: &str) -> PostingKey {
        PostingKey::new(Workflow::AgentBilling, RecordKind::Bill, HostId::parse(id).unwrap())
    }

    fn expense(id: &str, payee: &str) -> PostingKey {
        PostingKey::expense(HostId::parse(id).unwrap(), HostId::parse(payee).unwrap())
    }

    #[test]
    fn every_key_starts_with_its_tenant_and_says_what_it_is() {
        let company = CompanyId::parse("4620").unwrap();
        let link = LinkKey::new(ListKind::Customer, HostId::parse("A7").unwrap());
        let object = ObjectId::parse("58").unwrap();
        let since: Timestamp = "2026-03-01T08:00:00.5Z".parse().unwrap();
        for (key, pk, sk) in [
            (Key::connection(&tenant()), "T#acme", "CONNECTION"),
            (Key::settings(&tenant()), "T#acme", "SETTINGS"),
            (Key::posting(&tenant(), &posting("B1")), "T#acme", "POSTING#agent_billing#bill#B1"),
            (
                Key::posting(&tenant(), &expense("D1", "A1")),
                "T#acme",
                "POSTING#agent_expense#disbursement#D1#A1",
            ),
            (Key::link(&tenant(), &company, &link), "T#acme", "LINK#4620#customer#A7"),
            (
                Key::object(&tenant(), &company, ListKind::Customer, &object),
                "T#acme",
                "OBJECT#4620#customer#58",
            ),
            (Key::governor(&tenant(), &company), "T#acme", "GOVERNOR#4620"),
            (Key::oauth_state(&tenant(), "ab12"), "T#acme", "STATE#ab12"),
            (Key::company(&company), "C#4620", "CLAIM"),
            (Key::meter(Month::of(since), &tenant()), "METER#2026-03#2", "READS#acme"),
            (Key::ladder(Month::of(since)), "METER#2026-03", "LADDER"),
            (
                Key::waiting(&tenant(), "connection", since, &posting("B1")),
                "T#acme",
                "WAIT#connection#2026-03-01T08:00:00.500000Z#agent_billing#bill#B1",
            ),
        ] {
            assert_eq!((key.pk.as_str(), key.sk.as_str()), (pk, sk));
        }
        assert_eq!(state_key(&tenant(), State::Blocked), "T#acme#blocked");
    }

    #[test]
    fn times_in_keys_sort_as_times() {
        let mut texts: Vec<String> =
            ["2026-03-01T08:00:01Z", "2026-03-01T08:00:00Z", "2026-03-01T08:00:00.25Z"]
                .iter()
                .map(|text| instant(text.parse().unwrap()))
                .collect();
        texts.sort();
        assert_eq!(
            texts,
            [
                "2026-03-01T08:00:00.000000Z",
                "2026-03-01T08:00:00.250000Z",
                "2026-03-01T08:00:01.000000Z"
            ]
        );
    }

    #[test]
    fn no_condition_is_mistaken_for_one_that_starts_like_it() {
        for (one, other) in [
            (posting("B1"), posting("B10")),
            (expense("D1", "A1"), expense("D1", "A10")),
            (expense("D1", "A1"), expense("D10", "A1")),
        ] {
            let one = wait_prefix(&Condition::Posting(Box::new(one)).as_text());
            let other = Condition::Posting(Box::new(other)).as_text();
            let other =
                Key::waiting(&tenant(), &other, Timestamp::UNIX_EPOCH, &expense("D1", "A1"));
            assert!(!other.sk.starts_with(&one), "{} starts with {one}", other.sk);
        }
    }

    #[test]
    fn the_longest_keys_stay_far_below_what_dynamodb_takes() {
        // The limits of a sort key and of a partition key:
        // https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Constraints.html#limits-partition-sort-keys
        let long = "x".repeat(MAX_ID_LENGTH);
        let tenant = TenantId::parse(&long).unwrap();
        let longest = expense(&long, &long);
        let condition = Condition::Posting(Box::new(longest.clone())).as_text();
        let key = Key::waiting(&tenant, &condition, Timestamp::UNIX_EPOCH, &longest);
        assert!(key.sk.len() > 4 * MAX_ID_LENGTH && key.sk.len() < 1024, "{}", key.sk);
        assert!(state_key(&tenant, State::Rejected).len() < 2048);
    }
}
