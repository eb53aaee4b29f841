//! Links changed by hand: the old claim goes when the new one comes, and of many at once one wins.

use aws::table::{Claim, Guard, HistorySpan, Relinked, WriteError};
use domain::link::{Link, ListKind, Origin};
use domain::posting::{Condition, State};
use tokio::task::JoinSet;

use crate::support::{Stack, company, first, later, line, link, now, waits};

fn by_hand(host: &str, object: &str) -> Link {
    Link { origin: Origin::ByHand, ..link(host, object) }
}

async fn links(stack: &Stack) -> Vec<(String, String)> {
    let (table, tenant) = (&stack.aws.table, &stack.tenant);
    let page = table.links(tenant, &company(), ListKind::Customer, 100, None).await;
    let links = page.unwrap().links.into_iter();
    links.map(|link| (link.key.host_id.to_string(), link.object_id.to_string())).collect()
}

#[tokio::test]
async fn relinking_frees_the_object_that_was_linked_and_unlinking_frees_both() {
    let Some(stack) = Stack::open().await else { return };
    let (table, tenant) = (&stack.aws.table, &stack.tenant);
    let found = link("A1", "58");
    assert_eq!(table.claim_link(tenant, &found).await.unwrap(), Claim::Done);
    let second = by_hand("A1", "59");
    let relink = table.relink(tenant, &second, Some(&found), &line("linked")).await.unwrap();
    assert_eq!(relink, Relinked::Done);
    // The old object is free, the new one is not.
    assert_eq!(table.claim_link(tenant, &link("A2", "58")).await.unwrap(), Claim::Done);
    let taken = table.relink(tenant, &by_hand("A3", "59"), None, &line("linked")).await.unwrap();
    assert_eq!(taken, Relinked::TakenBy(second.key.clone()));
    // Who saw the link as it was may change nothing.
    let late = table.relink(tenant, &by_hand("A1", "60"), Some(&found), &line("linked")).await;
    assert_eq!(late.unwrap(), Relinked::Changed);
    assert_eq!(table.unlink(tenant, &found, &line("unlinked")).await.unwrap(), Relinked::Changed);

    assert_eq!(table.unlink(tenant, &second, &line("unlinked")).await.unwrap(), Relinked::Done);
    let again = table.unlink(tenant, &second, &line("unlinked")).await.unwrap();
    assert_eq!(again, Relinked::Changed);
    assert_eq!(table.claim_link(tenant, &link("A4", "59")).await.unwrap(), Claim::Done);
    let actions: Vec<String> = table
        .history(tenant, &HistorySpan::default(), 10, None)
        .await
        .unwrap()
        .lines
        .into_iter()
        .map(|(_, line)| line.action)
        .collect();
    assert_eq!(actions.len(), 2, "what was refused left no line: {actions:?}");
    let page = table.links(tenant, &company(), ListKind::Customer, 1, None).await.unwrap();
    assert_eq!((page.links.len(), page.next.as_deref()), (1, Some("A2")));
    assert_eq!(
        links(&stack).await,
        [("A2", "58"), ("A4", "59")].map(|(a, b)| (a.into(), b.into()))
    );
}

#[tokio::test]
async fn of_many_who_link_unlink_and_find_the_same_object_at_once_one_has_it() {
    let Some(stack) = Stack::open().await else { return };
    let before = link("A0", "58");
    stack.aws.table.claim_link(&stack.tenant, &before).await.unwrap();
    let mut calls = JoinSet::new();
    for number in 0..12 {
        let (table, tenant) = (stack.aws.table.clone(), stack.tenant.clone());
        let before = before.clone();
        calls.spawn(async move {
            let host = format!("A{number}");
            match number % 3 {
                0 => {
                    let _ = table.unlink(&tenant, &before, &line("unlinked")).await;
                }
                1 => {
                    let _ =
                        table.relink(&tenant, &by_hand(&host, "58"), None, &line("linked")).await;
                }
                _ => {
                    let _ = table.claim_link(&tenant, &link(&host, "58")).await;
                }
            }
        });
    }
    while let Some(call) = calls.join_next().await {
        call.unwrap();
    }
    let left = links(&stack).await;
    assert!(left.len() <= 1, "{left:?}");
    // Whoever has it, has the claim too: everyone else is told so; and if nobody has it, it is free.
    let claim = stack.aws.table.claim_link(&stack.tenant, &link("A99", "58")).await.unwrap();
    match (left.first(), claim) {
        (None, Claim::Done) => {}
        (Some((host, _)), Claim::TakenBy(key)) => assert_eq!(key.host_id.as_str(), host),
        (left, claim) => panic!("{left:?} but {claim:?}"),
    }
}

#[tokio::test]
async fn nothing_begins_to_wait_for_a_mapping_that_was_changed_meanwhile() {
    let Some(stack) = Stack::open().await else { return };
    let (table, tenant) = (&stack.aws.table, &stack.tenant);
    let (seen, other) = (link("A1", "58"), by_hand("A1", "59"));
    table.claim_link(tenant, &seen).await.unwrap();
    let mut blocked = first("B1", State::Blocked);
    blocked.blocked_by = Some(Condition::Mapping.as_text());
    blocked.blocked_since = Some(now());
    let links = vec![(seen.key.clone(), seen.object_id.clone(), false)];
    let guard = Guard::Links { company: company(), links };
    table.relink(tenant, &other, Some(&seen), &line("linked")).await.unwrap();
    let refused = table.write_posting(tenant, &blocked, waits(&guard)).await;
    assert!(matches!(refused, Err(WriteError::Cleared)), "{refused:?}");
    table.relink(tenant, &seen, Some(&other), &line("linked")).await.unwrap();
    table.write_posting(tenant, &blocked, waits(&guard)).await.unwrap();
    let waiting = table.waiting(tenant, Condition::Mapping.as_text(), later(1), 10).await.unwrap();
    assert_eq!(waiting.len(), 1);
}
