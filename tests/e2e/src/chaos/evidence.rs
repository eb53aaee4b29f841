//! What is known of what went wrong, gathered while it can be asked for.

use std::collections::BTreeSet;
use std::fmt::Write;

use reqwest::Method;

use super::check::{Finding, Wrong};
use super::ledger::Deeds;
use super::schedule::{Company, Story};
use super::snapshot::{Snapshot, Stored};
use crate::http::order;
use crate::{Tenant, stack};

/// Findings of one tenant that are shown in full; where there are more, they have one cause.
const SHOWN: usize = 5;
/// Calls that are shown about a posting; the last ones.
const CALLS: usize = 40;

/// One thing that is wrong, for people.
#[derive(Debug, Clone)]
pub(super) struct Evidence {
    /// What kind of thing.
    pub(super) wrong: Wrong,
    /// What should be and what is, and all that is known of it.
    pub(super) text: String,
}

/// Describes what is wrong with a tenant's records.
pub(super) async fn of(
    tenant: &Tenant,
    company: Company,
    told: &[(Story, Deeds)],
    snapshot: &Snapshot,
    findings: Vec<Finding>,
) -> Vec<Evidence> {
    let mut all = Vec::new();
    for (place, finding) in findings.into_iter().enumerate() {
        let mut text =
            format!("{}, company {}, {}: {}", tenant.id, tenant.realm, finding.about, finding.text);
        if place < SHOWN {
            let _ = write!(text, "\n  company  {company:?}");
            if let Some((story, deeds)) = finding.story.map(|story| &told[story]) {
                let _ = write!(text, "\n  story    {}: {:?}", story.about, story.records);
                let _ = write!(text, "\n  acts     {:?}\n  deeds    {deeds:?}", story.acts);
            }
            if let Some(stored) = snapshot.postings.get(&finding.about) {
                let _ = write!(text, "\n  posting  {}", stored.whole);
                text.push_str(&calls(snapshot, stored).await);
            }
            text.push_str(&history(tenant, &finding.about).await);
        }
        all.push(Evidence { wrong: finding.wrong, text });
    }
    all
}

/// The lines of history about a posting, newest first.
async fn history(tenant: &Tenant, posting: &str) -> String {
    let mut parts = posting.split('#').skip(1);
    let (Some(kind), Some(id)) = (parts.next(), parts.next()) else { return String::new() };
    let listed = tenant.ask(&format!("history?limit=20&kind={kind}&record={id}")).await;
    let lines = listed.body["history"].as_array().cloned().unwrap_or_default();
    lines.iter().fold(String::new(), |mut text, line| {
        let _ = write!(text, "\n  history  {line}");
        text
    })
}

/// What passed between the functions, the table and QuickBooks about a posting, as far as the proxy still knows it: all that
/// carried the mark of one of its documents.
async fn calls(snapshot: &Snapshot, stored: &Stored) -> String {
    let mut text = String::new();
    let booked = stored.objects.iter().filter_map(|key| snapshot.books.get(key));
    let marks: BTreeSet<&String> = booked.filter_map(|booked| booked.marker.as_ref()).collect();
    for mark in marks {
        let url = format!("{}/operations?match=lb:{mark}", stack().proxy_control);
        let listed = order(Method::GET, &url, None).await;
        let all = listed["operations"].as_array().cloned().unwrap_or_default();
        for call in all.iter().rev().take(CALLS).rev() {
            let _ = write!(text, "\n  call     {call}");
        }
    }
    text
}
