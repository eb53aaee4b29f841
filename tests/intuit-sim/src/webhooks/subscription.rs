//! The app's endpoint, as the developer portal keeps it, and the way to the couriers.

use std::sync::{Mutex, PoisonError};

use serde::{Deserialize, Serialize};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use url::Url;

/// Where and how the app wants to be told.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Subscription {
    pub(crate) url: Url,
    pub(crate) verifier_token: String,
    #[serde(default)]
    pub(crate) format: Format,
}

/// The shape of a body.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Format {
    Classic,
    #[default]
    Cloudevents,
}

/// The app's side of webhooks: one subscription for all companies.
#[derive(Debug)]
pub(crate) struct Webhooks {
    subscription: Mutex<Option<Subscription>>,
    wake: UnboundedSender<String>,
}

impl Webhooks {
    /// With the realms for which a courier is wanted.
    pub(crate) fn new() -> (Self, UnboundedReceiver<String>) {
        let (wake, wanted) = unbounded_channel();
        (Self { subscription: Mutex::default(), wake }, wanted)
    }

    pub(crate) fn subscription(&self) -> Option<Subscription> {
        self.subscription.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Subscribes, or ends the subscription; what is pending then waits for the next one.
    pub(crate) fn subscribe(&self, subscription: Option<Subscription>) {
        *self.subscription.lock().unwrap_or_else(PoisonError::into_inner) = subscription;
    }

    /// Asks for a courier to a company that has something due.
    pub(crate) fn wake(&self, realm: &str) {
        // Nobody listens only while the simulator stops.
        let _ = self.wake.send(realm.to_owned());
    }
}
