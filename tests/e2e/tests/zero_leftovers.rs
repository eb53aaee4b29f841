//! Runs last, as the alphabet has it: when everything is done, nothing is left over.

use e2e::aws::messages;
use e2e::{stack, until};

#[tokio::test]
async fn no_message_is_left_in_a_work_queue() {
    for (function, queue) in &stack().queues {
        let empty = async || (messages(queue).await == 0).then_some(());
        until(&format!("the queue of {function} to be empty"), empty).await;
    }
}
