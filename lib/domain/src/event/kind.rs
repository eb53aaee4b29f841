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
}

/// What kinds are grouped by: the part before the dot.
pub const FAMILIES: [&str; 3] = ["posting", "connection", "link"];

impl Kind {
    /// Every kind.
    pub const ALL: [Self; 12] = [
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
