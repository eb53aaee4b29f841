//! What travels in a work queue: keys, never payloads.

use domain::id::{CompanyId, TenantId};
use domain::import::ImportId;
use domain::posting::PostingKey;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// Layout of a message.
const SCHEMA: u32 = 1;

/// One piece of work.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message {
    /// Whose; also what keeps messages in order.
    pub tenant: TenantId,
    /// What is to be done.
    pub work: Work,
    /// How often it failed before this copy of the message was sent. A copy of one that failed is in a group of its own.
    pub failures: u32,
}

/// What is to be done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Work {
    /// Look at a posting.
    Posting(PostingKey),
    /// Look at a posting because a person wishes it, whatever was decided before.
    Retry(PostingKey),
    /// A condition, given as its text, has cleared: wake who waited for it before that.
    Wake(String, Timestamp),
    /// Bring back what the bookkeeper paid.
    Pull(Pull),
    /// Look at what Intuit told, under these keys.
    Notices(Vec<String>),
    /// Send the tenant's events to the host's endpoint.
    Publish,
    /// Go on with an import.
    Import(ImportId),
}

/// Why a pull is wanted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Pull {
    /// It was due.
    Due {
        /// From which company.
        company: CompanyId,
        /// Since when.
        at: Timestamp,
    },
    /// QuickBooks told of a change at that time, by its own clock.
    Changed(Timestamp),
    /// Somebody asked for it, or an earlier one has to go on.
    Asked,
}

/// Why a text is not a message.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum MessageError {
    /// A newer version wrote it; this one must leave it in the queue.
    #[error("the message has layout {0}, which this version does not know")]
    FromTheFuture(u32),
    /// Nothing that any version wrote.
    #[error("the message cannot be read")]
    Unreadable,
}

#[derive(Serialize, Deserialize)]
struct Body {
    schema: u32,
    tenant: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    posting: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    retry: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    wake: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    before: Option<Timestamp>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pull: Option<Pull>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    notices: Option<Vec<String>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    publish: Option<bool>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    import: Option<String>,
    #[serde(default, skip_serializing_if = "is_zero")]
    failures: u32,
}

#[derive(Deserialize)]
struct Version {
    schema: u32,
}

impl Message {
    /// Look at a posting.
    pub fn posting(tenant: TenantId, posting: PostingKey) -> Self {
        Self::new(tenant, Work::Posting(posting))
    }

    /// A person wishes a posting to be tried again.
    pub fn retry(tenant: TenantId, posting: PostingKey) -> Self {
        Self::new(tenant, Work::Retry(posting))
    }

    /// Wake who waited for a condition before `before`.
    pub fn wake(tenant: TenantId, condition: impl std::fmt::Display, before: Timestamp) -> Self {
        Self::new(tenant, Work::Wake(condition.to_string(), before))
    }

    /// Bring back what the bookkeeper paid.
    pub fn pull(tenant: TenantId, pull: Pull) -> Self {
        Self::new(tenant, Work::Pull(pull))
    }

    /// Look at what Intuit told.
    pub fn notices(tenant: TenantId, notices: Vec<String>) -> Self {
        Self::new(tenant, Work::Notices(notices))
    }

    /// Send the tenant's events.
    pub fn publish(tenant: TenantId) -> Self {
        Self::new(tenant, Work::Publish)
    }

    /// Go on with an import.
    pub fn import(tenant: TenantId, id: ImportId) -> Self {
        Self::new(tenant, Work::Import(id))
    }

    /// The same work, known to have failed so often.
    pub fn after_failures(&self, failures: u32) -> Self {
        Self { failures, ..self.clone() }
    }

    fn new(tenant: TenantId, work: Work) -> Self {
        Self { tenant, work, failures: 0 }
    }

    /// What keeps it in order with others: all of its tenant's, or, once it failed, nothing but copies of itself, so that
    /// nobody waits behind it.
    pub(super) fn group(&self) -> String {
        match self.failures {
            0 => self.tenant.to_string(),
            _ => group_aside(self.tenant.as_str(), &self.after_failures(0).body()),
        }
    }

    /// The message as it is sent.
    pub fn body(&self) -> String {
        let mut body = Body {
            schema: SCHEMA,
            tenant: self.tenant.to_string(),
            posting: None,
            retry: None,
            wake: None,
            before: None,
            pull: None,
            notices: None,
            publish: None,
            import: None,
            failures: self.failures,
        };
        match &self.work {
            Work::Posting(key) => body.posting = Some(key.as_text()),
            Work::Retry(key) => body.retry = Some(key.as_text()),
            Work::Wake(condition, before) => {
                body.wake = Some(condition.clone());
                body.before = Some(*before);
            }
            Work::Pull(pull) => body.pull = Some(pull.clone()),
            Work::Notices(notices) => body.notices = Some(notices.clone()),
            Work::Publish => body.publish = Some(true),
            Work::Import(id) => body.import = Some(id.to_string()),
        }
        serde_json::to_string(&body).expect("texts and a number are always JSON")
    }

    /// Reads a message that was received.
    pub fn parse(body: &str) -> Result<Self, MessageError> {
        let version: Version = serde_json::from_str(body).map_err(|_| MessageError::Unreadable)?;
        if version.schema > SCHEMA {
            return Err(MessageError::FromTheFuture(version.schema));
        }
        let body: Body = serde_json::from_str(body).map_err(|_| MessageError::Unreadable)?;
        let tenant = TenantId::parse(&body.tenant).map_err(|_| MessageError::Unreadable)?;
        let key = |text: &str| PostingKey::parse(text).ok_or(MessageError::Unreadable);
        let posting = body.posting.map(|text| key(&text).map(Work::Posting)).transpose()?;
        let retry = body.retry.map(|text| key(&text).map(Work::Retry)).transpose()?;
        let wake = match (body.wake, body.before) {
            (None, None) => None,
            (Some(condition), Some(before)) => Some(Work::Wake(condition, before)),
            _ => return Err(MessageError::Unreadable),
        };
        let pull = body.pull.map(Work::Pull);
        let notices = body.notices.map(Work::Notices);
        let publish = body.publish.map(|_| Work::Publish);
        let import = |text: String| ImportId::parse(&text).ok_or(MessageError::Unreadable);
        let import = body.import.map(import).transpose()?.map(Work::Import);
        let works = [posting, retry, wake, pull, notices, publish, import];
        let mut works = works.into_iter().flatten();
        match (works.next(), works.next()) {
            (Some(work), None) => Ok(Self { tenant, work, failures: body.failures }),
            _ => Err(MessageError::Unreadable),
        }
    }
}

/// A group beside a tenant's own for one text alone. No tenant has a `#` in its id, and both together stay below the 128
/// characters of a group:
/// <https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessage.html>
pub(super) fn group_aside(group: &str, text: &str) -> String {
    let tenant = group.split('#').next().unwrap_or(group);
    let hash = Uuid::new_v5(&Uuid::NAMESPACE_OID, text.as_bytes()).simple().to_string();
    format!("{tenant}#{}", &hash[..16])
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands references")]
fn is_zero(number: &u32) -> bool {
    *number == 0
}

#[cfg(test)]
mod tests {
    use domain::id::HostId;

    use super::*;

    fn tenant() -> TenantId {
        TenantId::parse("acme").unwrap()
    }

    #[test]
    fn a_message_comes_back_as_it_was_sent() {
        let key = PostingKey::parse("agent_billing#bill#B1").unwrap();
        let id = |text| HostId::parse(text).unwrap();
        for (message, body) in [
            (
                Message::posting(tenant(), PostingKey::income(id("D1"))),
                r#"{"schema":1,"tenant":"acme","posting":"brokerage_income#disbursement#D1"}"#,
            ),
            (
                Message::retry(tenant(), PostingKey::expense(id("D1"), id("A1"))),
                r#"{"schema":1,"tenant":"acme","retry":"agent_expense#disbursement#D1#A1"}"#,
            ),
            (
                Message::retry(tenant(), key.clone()),
                r#"{"schema":1,"tenant":"acme","retry":"agent_billing#bill#B1"}"#,
            ),
            (
                Message::posting(tenant(), key),
                r#"{"schema":1,"tenant":"acme","posting":"agent_billing#bill#B1"}"#,
            ),
            (
                Message::wake(tenant(), "connection", Timestamp::UNIX_EPOCH),
                r#"{"schema":1,"tenant":"acme","wake":"connection","before":"1970-01-01T00:00:00Z"}"#,
            ),
            (
                Message::pull(
                    tenant(),
                    Pull::Due {
                        company: CompanyId::parse("9130").unwrap(),
                        at: Timestamp::UNIX_EPOCH,
                    },
                ),
                r#"{"schema":1,"tenant":"acme","pull":{"due":{"company":"9130","at":"1970-01-01T00:00:00Z"}}}"#,
            ),
            (
                Message::pull(tenant(), Pull::Changed(Timestamp::UNIX_EPOCH)),
                r#"{"schema":1,"tenant":"acme","pull":{"changed":"1970-01-01T00:00:00Z"}}"#,
            ),
            (
                Message::pull(tenant(), Pull::Asked),
                r#"{"schema":1,"tenant":"acme","pull":"asked"}"#,
            ),
            (
                Message::notices(tenant(), vec!["a1".to_owned(), "b2".to_owned()]),
                r#"{"schema":1,"tenant":"acme","notices":["a1","b2"]}"#,
            ),
            (
                Message::import(
                    tenant(),
                    ImportId::parse("20261122T131822Z-3f9ac1d2e4b5").unwrap(),
                ),
                r#"{"schema":1,"tenant":"acme","import":"20261122T131822Z-3f9ac1d2e4b5"}"#,
            ),
            (Message::publish(tenant()), r#"{"schema":1,"tenant":"acme","publish":true}"#),
            (
                Message::publish(tenant()).after_failures(3),
                r#"{"schema":1,"tenant":"acme","publish":true,"failures":3}"#,
            ),
        ] {
            assert_eq!(message.body(), body);
            assert_eq!(Message::parse(body), Ok(message));
        }
    }

    #[test]
    fn what_failed_is_in_nobodys_way() {
        let key = |id: &str| PostingKey::parse(&format!("agent_billing#bill#{id}")).unwrap();
        let (one, other) =
            (Message::posting(tenant(), key("B1")), Message::posting(tenant(), key("B2")));
        assert_eq!(one.group(), "acme");
        let failed = one.after_failures(1).group();
        assert!(failed.starts_with("acme#"), "{failed}");
        assert_eq!(failed, one.after_failures(2).group(), "copies of one stay in order");
        assert_ne!(failed, other.after_failures(1).group());
        let longest = TenantId::parse(&"x".repeat(domain::id::MAX_ID_LENGTH)).unwrap();
        assert!(Message::publish(longest).after_failures(1).group().len() <= 128);
        assert_eq!(group_aside("acme", "x"), group_aside(&group_aside("acme", "x"), "x"));
    }

    #[test]
    fn what_is_no_message_is_refused() {
        for (body, expected) in [
            ("", MessageError::Unreadable),
            ("{}", MessageError::Unreadable),
            (r#"{"schema":1,"tenant":"acme"}"#, MessageError::Unreadable),
            (r#"{"schema":1,"tenant":"a b","wake":"connection"}"#, MessageError::Unreadable),
            (r#"{"schema":1,"tenant":"acme","posting":"bill#B1"}"#, MessageError::Unreadable),
            (
                r#"{"schema":1,"tenant":"acme","posting":"agent_expense#disbursement#D1#A1#A2"}"#,
                MessageError::Unreadable,
            ),
            (
                r#"{"schema":1,"tenant":"a","wake":"settings","posting":"agent_billing#bill#B1"}"#,
                MessageError::Unreadable,
            ),
            (r#"{"schema":1,"tenant":"a","import":"x"}"#, MessageError::Unreadable),
            (r#"{"schema":2,"who":"acme"}"#, MessageError::FromTheFuture(2)),
        ] {
            assert_eq!(Message::parse(body), Err(expected), "{body}");
        }
    }
}
