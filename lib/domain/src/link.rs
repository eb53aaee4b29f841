//! Links: which QuickBooks object stands for which host object.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::id::{CompanyId, HostId, ObjectId};

/// Layout of the stored link that this code writes.
pub const SCHEMA: u32 = 1;

/// The lists of QuickBooks whose entries host objects are linked to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ListKind {
    /// An agent as a customer.
    Customer,
    /// A billed item as a product or service.
    Item,
    /// A way to pay.
    PaymentMethod,
    /// A payee of a disbursement as a vendor.
    Vendor,
}

impl ListKind {
    /// Every list.
    pub const ALL: [Self; 4] = [Self::Customer, Self::Item, Self::PaymentMethod, Self::Vendor];

    /// The word used in keys and steps.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Customer => "customer",
            Self::Item => "item",
            Self::PaymentMethod => "payment_method",
            Self::Vendor => "vendor",
        }
    }

    /// The kind of that word.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == text)
    }

    /// What a person calls one entry.
    pub fn label(self) -> &'static str {
        match self {
            Self::Customer => "customer",
            Self::Item => "product or service",
            Self::PaymentMethod => "payment method",
            Self::Vendor => "vendor",
        }
    }
}

/// Names one host object that may be linked.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct LinkKey {
    /// The QuickBooks list.
    pub kind: ListKind,
    /// The host's id.
    pub host_id: HostId,
}

impl LinkKey {
    /// A link key.
    pub fn new(kind: ListKind, host_id: HostId) -> Self {
        Self { kind, host_id }
    }
}

/// Host object ↔ QuickBooks object. One QuickBooks object stands for at most one host object.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Link {
    /// Layout of this stored item.
    pub schema: u32,
    /// The host object.
    pub key: LinkKey,
    /// The company the QuickBooks object is in.
    pub company: CompanyId,
    /// The QuickBooks object.
    pub object_id: ObjectId,
    /// Its name in QuickBooks when it was linked.
    pub name: String,
    /// How the link came about.
    pub origin: Origin,
    /// When QuickBooks last changed the object as far as is known, by its own clock, so that news of our own change is
    /// no news.
    #[serde(default)]
    pub changed_at: Option<Timestamp>,
    /// Why the object cannot be used just now.
    #[serde(default)]
    pub problem: Option<LinkProblem>,
}

/// Why a linked object cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "what", rename_all = "snake_case")]
pub enum LinkProblem {
    /// It was made inactive in QuickBooks.
    Inactive,
    /// QuickBooks does not have it any more.
    Gone,
    /// It was merged into an object that stands for another host object.
    Merged {
        /// The object that is left.
        into: ObjectId,
        /// Whom that stands for.
        taken_by: HostId,
    },
}

/// How a link came about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Origin {
    /// ledgerbridge created the object.
    Created,
    /// An object of that name was there.
    FoundByName,
    /// A person linked them.
    ByHand,
}
