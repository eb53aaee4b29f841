//! Queues: in order per tenant, once per purpose, later when asked, buried when hopeless.

use aws::queues::{Message, Queue, QueueUrls, Queues};
use aws_sdk_sqs::Client;
use aws_sdk_sqs::types::{Message as Received, QueueAttributeName};

use crate::support::{Stack, key};

/// Queues of one test, so that no deployed function takes its messages.
struct OwnQueues {
    queues: Queues,
    client: Client,
    work: String,
    dead: String,
}

impl OwnQueues {
    async fn open(stack: &Stack) -> Self {
        let client = Client::new(&stack.config);
        let mut urls = Vec::new();
        for purpose in ["work", "dead"] {
            let answer = client
                .create_queue()
                .queue_name(format!("{}-{purpose}.fifo", stack.tenant))
                .attributes(QueueAttributeName::FifoQueue, "true")
                .attributes(QueueAttributeName::VisibilityTimeout, "30")
                .send()
                .await
                .unwrap();
            urls.push(answer.queue_url.unwrap());
        }
        let (work, dead) = (urls[0].clone(), urls[1].clone());
        let urls = QueueUrls {
            billing_invoice: work.clone(),
            billing_invoice_dead_letter: dead.clone(),
            billing_payment: String::new(),
            billing_payment_dead_letter: String::new(),
            disbursement: String::new(),
            disbursement_dead_letter: String::new(),
            payment_pull: String::new(),
            payment_pull_dead_letter: String::new(),
            intuit_webhook: String::new(),
            intuit_webhook_dead_letter: String::new(),
            event_publisher: String::new(),
            event_publisher_dead_letter: String::new(),
            import: String::new(),
            import_dead_letter: String::new(),
        };
        Self { queues: Queues::new(&stack.config, urls), client, work, dead }
    }

    async fn receive(&self, url: &str) -> Vec<Received> {
        let request = self.client.receive_message().queue_url(url).max_number_of_messages(10);
        request.message_attribute_names("All").send().await.unwrap().messages.unwrap_or_default()
    }

    async fn close(self) {
        for url in [&self.work, &self.dead] {
            self.client.delete_queue().queue_url(url).send().await.unwrap();
        }
    }
}

fn parse(received: &Received) -> Message {
    Message::parse(received.body().unwrap()).unwrap()
}

#[tokio::test]
async fn messages_arrive_in_order_once_per_purpose() {
    let Some(stack) = Stack::open().await else { return };
    let own = OwnQueues::open(&stack).await;
    let messages: Vec<(Message, String)> = (0..25)
        .map(|n| (Message::posting(stack.tenant.clone(), key(&format!("B{n}"))), format!("{n}")))
        .collect();
    own.queues.send(Queue::BillingInvoice, &messages[0].0, "0").await.unwrap();
    own.queues.send_all(Queue::BillingInvoice, &messages).await.unwrap();
    let mut seen = Vec::new();
    loop {
        let received = own.receive(&own.work).await;
        if received.is_empty() {
            break;
        }
        for message in received {
            seen.push(parse(&message));
            let delete = own.client.delete_message().queue_url(&own.work);
            delete.receipt_handle(message.receipt_handle().unwrap()).send().await.unwrap();
        }
    }
    let sent: Vec<Message> = messages.into_iter().map(|(message, _)| message).collect();
    assert_eq!(seen, sent);
    own.close().await;
}

#[tokio::test]
async fn a_message_comes_back_when_asked_and_a_hopeless_one_is_buried_with_its_reason() {
    let Some(stack) = Stack::open().await else { return };
    let own = OwnQueues::open(&stack).await;
    let message = Message::wake(stack.tenant.clone(), "connection", jiff::Timestamp::UNIX_EPOCH);
    own.queues.send(Queue::BillingInvoice, &message, "a").await.unwrap();
    let received = own.receive(&own.work).await;
    assert_eq!(own.receive(&own.work).await.len(), 0);
    let handle = received[0].receipt_handle().unwrap();
    own.queues.later(Queue::BillingInvoice, handle, 0).await.unwrap();
    let again = own.receive(&own.work).await;
    assert_eq!(parse(&again[0]), message);
    own.queues.later(Queue::BillingInvoice, "not-a-handle", 5).await.unwrap();

    own.queues.bury(Queue::BillingInvoice, &message, "retries_exhausted").await.unwrap();
    let buried = own.receive(&own.dead).await;
    assert_eq!(parse(&buried[0]), message);
    let reason = &buried[0].message_attributes().unwrap()["reason"];
    assert_eq!(reason.string_value(), Some("retries_exhausted"));
    own.close().await;
}
