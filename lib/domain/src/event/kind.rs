//! The kinds of events, and choosing among them.

/// What changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Kind {
    /// QuickBooks matches the record.
    PostingPosted,
    /// The posting waits for a person.
    PostingHeld,
    /// The posting waits for time.
    PostingQueued,
    /// The posting waits for a condition.
    PostingBlocked,
    /// The posting was refused.
    PostingRejected,
    /// A rule says that the record is not to be posted.
    PostingSkipped,
    /// A company is connected, or the connected one has another name or edition.
    ConnectionConnected,
    /// QuickBooks no longer accepts the connection.
    ConnectionNeedsReconnect,
    /// A person ended the connection.
    ConnectionDisconnected,
    /// A host object is linked.
    LinkCreated,
    /// A link leads elsewhere, or what it leads to has changed.
    LinkChanged,
    /// A link is gone.
    LinkRemoved,
    /// A bookkeeper paid bills of ours.
    IssuedPaymentCreated,
    /// The payment was changed in QuickBooks.
    IssuedPaymentUpdated,
    /// The payment was voided in QuickBooks.
    IssuedPaymentVoided,
    /// The payment was deleted in QuickBooks.
    IssuedPaymentGone,
    /// The payment pays no bill of ours any more.
    IssuedPaymentDetached,
    /// The host gave the payment another number or other attachments.
    IssuedPaymentAnnotated,
    /// The payment, gone in QuickBooks, was removed here too.
    IssuedPaymentRemoved,
}

/// What kinds are grouped by: the part before the dot.
pub const FAMILIES: [&str; 4] = ["posting", "connection", "link", "issued_payment"];

impl Kind {
    /// Every kind.
    pub const ALL: [Self; 19] = [
        Self::PostingPosted,
        Self::PostingHeld,
        Self::PostingQueued,
        Self::PostingBlocked,
        Self::PostingRejected,
        Self::PostingSkipped,
        Self::ConnectionConnected,
        Self::ConnectionNeedsReconnect,
        Self::ConnectionDisconnected,
        Self::LinkCreated,
        Self::LinkChanged,
        Self::LinkRemoved,
        Self::IssuedPaymentCreated,
        Self::IssuedPaymentUpdated,
        Self::IssuedPaymentVoided,
        Self::IssuedPaymentGone,
        Self::IssuedPaymentDetached,
        Self::IssuedPaymentAnnotated,
        Self::IssuedPaymentRemoved,
    ];

    /// The word used in types and filters.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::PostingPosted => "posting.posted",
            Self::PostingHeld => "posting.held",
            Self::PostingQueued => "posting.queued",
            Self::PostingBlocked => "posting.blocked",
            Self::PostingRejected => "posting.rejected",
            Self::PostingSkipped => "posting.skipped",
            Self::ConnectionConnected => "connection.connected",
            Self::ConnectionNeedsReconnect => "connection.needs_reconnect",
            Self::ConnectionDisconnected => "connection.disconnected",
            Self::LinkCreated => "link.created",
            Self::LinkChanged => "link.changed",
            Self::LinkRemoved => "link.removed",
            Self::IssuedPaymentCreated => "issued_payment.created",
            Self::IssuedPaymentUpdated => "issued_payment.updated",
            Self::IssuedPaymentVoided => "issued_payment.voided",
            Self::IssuedPaymentGone => "issued_payment.gone",
            Self::IssuedPaymentDetached => "issued_payment.detached",
            Self::IssuedPaymentAnnotated => "issued_payment.annotated",
            Self::IssuedPaymentRemoved => "issued_payment.removed",
        }
    }
}

/// Whether events of a kind are among those wanted: kinds or families; none means all.
pub fn wants(types: &[String], kind: &str) -> bool {
    let is = |wanted: &String| {
        kind.strip_prefix(wanted.as_str())
            .is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
    };
    types.is_empty() || types.iter().any(is)
}
