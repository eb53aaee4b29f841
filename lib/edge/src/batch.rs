//! A batch of a FIFO queue: what fails holds back the later messages of its group, and nobody else's.
//!
//! Neighbours in a group that do not depend on each other are handled together, and each has its own end: that one of them
//! is overtaken by another is what they are together for. What comes behind them waits for all.
//!
//! Groups are tenants. SQS hands out nothing of a group while any of its received messages is hidden, so the ones held
//! back get the same short wait as the one that failed; left alone they would block their tenant for the queue's whole
//! visibility timeout:
//! <https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/using-messagegroupid-property.html>

use std::collections::BTreeMap;
use std::future::Future;
use std::task::Poll;

use sync::posting::side_by_side;

use crate::event::{ItemFailure, QueueRecord, QueueReply};

/// How a message ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum End {
    /// It need not come again.
    Done,
    /// It has to come again after so many seconds.
    Again(u32),
}

/// Handles the groups side by side, and the messages of each in order, except that neighbours that all `go_together` are
/// handled together. `hide` postpones a message.
pub(crate) async fn handle<T, H, P>(
    records: Vec<QueueRecord>,
    go_together: T,
    handle: H,
    hide: P,
) -> QueueReply
where
    T: Fn(&QueueRecord, &QueueRecord) -> bool,
    H: AsyncFn(&QueueRecord) -> End,
    P: AsyncFn(&QueueRecord, u32) -> End,
{
    let mut groups: BTreeMap<String, Vec<QueueRecord>> = BTreeMap::new();
    for record in records {
        groups.entry(record.attributes.message_group_id.clone()).or_default().push(record);
    }
    let one = async |group: Vec<QueueRecord>| {
        let mut failures = Vec::new();
        let mut wait = None;
        for wave in waves(&group, &go_together) {
            let ends = match wait {
                None => side_by_side(wave.iter().map(|record| handle(record))).await,
                Some(seconds) => vec![End::Again(seconds); wave.len()],
            };
            for (record, end) in wave.iter().zip(ends) {
                let End::Again(seconds) = end else { continue };
                wait = wait.max(Some(seconds));
                if let End::Again(_) = hide(record, seconds).await {
                    failures.push(ItemFailure { item_identifier: record.message_id.clone() });
                }
            }
        }
        failures
    };
    let failures = all(groups.into_values().map(one)).await;
    QueueReply { batch_item_failures: failures.into_iter().flatten().collect() }
}

/// The messages of a group in order, as many at a time as all go together.
fn waves<'a>(
    group: &'a [QueueRecord],
    go_together: &impl Fn(&QueueRecord, &QueueRecord) -> bool,
) -> Vec<&'a [QueueRecord]> {
    let mut waves = Vec::new();
    let mut begin = 0;
    for (end, record) in group.iter().enumerate() {
        if !group[begin..end].iter().all(|earlier| go_together(earlier, record)) {
            waves.push(&group[begin..end]);
            begin = end;
        }
    }
    waves.push(&group[begin..]);
    waves
}

/// Runs futures side by side on this thread, until all have ended.
async fn all<F: Future>(futures: impl Iterator<Item = F>) -> Vec<F::Output> {
    let mut running: Vec<_> = futures.map(|future| (Box::pin(future), None)).collect();
    std::future::poll_fn(|context| {
        let mut pending = false;
        for (future, output) in running.iter_mut().filter(|(_, output)| output.is_none()) {
            match future.as_mut().poll(context) {
                Poll::Ready(value) => *output = Some(value),
                Poll::Pending => pending = true,
            }
        }
        if pending { Poll::Pending } else { Poll::Ready(()) }
    })
    .await;
    running.into_iter().filter_map(|(_, output)| output).collect()
}

#[cfg(test)]
mod tests {
    use std::cell::RefCell;

    use super::*;
    use crate::event::QueueAttributes;

    /// A message of a group, named `group` and a number; `!` makes it fail.
    fn record(name: &str) -> QueueRecord {
        QueueRecord {
            message_id: name.to_owned(),
            receipt_handle: String::new(),
            body: String::new(),
            attributes: QueueAttributes {
                approximate_receive_count: "1".to_owned(),
                message_group_id: name[..1].to_owned(),
            },
            message_attributes: BTreeMap::new(),
            event_source: "aws:sqs".to_owned(),
            event_source_arn: String::new(),
        }
    }

    #[tokio::test]
    async fn a_failure_holds_back_the_rest_of_its_group_and_no_other() {
        for (batch, handled, failed) in [
            (&[][..], &[][..], &[][..]),
            (&["a1", "a2"], &["a1", "a2"], &[]),
            (&["a1!", "a2"], &["a1!"], &["a1!", "a2"]),
            (
                &["a1", "b1", "a2!", "b2", "a3", "b3"],
                &["a1", "a2!", "b1", "b2", "b3"],
                &["a2!", "a3"],
            ),
            (&["a1!", "b1!", "a2", "b2", "c1"], &["a1!", "b1!", "c1"], &["a1!", "a2", "b1!", "b2"]),
        ] {
            let (seen, hidden) = (RefCell::new(Vec::new()), RefCell::new(Vec::new()));
            let reply = super::handle(
                batch.iter().map(|name| record(name)).collect(),
                |_, _| false,
                async |record| {
                    tokio::task::yield_now().await;
                    seen.borrow_mut().push(record.message_id.clone());
                    if record.message_id.ends_with('!') { End::Again(7) } else { End::Done }
                },
                async |record, seconds| {
                    assert_eq!(seconds, 7, "everything held back waits as long as what failed");
                    hidden.borrow_mut().push(record.message_id.clone());
                    End::Again(seconds)
                },
            )
            .await;
            let sorted = |mut names: Vec<String>| {
                names.sort();
                names
            };
            let reported: Vec<String> = reply
                .batch_item_failures
                .into_iter()
                .map(|failure| failure.item_identifier)
                .collect();
            assert_eq!(sorted(seen.into_inner()), handled, "handled of {batch:?}");
            assert_eq!(sorted(hidden.into_inner()), failed, "hidden of {batch:?}");
            assert_eq!(sorted(reported), failed, "reported of {batch:?}");
        }
    }

    #[tokio::test]
    async fn one_group_is_handled_in_order_while_another_waits() {
        let seen = RefCell::new(Vec::new());
        let batch = ["a1", "a2", "b1", "b2"].iter().map(|name| record(name)).collect();
        super::handle(
            batch,
            |_, _| false,
            async |record| {
                let slow = if record.message_id.starts_with('a') { 5 } else { 1 };
                for _ in 0..slow {
                    tokio::task::yield_now().await;
                }
                seen.borrow_mut().push(record.message_id.clone());
                End::Done
            },
            async |_, _| panic!("nothing failed"),
        )
        .await;
        assert_eq!(seen.into_inner(), ["b1", "b2", "a1", "a2"]);
    }

    /// Of one group; those of the same letter do not go together, and `!` makes one fail.
    #[tokio::test]
    async fn neighbours_that_go_together_have_ends_of_their_own_and_hold_back_who_comes_behind() {
        for (batch, waves, again) in [
            (&["a", "b", "c"][..], &["abc"][..], &[][..]),
            (&["a", "b", "a", "c"], &["ab", "ac"], &[]),
            (&["a!", "b", "c!"], &["a!bc!"], &["a! 1", "c! 3"]),
            (&["a", "b!", "c!", "a", "d"], &["ab!c!"], &["b! 2", "c! 3", "a 3", "d 3"]),
            (&["a", "a", "a!", "a"], &["a", "a", "a!"], &["a! 3", "a 3"]),
        ] {
            let mut records: Vec<QueueRecord> = batch.iter().map(|name| record(name)).collect();
            for (number, record) in records.iter_mut().enumerate() {
                record.attributes.message_group_id = "g".to_owned();
                record.body = (number + 1).to_string();
            }
            let (seen, hidden) = (RefCell::new(Vec::new()), RefCell::new(Vec::new()));
            let running = RefCell::new(String::new());
            super::handle(
                records,
                |one, other| one.message_id[..1] != other.message_id[..1],
                async |record| {
                    running.borrow_mut().push_str(&record.message_id);
                    tokio::task::yield_now().await;
                    let wave = std::mem::take(&mut *running.borrow_mut());
                    if !wave.is_empty() {
                        seen.borrow_mut().push(wave);
                    }
                    let fails = record.message_id.ends_with('!');
                    if fails { End::Again(record.body.parse().unwrap()) } else { End::Done }
                },
                async |record, seconds| {
                    hidden.borrow_mut().push(format!("{} {seconds}", record.message_id));
                    End::Again(seconds)
                },
            )
            .await;
            assert_eq!(seen.into_inner(), waves, "{batch:?}");
            assert_eq!(hidden.into_inner(), again, "{batch:?}");
        }
    }
}
