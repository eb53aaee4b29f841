//! A batch of a FIFO queue: what fails holds back the later messages of its group, and nobody else's.
//!
//! Groups are tenants. SQS hands out nothing of a group while any of its received messages is hidden, so the ones held
//! back get the same short wait as the one that failed; left alone they would block their tenant for the queue's whole
//! visibility timeout:
//! <https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/using-messagegroupid-property.html>

use std::collections::BTreeMap;
use std::future::Future;
use std::task::Poll;

use crate::event::{ItemFailure, QueueRecord, QueueReply};

/// How a message ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum End {
    /// It need not come again.
    Done,
    /// It has to come again after so many seconds.
    Again(u32),
}

/// Handles the groups side by side, and the messages of each in order. `hide` postpones a message.
pub(crate) async fn handle<H, P>(records: Vec<QueueRecord>, handle: H, hide: P) -> QueueReply
where
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
        for record in &group {
            if wait.is_none() {
                match handle(record).await {
                    End::Done => continue,
                    End::Again(seconds) => wait = Some(seconds),
                }
            }
            if let End::Again(_) = hide(record, wait.unwrap_or_default()).await {
                failures.push(ItemFailure { item_identifier: record.message_id.clone() });
            }
        }
        failures
    };
    let failures = all(groups.into_values().map(one)).await;
    QueueReply { batch_item_failures: failures.into_iter().flatten().collect() }
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
}
