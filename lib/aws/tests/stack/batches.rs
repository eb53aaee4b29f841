//! Batches: stored once before they are sent, decided about by one at a time.

use domain::batch::{Batch, Member, Standing};

use crate::support::{Stack, company, key, later, now};

fn batch() -> Batch {
    let member = |id: &str| Member { posting: key(id), item: id.to_owned() };
    let members = vec![member("1"), member("2")];
    Batch::new("b1".to_owned(), company(), members, r#"{"BatchItemRequest":[]}"#.to_owned(), now())
}

#[tokio::test]
async fn a_batch_comes_back_as_it_was_stored_and_nobody_elses_does() {
    let Some(stack) = Stack::open().await else { return };
    let Some(other) = Stack::open().await else { return };
    let table = &stack.aws.table;
    assert_eq!(table.batch(&stack.tenant, "b1").await.unwrap(), None);
    assert!(table.write_batch(&stack.tenant, &batch()).await.unwrap());
    assert_eq!(table.batch(&stack.tenant, "b1").await.unwrap(), Some(batch()));
    assert_eq!(table.batch(&other.tenant, "b1").await.unwrap(), None);
    let repeated = batch().repeated_by("me", later(60), later(30));
    assert!(table.write_batch(&stack.tenant, &repeated).await.unwrap());
    let answered = repeated.answered("{}".to_owned());
    assert!(table.write_batch(&stack.tenant, &answered).await.unwrap());
    assert_eq!(table.batch(&stack.tenant, "b1").await.unwrap(), Some(answered));
}

#[tokio::test]
async fn what_was_disowned_is_never_sent_and_what_is_sent_is_never_disowned() {
    let Some(stack) = Stack::open().await else { return };
    let table = &stack.aws.table;
    let never = Batch::never_sent("b1".to_owned(), company(), later(90));
    assert!(table.write_batch(&stack.tenant, &never).await.unwrap());
    assert!(!table.write_batch(&stack.tenant, &batch()).await.unwrap());
    let sent = Batch { id: "b2".to_owned(), ..batch() };
    assert!(table.write_batch(&stack.tenant, &sent).await.unwrap());
    assert!(table.write_batch(&stack.tenant, &sent).await.unwrap(), "the echo of an own write");
    let never = Batch { id: "b2".to_owned(), ..never };
    assert!(!table.write_batch(&stack.tenant, &never).await.unwrap());
    let stored = table.batch(&stack.tenant, "b2").await.unwrap().unwrap();
    assert_eq!(stored.standing, Standing::Open);
}

#[tokio::test]
async fn of_many_who_would_send_it_again_one_does() {
    let Some(stack) = Stack::open().await else { return };
    assert!(stack.aws.table.write_batch(&stack.tenant, &batch()).await.unwrap());
    let mut callers = tokio::task::JoinSet::new();
    for caller in 0..10 {
        let (table, tenant) = (stack.aws.table.clone(), stack.tenant.clone());
        let claim = batch().repeated_by(&caller.to_string(), later(60), later(30));
        callers.spawn(async move { table.write_batch(&tenant, &claim).await.unwrap() });
    }
    let won = callers.join_all().await.into_iter().filter(|won| *won).count();
    assert_eq!(won, 1);
    assert!(!stack.aws.table.write_batch(&stack.tenant, &batch().closed()).await.unwrap());
}
