//! What Intuit sends by itself when something changed: whether it is genuine, and what it says.
//!
//! A notification says that an object changed, never how: read the object. Notifications come late, twice and out of
//! order, and now and then not at all, so a daily look with [`Client::changes`](crate::Client::changes) stays needed.
//! Nothing is sent or stored here.
//!
//! <https://developer.intuit.com/app/developer/qbo/docs/develop/webhooks>

mod body;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, Mac};
use jiff::Timestamp;
use sha2::Sha256;

pub use body::parse;

use crate::entity::macros::open_enum;
use crate::{EntityKind, ObjectId, RealmId, WebhookVerifier};

/// The most notifications that are read from one body. Intuit documents no limit; this one is far above what was ever
/// reported, and keeps what a body can make of memory bounded.
pub const NOTIFICATIONS_AT_MOST: usize = 10_000;

/// Whether Intuit sent these bytes: `signature` is the content of the header `intuit-signature`, and the body is as it
/// came, byte for byte. Compares in constant time. An empty verifier vouches for nothing.
pub fn is_signed(raw_body: &[u8], signature: &str, verifier: &WebhookVerifier) -> bool {
    let key = verifier.expose().as_bytes();
    let Ok(signature) = STANDARD.decode(signature.trim()) else { return false };
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(key) else { return false };
    mac.update(raw_body);
    mac.verify_slice(&signature).is_ok() && !key.is_empty()
}

/// What a body says, and how much of it could not be understood.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Parsed {
    /// What could be read, in the order of the body.
    pub notifications: Vec<Notification>,
    /// Entries that could not be read: something is missing or of another type.
    pub unreadable: usize,
    /// Entries beyond [`NOTIFICATIONS_AT_MOST`], which were not looked at.
    pub left_out: usize,
}

/// One object of one company changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Notification {
    /// The company.
    pub realm: RealmId,
    /// What changed, as the API names it (`BillPayment`); as it came where it is not known.
    pub entity: String,
    /// Which one.
    pub id: ObjectId,
    /// What happened to it.
    pub operation: Operation,
    /// When.
    pub at: Timestamp,
    /// The object that was merged into this one and is gone. Whether CloudEvents name it is not
    /// documented; it is read where the classic name stands in their `data`.
    pub merged_away: Option<ObjectId>,
    /// Intuit's name of this event, the same when it is sent again; CloudEvents only.
    pub event_id: Option<String>,
}

open_enum! {
    /// What happened to an object.
    pub enum Operation {
        /// It was made.
        Create = "Create",
        /// It was changed.
        Update = "Update",
        /// It was removed; names and lists, taken out of use.
        Delete = "Delete",
        /// Another was merged into it.
        Merge = "Merge",
        /// It was set to zero.
        Void = "Void",
        /// It was sent to a customer.
        Emailed = "Emailed",
    }
}

impl Notification {
    /// The entity, where it is one that this crate has a type for.
    pub fn kind(&self) -> Option<EntityKind> {
        EntityKind::from_name(&self.entity)
    }
}

/// Why a body says nothing at all.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum WebhookError {
    /// Not JSON, or cut off.
    #[error("the notification is not JSON")]
    NotJson,
    /// JSON, but in neither of the two formats.
    #[error("the notification is in neither of Intuit's formats")]
    UnknownFormat,
}

#[cfg(test)]
#[path = "webhook/tests.rs"]
mod tests;
