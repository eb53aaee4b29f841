//! The application secret: what belongs to the deployment and to no tenant.

use std::sync::{Arc, PoisonError};

use domain::role::Role;
use jiff::{SignedDuration, Timestamp};
use secrecy::SecretString;
use serde::Deserialize;

use super::{Cached, Error, Secrets};

/// A changed API key is known everywhere after this; shorter would cost a call more often than it helps.
const KEEP: SignedDuration = SignedDuration::from_mins(5);

/// As many characters as make a key of 128 bits even in hexadecimal digits.
const SIGNING_KEY_LENGTH: usize = 32;

/// Intuit's credentials of the deployment's app, and what guards its own doors.
pub struct Application {
    /// The app's id at Intuit.
    pub client_id: String,
    /// The app's secret at Intuit.
    pub client_secret: SecretString,
    /// Any of them proves that a webhook is Intuit's. Two are there while Intuit changes from one to the other.
    pub webhook_verifiers: Vec<SecretString>,
    /// The secrets that sign events are made from it; absent when it is shorter than 32 characters.
    pub event_signing_key: Option<SecretString>,
    /// Any of them opens the API; none when callers are known by IAM.
    pub api_keys: Vec<ApiKey>,
}

/// One key of the host's.
#[derive(Clone)]
pub struct ApiKey {
    /// What callers show.
    pub key: SecretString,
    /// What they may do.
    pub role: Role,
}

#[derive(Deserialize)]
struct Stored {
    #[serde(default)]
    client_id: String,
    #[serde(default)]
    client_secret: String,
    #[serde(default)]
    webhook_verifier: Verifiers,
    #[serde(default)]
    event_signing_key: Option<String>,
    #[serde(default)]
    api_keys: Vec<StoredKey>,
}

/// Intuit shows one at a time, so that is what people paste.
#[derive(Deserialize, Default)]
#[serde(untagged)]
enum Verifiers {
    #[default]
    None,
    One(String),
    Several(Vec<String>),
}

/// A text alone is an admin's key.
#[derive(Deserialize)]
#[serde(untagged)]
enum StoredKey {
    Admin(String),
    WithRole(KeyWithRole),
}

/// A misspelt member must not widen what a key may do.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct KeyWithRole {
    key: String,
    role: Role,
}

impl Secrets {
    /// The application secret, at most five minutes old.
    pub async fn application(&self, now: Timestamp) -> Result<Arc<Application>, Error> {
        if let Some(application) = self.cached(now) {
            return Ok(application);
        }
        let name = format!("{}/application", self.prefix);
        let answer = self.client.get_secret_value().secret_id(&name).send().await?;
        let application = Arc::new(read(&name, answer.secret_string().unwrap_or_default())?);
        *self.application.lock().unwrap_or_else(PoisonError::into_inner) =
            Some(Cached { application: Arc::clone(&application), read_at: now });
        Ok(application)
    }

    fn cached(&self, now: Timestamp) -> Option<Arc<Application>> {
        let cached = self.application.lock().unwrap_or_else(PoisonError::into_inner);
        let cached = cached.as_ref()?;
        let fresh = (SignedDuration::ZERO..KEEP).contains(&now.duration_since(cached.read_at));
        fresh.then(|| Arc::clone(&cached.application))
    }
}

fn read(name: &str, text: &str) -> Result<Application, Error> {
    let lacks = |missing| Error::NotConfigured { secret: name.to_owned(), missing };
    // What serde says about wrong JSON can quote it, so that is not passed on.
    let stored: Stored = serde_json::from_str(text)
        .map_err(|_| lacks(vec!["client_id", "client_secret", "api_keys"]))?;
    let client_id = filled(stored.client_id);
    let client_secret = filled(stored.client_secret);
    match (client_id, client_secret) {
        (Some(client_id), Some(client_secret)) => Ok(Application {
            client_id,
            client_secret: client_secret.into(),
            webhook_verifiers: stored.webhook_verifier.read(),
            event_signing_key: stored.event_signing_key.and_then(long).map(SecretString::from),
            // An empty key would open the door to a caller who sends none.
            api_keys: stored.api_keys.into_iter().filter_map(StoredKey::read).collect(),
        }),
        (client_id, client_secret) => {
            let members = [("client_id", client_id), ("client_secret", client_secret)];
            let missing = members.into_iter().filter(|(_, value)| value.is_none());
            Err(lacks(missing.map(|(member, _)| member).collect()))
        }
    }
}

impl Verifiers {
    /// An empty one would vouch for everyone.
    fn read(self) -> Vec<SecretString> {
        let stored = match self {
            Self::None => Vec::new(),
            Self::One(verifier) => vec![verifier],
            Self::Several(verifiers) => verifiers,
        };
        stored.into_iter().filter_map(filled).map(SecretString::from).collect()
    }
}

impl StoredKey {
    fn read(self) -> Option<ApiKey> {
        let (key, role) = match self {
            Self::Admin(key) => (key, Role::Admin),
            Self::WithRole(KeyWithRole { key, role }) => (key, role),
        };
        Some(ApiKey { key: filled(key)?.into(), role })
    }
}

/// What signs must not be guessed.
fn long(text: String) -> Option<String> {
    filled(text).filter(|text| text.chars().count() >= SIGNING_KEY_LENGTH)
}

/// Pasted values come with blanks around them.
fn filled(text: String) -> Option<String> {
    let text = text.trim();
    (!text.is_empty()).then(|| text.to_owned())
}

#[cfg(test)]
mod tests {
    use secrecy::ExposeSecret;

    use super::*;

    #[test]
    fn a_secret_that_is_not_filled_in_is_refused_by_member_without_its_values() {
        for (text, missing) in [
            (
                r#"{"client_id":"","client_secret":"","webhook_verifier":"","api_keys":[]}"#,
                "client_id, client_secret",
            ),
            (r#"{"client_id":"canary","api_keys":["canary"]}"#, "client_secret"),
            (r#"{"client_secret":"canary"}"#, "client_id"),
            (r#"{"client_id":" ","client_secret":"canary"}"#, "client_id"),
            ("canary", "client_id, client_secret, api_keys"),
            (r#"{"api_keys":"canary"}"#, "client_id, client_secret, api_keys"),
            (
                r#"{"api_keys":[{"key":"canary","role":"root"}]}"#,
                "client_id, client_secret, api_keys",
            ),
            (r#"{"api_keys":[{"key":"canary"}]}"#, "client_id, client_secret, api_keys"),
        ] {
            let error = read("ledgerbridge-test/application", text).err().unwrap();
            let shown = error.to_string();
            assert_eq!(shown, format!("the secret ledgerbridge-test/application lacks {missing}"));
            assert!(!format!("{error:?}").contains("canary"));
        }
    }

    #[test]
    fn an_empty_api_key_never_opens_anything_and_a_text_alone_is_an_admins() {
        let text = r#"{"client_id":"id","client_secret":" secret\n","webhook_verifier":"","api_keys":[""," k1 ",
            {"key":"","role":"admin"},{"key":"k2 ","role":"read"},{"key":"k3","role":"sync"},{"key":"k4","role":"admin"}]}"#;
        let application = read("a", text).unwrap();
        assert_eq!(application.client_secret.expose_secret(), "secret");
        assert!(application.webhook_verifiers.is_empty());
        let keys: Vec<(&str, Role)> = application
            .api_keys
            .iter()
            .map(|known| (known.key.expose_secret(), known.role))
            .collect();
        let expected =
            [("k1", Role::Admin), ("k2", Role::Read), ("k3", Role::Sync), ("k4", Role::Admin)];
        assert_eq!(keys, expected);
    }

    #[test]
    fn one_verifier_or_several_vouch_for_webhooks_and_an_empty_one_does_not() {
        for (stored, expected) in [
            (r#""""#, &[][..]),
            ("null", &[]),
            ("[]", &[]),
            (r#"" v1\n""#, &["v1"]),
            (r#"["v2","", "v1 "]"#, &["v2", "v1"]),
        ] {
            let text =
                format!(r#"{{"client_id":"i","client_secret":"s","webhook_verifier":{stored}}}"#);
            let verifiers = read("a", &text).unwrap().webhook_verifiers;
            let verifiers: Vec<&str> =
                verifiers.iter().map(|verifier| verifier.expose_secret()).collect();
            assert_eq!(verifiers, expected, "{stored}");
        }
        assert!(read("a", r#"{"client_id":"i","client_secret":"s"}"#).is_ok());
        let wrong = r#"{"client_id":"i","client_secret":"s","webhook_verifier":{"canary":1}}"#;
        assert!(!format!("{:?}", read("a", wrong).err().unwrap()).contains("canary"));
    }

    #[test]
    fn a_short_key_signs_nothing() {
        let key = |key: &str| {
            let text =
                format!(r#"{{"client_id":"i","client_secret":"s","event_signing_key":"{key}"}}"#);
            read("a", &text).unwrap().event_signing_key.map(|key| key.expose_secret().to_owned())
        };
        let long = "x".repeat(32);
        assert_eq!(key(&format!(" {long} ")), Some(long.clone()));
        assert_eq!((key(""), key(&long[1..])), (None, None));
    }
}
