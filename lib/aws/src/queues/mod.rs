//! The work queues: FIFO, one per function, a message group per tenant.

mod message;

use aws_config::SdkConfig;
use aws_sdk_sqs::Client;
use aws_sdk_sqs::config::http::HttpResponse;
use aws_sdk_sqs::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_sqs::operation::change_message_visibility::ChangeMessageVisibilityError;
use aws_sdk_sqs::types::{MessageAttributeValue, SendMessageBatchRequestEntry};
use domain::record::RecordKind;
use uuid::Uuid;

use crate::failure::{Source, is_transient};

use message::group_aside;
pub use message::{Message, MessageError, Pull, Work};

/// Messages that one SendMessageBatch takes.
/// <https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessageBatch.html>
const BATCH: usize = 10;
/// Rounds for messages that SQS did not take; waiting between them is the caller's business.
const ROUNDS: usize = 3;
/// The longest that SQS hides a message: twelve hours.
const LONGEST_SECONDS: u32 = 43_200;

/// A queue by its work.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Queue {
    /// Bills of the billing workflow.
    BillingInvoice,
    /// Payments of the billing workflow.
    BillingPayment,
    /// Disbursements, their income and the expense of each of their payees.
    Disbursement,
    /// Pulls of what bookkeepers paid.
    PaymentPull,
    /// What Intuit told by webhook.
    IntuitWebhook,
    /// Events for hosts' endpoints.
    EventPublisher,
    /// Imports of files.
    Import,
}

impl Queue {
    /// All of them.
    pub const ALL: [Self; 7] = [
        Self::BillingInvoice,
        Self::BillingPayment,
        Self::Disbursement,
        Self::PaymentPull,
        Self::IntuitWebhook,
        Self::EventPublisher,
        Self::Import,
    ];

    /// What it is called: the name of the function that takes its messages.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::BillingInvoice => "billing-invoice",
            Self::BillingPayment => "billing-payment",
            Self::Disbursement => "disbursement",
            Self::PaymentPull => "payment-pull",
            Self::IntuitWebhook => "intuit-webhook",
            Self::EventPublisher => "event-publisher",
            Self::Import => "import",
        }
    }

    /// The queue of that name.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|queue| queue.as_str() == name)
    }
}

impl From<RecordKind> for Queue {
    fn from(kind: RecordKind) -> Self {
        match kind {
            RecordKind::Bill => Self::BillingInvoice,
            RecordKind::Payment => Self::BillingPayment,
            RecordKind::Disbursement => Self::Disbursement,
        }
    }
}

/// Where the queues are.
#[derive(Debug, Clone)]
pub struct QueueUrls {
    /// [`Queue::BillingInvoice`].
    pub billing_invoice: String,
    /// Its dead letters.
    pub billing_invoice_dead_letter: String,
    /// [`Queue::BillingPayment`].
    pub billing_payment: String,
    /// Its dead letters.
    pub billing_payment_dead_letter: String,
    /// [`Queue::Disbursement`].
    pub disbursement: String,
    /// Its dead letters.
    pub disbursement_dead_letter: String,
    /// [`Queue::PaymentPull`].
    pub payment_pull: String,
    /// Its dead letters.
    pub payment_pull_dead_letter: String,
    /// [`Queue::IntuitWebhook`].
    pub intuit_webhook: String,
    /// Its dead letters.
    pub intuit_webhook_dead_letter: String,
    /// [`Queue::EventPublisher`].
    pub event_publisher: String,
    /// Its dead letters.
    pub event_publisher_dead_letter: String,
    /// [`Queue::Import`].
    pub import: String,
    /// Its dead letters.
    pub import_dead_letter: String,
}

/// The queues of one deployment.
#[derive(Clone)]
pub struct Queues {
    client: Client,
    urls: QueueUrls,
}

/// Why a queue did not do something.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Passes with time. A message may have been sent all the same.
    #[error("the queue cannot be reached or is throttled")]
    Unavailable(#[source] Source),
    /// Does not pass with time: the deployment is wrong.
    #[error("the queue refuses the call")]
    Refused(#[source] Source),
}

impl<E> From<SdkError<E, HttpResponse>> for Error
where
    E: ProvideErrorMetadata + std::error::Error + Send + Sync + 'static,
{
    fn from(error: SdkError<E, HttpResponse>) -> Self {
        if is_transient(&error) {
            Self::Unavailable(Box::new(error))
        } else {
            Self::Refused(Box::new(error))
        }
    }
}

impl Queues {
    /// The queues at these addresses.
    pub fn new(config: &SdkConfig, urls: QueueUrls) -> Self {
        Self { client: Client::new(config), urls }
    }

    /// Sends a message, behind the tenant's others or, if it failed, beside them. Another one of the same tenant with the
    /// same `dedup` within five minutes is dropped by SQS.
    pub async fn send(&self, queue: Queue, message: &Message, dedup: &str) -> Result<(), Error> {
        self.send_in(queue, &message.body(), &message.group(), dedup).await
    }

    /// Sends a text that this version cannot read on, beside all that it was in line with.
    pub async fn send_text_aside(
        &self,
        queue: Queue,
        text: &str,
        group: &str,
        dedup: &str,
    ) -> Result<(), Error> {
        self.send_in(queue, text, &group_aside(group, text), dedup).await
    }

    /// As [`Queues::send`], beside the tenant's other messages: it does not wait for one that is hidden, nor for its turn.
    pub async fn send_beside(
        &self,
        queue: Queue,
        message: &Message,
        dedup: &str,
    ) -> Result<(), Error> {
        // No tenant can be called that.
        self.send_in(queue, &message.body(), &format!("{}#", message.tenant), dedup).await
    }

    async fn send_in(
        &self,
        queue: Queue,
        body: &str,
        group: &str,
        dedup: &str,
    ) -> Result<(), Error> {
        self.client
            .send_message()
            .queue_url(self.urls.of(queue))
            .message_group_id(group)
            .message_deduplication_id(deduplication_id(dedup))
            .message_body(body)
            .send()
            .await?;
        Ok(())
    }

    /// Sends messages with their `dedup`, in order. After an error some may have been sent; sending all again is safe
    /// within five minutes.
    pub async fn send_all(
        &self,
        queue: Queue,
        messages: &[(Message, String)],
    ) -> Result<(), Error> {
        for batch in messages.chunks(BATCH) {
            let entries = batch.iter().enumerate().map(|(position, (message, dedup))| {
                SendMessageBatchRequestEntry::builder()
                    .id(position.to_string())
                    .message_group_id(message.group())
                    .message_deduplication_id(deduplication_id(dedup))
                    .message_body(message.body())
                    .build()
                    .expect("id and body are given")
            });
            self.send_batch(queue, entries.collect()).await?;
        }
        Ok(())
    }

    async fn send_batch(
        &self,
        queue: Queue,
        mut pending: Vec<SendMessageBatchRequestEntry>,
    ) -> Result<(), Error> {
        for _ in 0..ROUNDS {
            let answer = self
                .client
                .send_message_batch()
                .queue_url(self.urls.of(queue))
                .set_entries(Some(pending.clone()))
                .send()
                .await?;
            if let Some(failed) = answer.failed().iter().find(|failed| failed.sender_fault()) {
                return Err(Error::Refused(failed.code().into()));
            }
            pending.retain(|entry| answer.failed().iter().any(|failed| failed.id() == entry.id()));
            if pending.is_empty() {
                return Ok(());
            }
        }
        Err(Error::Unavailable("SQS did not take some messages".into()))
    }

    /// Hides a received message for a while, after which it is received again. A message that is no longer hidden is
    /// left as it is.
    pub async fn later(
        &self,
        queue: Queue,
        receipt_handle: &str,
        seconds: u32,
    ) -> Result<(), Error> {
        self.hide(self.urls.of(queue), receipt_handle, seconds).await
    }

    /// As [`Queues::later`], for a dead letter.
    pub async fn letter_later(
        &self,
        queue: Queue,
        receipt_handle: &str,
        seconds: u32,
    ) -> Result<(), Error> {
        self.hide(self.urls.dead_letters_of(queue), receipt_handle, seconds).await
    }

    async fn hide(&self, url: &str, receipt_handle: &str, seconds: u32) -> Result<(), Error> {
        let seconds = i32::try_from(seconds.min(LONGEST_SECONDS)).expect("twelve hours fit");
        let answer = self
            .client
            .change_message_visibility()
            .queue_url(url)
            .receipt_handle(receipt_handle)
            .visibility_timeout(seconds)
            .send()
            .await;
        let Err(error) = answer else { return Ok(()) };
        match error.as_service_error() {
            Some(
                ChangeMessageVisibilityError::MessageNotInflight(_)
                | ChangeMessageVisibilityError::ReceiptHandleIsInvalid(_),
            ) => Ok(()),
            _ => Err(error.into()),
        }
    }

    /// Whose dead letters come from a queue with that name in AWS (ARN); nothing if it is none of ours.
    pub fn of_dead_letters(&self, arn: &str) -> Option<Queue> {
        let name = arn.rsplit(':').next()?;
        let named = |queue: &Queue| {
            let url = self.urls.dead_letters_of(*queue);
            url.rsplit('/').next().is_some_and(|last| !last.is_empty() && last == name)
        };
        Queue::ALL.into_iter().find(named)
    }

    /// Puts a message with the dead letters, for people, together with the reason's code.
    pub async fn bury(
        &self,
        queue: Queue,
        message: &Message,
        reason_code: &str,
    ) -> Result<(), Error> {
        self.bury_text(queue, message.tenant.as_str(), &message.body(), reason_code).await
    }

    /// Puts a text that is no message with the dead letters, where no letter that can be read waits behind it.
    pub async fn bury_unreadable(
        &self,
        queue: Queue,
        group: &str,
        body: &str,
    ) -> Result<(), Error> {
        self.bury_text(queue, &group_aside(group, body), body, "unreadable").await
    }

    /// Puts a text with the dead letters, for people, together with the reason's code.
    pub async fn bury_text(
        &self,
        queue: Queue,
        group: &str,
        body: &str,
        reason: &str,
    ) -> Result<(), Error> {
        let attribute = MessageAttributeValue::builder()
            .data_type("String")
            .string_value(reason)
            .build()
            .expect("the type is given");
        self.client
            .send_message()
            .queue_url(self.urls.dead_letters_of(queue))
            .message_group_id(group)
            .message_deduplication_id(deduplication_id(&format!("{body} {reason}")))
            .message_body(body)
            .message_attributes("reason", attribute)
            .send()
            .await?;
        Ok(())
    }
}

impl QueueUrls {
    fn of(&self, queue: Queue) -> &str {
        match queue {
            Queue::BillingInvoice => &self.billing_invoice,
            Queue::BillingPayment => &self.billing_payment,
            Queue::Disbursement => &self.disbursement,
            Queue::PaymentPull => &self.payment_pull,
            Queue::IntuitWebhook => &self.intuit_webhook,
            Queue::EventPublisher => &self.event_publisher,
            Queue::Import => &self.import,
        }
    }

    fn dead_letters_of(&self, queue: Queue) -> &str {
        match queue {
            Queue::BillingInvoice => &self.billing_invoice_dead_letter,
            Queue::BillingPayment => &self.billing_payment_dead_letter,
            Queue::Disbursement => &self.disbursement_dead_letter,
            Queue::PaymentPull => &self.payment_pull_dead_letter,
            Queue::IntuitWebhook => &self.intuit_webhook_dead_letter,
            Queue::EventPublisher => &self.event_publisher_dead_letter,
            Queue::Import => &self.import_dead_letter,
        }
    }
}

/// SQS takes at most 128 characters, fewer than a key may have.
fn deduplication_id(dedup: &str) -> String {
    Uuid::new_v5(&Uuid::NAMESPACE_OID, dedup.as_bytes()).to_string()
}
