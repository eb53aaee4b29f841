use std::cell::RefCell;

use domain::id::HostId;
use domain::link::ListKind;
use futures_util::future::join_all;
use quickbooks::entity::Customer;
use quickbooks::{EntityKind, Operation, RequestId};

use super::*;
use crate::panic;

fn company(id: &str) -> CompanyId {
    CompanyId::parse(id).unwrap()
}

fn key(id: &str) -> LinkKey {
    LinkKey::new(ListKind::Customer, HostId::parse(id).unwrap())
}

fn write() -> Write {
    Write::create(RequestId::new("r").unwrap(), &Customer::named("A"))
}

fn of_size(bytes: usize) -> Write {
    let body = format!("{{\"DisplayName\":\"{}\"}}", "x".repeat(bytes));
    let id = RequestId::new("r").unwrap();
    Write::from_parts(EntityKind::Customer, Operation::Create, id, body).unwrap()
}

/// How many went together with each, in the order of the seats; 1 for alone.
async fn together(writes: Vec<(CompanyId, Write)>) -> Vec<(String, String)> {
    let meeting = Rc::new(Meeting::default());
    let seats: Vec<Seat> = writes.iter().map(|_| meeting.seat()).collect();
    let spots = RefCell::new(BTreeMap::new());
    let all = seats.into_iter().zip(writes).map(|(seat, (company, write))| {
        let number = seat.number;
        let spots = &spots;
        seat.clone().around(async move {
            let spot = seat.meet(&company, &write).await;
            spots.borrow_mut().insert(number, spot);
            // Nobody leaves before all have their spots.
            tokio::task::yield_now().await;
        })
    });
    join_all(all).await;
    let place = |spot: Option<Spot>| match spot {
        Some(spot) => (spot.place().batch, spot.place().item),
        None => ("alone".to_owned(), String::new()),
    };
    spots.into_inner().into_values().map(place).collect()
}

fn sizes(places: &[(String, String)]) -> Vec<usize> {
    let mut groups: Vec<(&str, usize)> = Vec::new();
    for (batch, _) in places {
        match groups.iter_mut().find(|(name, _)| name == batch && name != &"alone") {
            Some((_, count)) => *count += 1,
            None => groups.push((batch, 1)),
        }
    }
    groups.into_iter().map(|(_, count)| count).collect()
}

#[tokio::test]
async fn writes_go_together_thirty_at_a_time_and_one_alone() {
    for (count, expected) in
        [(1, &[1][..]), (2, &[2]), (30, &[30]), (31, &[30, 1]), (65, &[30, 30, 5])]
    {
        let places = together((0..count).map(|_| (company("1"), write())).collect()).await;
        assert_eq!(sizes(&places), expected, "{count} writes");
        if count == 2 {
            assert_eq!((places[0].1.as_str(), places[1].1.as_str()), ("1", "2"));
        }
    }
}

#[tokio::test]
async fn companies_and_large_bodies_do_not_share_a_batch() {
    let mixed = ["1", "2", "1", "2", "1"].map(|id| (company(id), write()));
    assert_eq!(sizes(&together(mixed.into()).await), [3, 2]);
    let large = [70_000, 70_000, 40_000, 200_000].map(|bytes| (company("1"), of_size(bytes)));
    assert_eq!(sizes(&together(large.into()).await), [2, 1, 1]);
}

#[tokio::test]
async fn nobody_waits_for_one_who_left_however_that_was() {
    let meeting = Rc::new(Meeting::default());
    let writes = async |seat: Seat| {
        let own = seat.clone();
        seat.around(async move { own.meet(&company("1"), &write()).await.is_some() }).await
    };
    let (one, other) = (meeting.seat(), meeting.seat());
    let (ends, panics, given_up) = (meeting.seat(), meeting.seat(), meeting.seat());
    let quiet = std::panic::take_hook();
    std::panic::set_hook(Box::new(|_| {}));
    let (first, second, _, _, _) = tokio::join!(
        writes(one),
        writes(other),
        ends.around(async {
            // The last to leave, so that those who write still wait.
            for _ in 0..5 {
                tokio::task::yield_now().await;
            }
        }),
        panic::catch(panics.around(async {
            tokio::task::yield_now().await;
            panic!("expected in this test");
        })),
        async {
            // It wants to write as well, and is dropped on the way, as by a time limit.
            let own = given_up.clone();
            let work = given_up.around(async move { own.meet(&company("1"), &write()).await });
            tokio::select! {
                biased;
                _ = work => panic!("everyone else still works"),
                () = tokio::task::yield_now() => {}
            }
        },
    );
    std::panic::set_hook(quiet);
    assert!(first && second, "the two that are left go together");
}

#[tokio::test]
async fn one_sees_to_an_entry_and_the_others_find_its_link() {
    let meeting = Rc::new(Meeting::default());
    let made = RefCell::new(0);
    let seats: Vec<Seat> = (0..5).map(|_| meeting.seat()).collect();
    let all = seats.into_iter().map(|seat| {
        let (own, made) = (seat.clone(), &made);
        seat.around(async move {
            let (company, keys) = (company("1"), [key("A1")]);
            if own.sees_to(&company, &keys) {
                own.meet(&company, &write()).await;
                *made.borrow_mut() += 1;
                own.note_link(&company, &key("A1"), &ObjectId::parse("58").unwrap());
            } else {
                own.wait_for(&company, &keys).await;
            }
            assert_eq!(own.linked(&company, &key("A1")).unwrap().as_str(), "58");
            own.meet(&company, &write()).await.is_some()
        })
    });
    assert_eq!(join_all(all).await, [true; 5], "then all write together");
    assert_eq!(*made.borrow(), 1);
}

#[tokio::test]
async fn an_entry_that_somebody_could_not_see_to_is_seen_to_by_the_next() {
    let meeting = Rc::new(Meeting::default());
    let (fails, next) = (meeting.seat(), meeting.seat());
    let (one, other) = (fails.clone(), next.clone());
    tokio::join!(
        fails.around(async move {
            assert!(one.sees_to(&company("1"), &[key("A1")]));
            tokio::task::yield_now().await;
        }),
        next.around(async move {
            assert!(!other.sees_to(&company("1"), &[key("A1"), key("A2")]));
            other.wait_for(&company("1"), &[key("A1"), key("A2")]).await;
            assert_eq!(other.linked(&company("1"), &key("A1")), None);
            assert!(other.sees_to(&company("1"), &[key("A1"), key("A2")]));
        }),
    );
}

#[tokio::test]
async fn those_who_wait_for_each_other_go_on() {
    let meeting = Rc::new(Meeting::default());
    let (one, other) = (meeting.seat(), meeting.seat());
    let work = async |seat: Seat, own: &str, wanted: &str| {
        let at = seat.clone();
        seat.around(async move {
            assert!(at.sees_to(&company("1"), &[key(own)]));
            tokio::task::yield_now().await;
            assert!(!at.sees_to(&company("1"), &[key(wanted)]));
            at.wait_for(&company("1"), &[key(wanted)]).await;
        })
        .await;
    };
    tokio::join!(work(one, "A1", "A2"), work(other, "A2", "A1"));
}

#[test]
fn a_pause_is_known_to_all_until_it_is_over() {
    let meeting = Meeting::default();
    let at = |seconds: i64| Timestamp::from_second(seconds).unwrap();
    assert_eq!(meeting.pause(at(0)), None);
    meeting.note_pause(at(60));
    assert_eq!((meeting.pause(at(59)), meeting.pause(at(60))), (Some(at(60)), None));
}

/// Who was told to write while somebody still works, in a stream where so many want to and so many others came after them.
async fn told_in_a_stream(bodies: &[Write], came_after: usize) -> Vec<usize> {
    let meeting = Rc::new(Meeting::of_a_stream());
    let busy = meeting.seat();
    let seats: Vec<Seat> = bodies.iter().map(|_| meeting.seat()).collect();
    let told = RefCell::new(Vec::new());
    let writers = seats.into_iter().zip(bodies).map(|(seat, write)| {
        let (told, number) = (&told, seat.number);
        seat.clone().around(async move {
            seat.meet(&company("1"), write).await;
            told.borrow_mut().push(number);
        })
    });
    let writers = join_all(writers);
    let observed = async {
        tokio::task::yield_now().await;
        for _ in 0..came_after {
            drop(Leaving(meeting.seat()));
        }
        tokio::task::yield_now().await;
        tokio::task::yield_now().await;
        let before = told.borrow().len();
        drop(Leaving(busy));
        before
    };
    let (_, before) = tokio::join!(writers, observed);
    vec![before, told.into_inner().len()]
}

#[tokio::test]
async fn in_a_stream_a_full_batch_goes_out_at_once_and_a_part_of_one_with_the_last() {
    let small = |count| vec![write(); count];
    let large = |count| vec![of_size(50_000); count];
    for (bodies, came_after, expected) in [
        (small(29), 0, [0, 29]),
        (small(30), 0, [30, 30]),
        (small(65), 0, [60, 65]),
        (large(2), 0, [0, 2]),
        (large(3), 0, [2, 3]),
        (small(3), PASSED_BY_AT_MOST / 2, [0, 3]),
        (small(3), PASSED_BY_AT_MOST + 9, [3, 3]),
    ] {
        let told = told_in_a_stream(&bodies, came_after).await;
        assert_eq!(told, expected, "{} writes, {came_after} came after", bodies.len());
    }
}
