//! The governor: moments are reserved by one of several at a time.

use domain::governor::{Governor, Kind, Reserved};

use crate::support::{Stack, now};

fn reserved(before: &Governor, by: &str) -> Governor {
    match before.reserve(Kind::Call, now()) {
        Reserved::Granted(governor, _) => Governor { written_by: by.to_owned(), ..governor },
        Reserved::Wait(until) => panic!("wait until {until}"),
    }
}

#[tokio::test]
async fn of_two_who_reserve_from_the_same_state_one_is_told_what_the_other_stored() {
    let Some(Stack { aws, tenant, company, .. }) = Stack::open().await else { return };
    let table = &aws.table;
    let idle = Governor::idle(company);
    let (one, other) = (reserved(&idle, "one"), reserved(&idle, "other"));
    assert_eq!(table.put_governor(&tenant, &one).await.unwrap(), Ok(()));
    let refused = table.put_governor(&tenant, &other).await.unwrap();
    assert_eq!(refused, Err(Some(one.clone())));
    // A repetition whose first answer was lost.
    assert_eq!(table.put_governor(&tenant, &one).await.unwrap(), Ok(()));
    let next = reserved(&Governor { next_call: now(), ..one }, "other");
    assert_eq!(table.put_governor(&tenant, &next).await.unwrap(), Ok(()));
}

#[tokio::test]
async fn whoever_remembers_a_governor_that_is_gone_is_told_so() {
    let Some(Stack { aws, tenant, company, .. }) = Stack::open().await else { return };
    let second = Governor { revision: 2, ..Governor::idle(company) };
    assert_eq!(aws.table.put_governor(&tenant, &second).await.unwrap(), Err(None));
}
