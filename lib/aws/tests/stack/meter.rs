//! The meter: reads are added up, and the ladder has one writer at a time.

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::types::AttributeValue;
use domain::meter::{Ladder, Month, Step, Usage};
use jiff::{SignedDuration, Timestamp};

use crate::support::Stack;

/// A month that no other test looks at, since it is the test's own.
fn month_of(stack: &Stack) -> Month {
    let number =
        stack.tenant.as_str().bytes().fold(0i64, |sum, byte| (sum * 31 + i64::from(byte)) % 90_000);
    let begin: Timestamp = "2200-01-15T00:00:00Z".parse().unwrap();
    Month::of(begin + SignedDuration::from_hours(24 * 31 * number))
}

/// The partition in which a tenant's reads lie: found by writing some, which are taken away again.
pub(crate) async fn partition_of(stack: &Stack, month: Month) -> String {
    stack.aws.table.count_reads(&stack.tenant, month, 0, 1).await.unwrap();
    let client = Client::new(&stack.config);
    let sk = AttributeValue::S(format!("READS#{}", stack.tenant));
    for number in 0..8 {
        let pk = format!("METER#{month}#{number}");
        let delete = client.delete_item().table_name(&stack.names().table);
        let delete = delete.key("pk", AttributeValue::S(pk.clone())).key("sk", sk.clone());
        let delete = delete.return_values(aws_sdk_dynamodb::types::ReturnValue::AllOld);
        if delete.send().await.unwrap().attributes.is_some_and(|old| !old.is_empty()) {
            return pk;
        }
    }
    panic!("the reads of {} are in no partition", stack.tenant);
}

#[tokio::test]
async fn reads_are_added_up_by_tenant_and_day() {
    let Some(stack) = Stack::open().await else { return };
    let (table, tenant, month) = (&stack.aws.table, &stack.tenant, month_of(&stack));
    assert_eq!(table.tenant_reads(tenant, month).await.unwrap(), None);
    assert_eq!(table.month_reads(month).await.unwrap(), []);
    for (day, reads) in [(0, 2), (30, 5), (0, 1)] {
        table.count_reads(tenant, month, day, reads).await.unwrap();
    }
    let reads = table.tenant_reads(tenant, month).await.unwrap().unwrap();
    assert_eq!((reads.days.0[0], reads.days.0[30], reads.days.total()), (3, 5, 8));
    let others = stack.tenant.as_str().replace("aws", "other");
    let other = domain::id::TenantId::parse(&others).unwrap();
    table.count_reads(&other, month, 1, 7).await.unwrap();
    let mut all: Vec<_> = table
        .month_reads(month)
        .await
        .unwrap()
        .into_iter()
        .map(|it| (it.tenant, it.days.total()))
        .collect();
    all.sort();
    assert_eq!(all, [(tenant.clone(), 8), (other, 7)]);
}

#[tokio::test]
async fn many_who_count_at_once_lose_nothing() {
    let Some(stack) = Stack::open().await else { return };
    let month = month_of(&stack);
    let count = async |reads| {
        let counted = stack.aws.table.count_reads(&stack.tenant, month, 3, reads).await;
        counted.unwrap();
    };
    tokio::join!(count(1), count(2), count(3), count(4), count(5));
    let reads = stack.aws.table.tenant_reads(&stack.tenant, month).await.unwrap().unwrap();
    assert_eq!(reads.days.0[3], 15);
}

#[tokio::test]
async fn of_two_who_move_the_ladder_one_does() {
    let Some(stack) = Stack::open().await else { return };
    let (table, month) = (&stack.aws.table, month_of(&stack));
    assert_eq!(table.ladder(month).await.unwrap(), None);
    let usage = |forecast| Usage { used: 1, forecast, allowance: 100 };
    let at = |forecast| Ladder::after(None, month, usage(forecast), month.begin()).unwrap();
    let (half, fourth) = (at(80), at(90));
    assert!(table.put_ladder(&half).await.unwrap());
    assert!(!table.put_ladder(&fourth).await.unwrap());
    // A repetition whose first answer was lost.
    assert!(table.put_ladder(&half).await.unwrap());
    assert_eq!(table.ladder(month).await.unwrap(), Some(half.clone()));
    let next = Ladder::after(Some(&half), month, usage(95), month.begin()).unwrap();
    assert!(table.put_ladder(&next).await.unwrap());
    assert_eq!(table.ladder(month).await.unwrap().map(|it| it.step), Some(Step::Fourth));
}
