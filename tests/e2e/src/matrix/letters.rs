//! Dead letters: a death may not leave any.

use std::collections::HashMap;

use serde_json::json;

use crate::aws::{Identity, messages};
use crate::stack;

/// Letters that are read at most; others are counted.
const READ: usize = 200;

/// How many there are in each queue.
pub(super) async fn counted() -> HashMap<String, u64> {
    let mut counts = HashMap::new();
    for (function, queue) in &stack().dead_letter_queues {
        counts.insert(function.clone(), messages(queue).await);
    }
    counts
}

/// What is in the queues of dead letters that have more than they had.
pub(super) async fn since(before: &HashMap<String, u64>) -> Vec<String> {
    let mut letters = Vec::new();
    for (function, queue) in &stack().dead_letter_queues {
        if messages(queue).await <= before.get(function).copied().unwrap_or(0) {
            continue;
        }
        for _ in 0..READ {
            let receive =
                json!({"QueueUrl": queue, "MaxNumberOfMessages": 10, "VisibilityTimeout": 60});
            let answer = Identity::root().json("sqs", "AmazonSQS.ReceiveMessage", &receive).await;
            let Some(messages) = answer.body["Messages"].as_array() else { break };
            let bodies = messages.iter().filter_map(|message| message["Body"].as_str());
            letters.extend(bodies.map(|body| format!("{function} {body}")));
            if messages.is_empty() {
                break;
            }
        }
    }
    letters
}
