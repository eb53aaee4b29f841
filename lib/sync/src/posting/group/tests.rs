use domain::id::HostId;
use futures_util::future::join_all;
use quickbooks::entity::Customer;

use super::*;

fn key(id: &str) -> PostingKey {
    PostingKey::bill(HostId::parse(id).unwrap())
}

fn write() -> Write {
    Write::create(RequestId::new("r").unwrap(), &Customer::named("A"))
}

/// Joins after so many turns of the others, and tells what became of it: `None` if it sent for all.
async fn joins(mut spot: Spot, turns: usize) -> Option<Outcome> {
    for _ in 0..turns {
        tokio::task::yield_now().await;
    }
    spot.join(&key("B1"), &write());
    let outcome = spot.outcome().await;
    if outcome.is_none() {
        let _leading = Leading(&spot.group);
        tokio::task::yield_now().await;
        spot.group.end(Outcome::OutOfTime);
    }
    outcome
}

#[tokio::test]
async fn one_sends_for_all_when_the_last_has_joined_or_given_up() {
    for gives_up in [None, Some(0), Some(1), Some(2)] {
        let spots = Group::of(3);
        let group = Rc::clone(&spots[0].group);
        let items: Vec<String> = spots.iter().map(|spot| spot.place().item).collect();
        assert_eq!(items, ["1", "2", "3"]);
        let all = spots.into_iter().enumerate().map(async |(number, spot)| {
            if gives_up == Some(number) {
                for _ in 0..5 {
                    tokio::task::yield_now().await;
                }
                drop(spot);
                return false;
            }
            joins(spot, number).await.is_none()
        });
        let sent = join_all(all).await.into_iter().filter(|sent| *sent).count();
        assert_eq!(sent, 1, "{gives_up:?} gives up");
        let joined: Vec<String> =
            group.round.borrow().joined.iter().map(|joined| joined.item.to_string()).collect();
        let expected = (0..3).filter(|number| Some(*number) != gives_up);
        let expected: Vec<String> = expected.map(|number| (number + 1).to_string()).collect();
        assert_eq!(joined, expected, "{gives_up:?} gives up");
    }
}

#[tokio::test]
async fn whoever_waits_for_one_who_is_gone_is_told_so() {
    let mut spots = Group::of(2);
    let (mut sends, waits) = (spots.remove(0), spots.remove(0));
    let gone = async {
        tokio::task::yield_now().await;
        sends.join(&key("B2"), &write());
        assert!(sends.outcome().await.is_none(), "it was the last to join");
        let _leading = Leading(&sends.group);
        tokio::task::yield_now().await;
    };
    let (_, told) = tokio::join!(gone, joins(waits, 0));
    assert!(matches!(told, Some(Outcome::Lost)));
}

#[test]
fn a_batch_that_is_refused_for_what_it_says_goes_out_one_by_one_and_no_other() {
    for (class, expected) in [
        (Class::Rejected, true),
        (Class::NotFound, true),
        (Class::DuplicateName, true),
        (Class::Uncertain, false),
        (Class::Unavailable, false),
        (Class::TokenExpired, false),
        (Class::Reconnect, false),
        (Class::CompanyUnavailable, false),
        (Class::Throttled { retry_after: None }, false),
    ] {
        assert_eq!(is_about_the_batch(class), expected, "{class:?}");
    }
}
