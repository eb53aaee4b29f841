//! Secrets that sign events: made from the deployment's key whenever they are needed, so none is stored.

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use domain::event::endpoint::Endpoint;
use domain::id::TenantId;
use hmac::{Hmac, Mac};
use jiff::Timestamp;
use secrecy::{ExposeSecret, SecretString};
use sha2::Sha256;

use super::endpoint::Scope;
use crate::{App, Error};

/// What secrets of Standard Webhooks start with:
/// <https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md#signature-scheme>
const PREFIX: &str = "whsec_";
/// Stands for all tenants; no tenant can be called that.
const EVERYONE: &str = "*";

/// The secrets that sign a tenant's events: the newest, and the one before while receivers change over.
pub(super) struct Secrets {
    newest: [u8; 32],
    former: Option<[u8; 32]>,
}

/// The secrets of an endpoint.
pub(super) async fn secrets(
    app: &App,
    tenant: &TenantId,
    endpoint: &Endpoint,
    now: Timestamp,
) -> Result<Secrets, Error> {
    let application = app.secrets.application(now).await?;
    let Some(key) = &application.event_signing_key else {
        let missing = "event_signing_key is missing, or shorter than 32 characters";
        return Err(Error::NotConfigured("the application secret", missing.into()));
    };
    Ok(of_key(key, tenant, endpoint, now))
}

/// The secrets that a key makes.
pub(super) fn of_key(
    key: &SecretString,
    tenant: &TenantId,
    endpoint: &Endpoint,
    now: Timestamp,
) -> Secrets {
    let make = |whose: &str, generation: u64| -> [u8; 32] {
        let key = key.expose_secret().as_bytes();
        let mut mac =
            Hmac::<Sha256>::new_from_slice(key).expect("this code takes keys of every length");
        mac.update(format!("{whose}#{generation}").as_bytes());
        mac.finalize().into_bytes().into()
    };
    match Scope::of(endpoint) {
        // Whoever changes the key changes this one, too.
        Scope::Deployment => Secrets { newest: make(EVERYONE, 1), former: None },
        Scope::Tenant => Secrets {
            newest: make(tenant.as_str(), endpoint.generation),
            former: endpoint
                .former_generation(now)
                .map(|generation| make(tenant.as_str(), generation)),
        },
    }
}

impl Secrets {
    /// The newest, in the form that receivers' libraries take.
    pub(super) fn shown(&self) -> SecretString {
        format!("{PREFIX}{}", BASE64_STANDARD.encode(self.newest)).into()
    }

    /// The signatures of a message that is sent at a time, separated by spaces.
    pub(super) fn sign(&self, id: &str, at: Timestamp, body: &str) -> String {
        let sign = |key: &[u8; 32]| {
            let signer = standardwebhooks::Webhook::from_bytes(key.to_vec());
            let signer = signer.expect("any bytes are a key");
            signer.sign(id, at.as_second(), body.as_bytes()).expect("a text is a payload")
        };
        let signatures: Vec<String> =
            std::iter::once(&self.newest).chain(&self.former).map(sign).collect();
        signatures.join(" ")
    }
}

#[cfg(test)]
mod tests {
    use domain::event::endpoint::Own;

    use super::*;

    fn tenant(id: &str) -> TenantId {
        TenantId::parse(id).unwrap()
    }

    fn endpoint(generation: u64, rotated_at: Option<Timestamp>) -> Endpoint {
        let url = "https://host.example".to_owned();
        let own = Own { url, types: Vec::new(), rotated_at };
        Endpoint { own: Some(own), generation, ..Endpoint::new(0, Timestamp::UNIX_EPOCH) }
    }

    #[test]
    fn every_tenant_and_every_generation_has_a_secret_of_its_own() {
        let now = Timestamp::UNIX_EPOCH;
        let key = |key: &str| SecretString::from(key.to_owned());
        let shown = |signing: &str, id: &str, endpoint: &Endpoint| {
            of_key(&key(signing), &tenant(id), endpoint, now).shown().expose_secret().to_owned()
        };
        let everyone = Endpoint::new(0, now);
        let base = shown("k1", "acme", &endpoint(1, None));
        assert_eq!(base, shown("k1", "acme", &endpoint(1, None)));
        assert!(base.starts_with("whsec_") && base.len() == 6 + 44, "{base}");
        for other in [
            shown("k2", "acme", &endpoint(1, None)),
            shown("k1", "other", &endpoint(1, None)),
            shown("k1", "acme", &endpoint(2, None)),
            shown("k1", "acme", &everyone),
        ] {
            assert_ne!(other, base);
        }
        assert_eq!(shown("k1", "acme", &everyone), shown("k1", "other", &everyone));
    }

    #[test]
    fn receivers_verify_with_either_secret_while_they_change_over() {
        let now: Timestamp = "2026-03-01T08:00:00Z".parse().unwrap();
        let key = SecretString::from("k".repeat(32));
        let before = of_key(&key, &tenant("acme"), &endpoint(1, None), now);
        let rotated = of_key(&key, &tenant("acme"), &endpoint(2, Some(now)), now);
        let settled = of_key(&key, &tenant("acme"), &endpoint(2, None), now);
        let verifies = |signatures: &str, with: &Secrets| {
            let with = standardwebhooks::Webhook::new(with.shown().expose_secret()).unwrap();
            let own = with.sign("evt_1", now.as_second(), b"{}").unwrap();
            signatures.split(' ').any(|signature| signature == own)
        };
        let signatures = rotated.sign("evt_1", now, "{}");
        assert!(verifies(&signatures, &before) && verifies(&signatures, &rotated));
        let signatures = settled.sign("evt_1", now, "{}");
        assert!(!verifies(&signatures, &before) && verifies(&signatures, &settled));
        assert!(!verifies(&settled.sign("evt_1", now, "{ }"), &settled), "another body");
    }
}
