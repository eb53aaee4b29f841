//! The tokens of one connection, in a secret of their own.

use aws_sdk_secretsmanager::operation::create_secret::CreateSecretError;
use aws_sdk_secretsmanager::operation::delete_secret::DeleteSecretError;
use aws_sdk_secretsmanager::operation::get_secret_value::GetSecretValueError;
use aws_sdk_secretsmanager::operation::put_secret_value::PutSecretValueError;
use domain::id::{CompanyId, TenantId};
use jiff::Timestamp;
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};

use super::{Error, Secrets};

/// Layout of the stored tokens.
const SCHEMA: u32 = 1;

/// A pair of tokens. It cannot be printed, and only this module can store it.
#[derive(Clone)]
pub struct Tokens {
    /// The company they open.
    pub company_id: CompanyId,
    /// Counts the pairs; the same as the connection's once a refresh is complete.
    pub generation: u64,
    /// What an API call presents.
    pub access_token: SecretString,
    /// When that ends.
    pub access_expires_at: Timestamp,
    /// What gets the next pair.
    pub refresh_token: SecretString,
    /// When that ends unless it is used.
    pub refresh_expires_at: Timestamp,
    /// When consent ends whatever happens.
    pub hard_expires_at: Option<Timestamp>,
}

#[derive(Serialize, Deserialize)]
struct Stored {
    schema: u32,
    company_id: CompanyId,
    generation: u64,
    access_token: String,
    access_expires_at: Timestamp,
    refresh_token: String,
    refresh_expires_at: Timestamp,
    hard_expires_at: Option<Timestamp>,
}

impl Secrets {
    /// The tokens as they are now; none when the tenant never connected or disconnected.
    pub async fn tokens(
        &self,
        tenant: &TenantId,
        company: &CompanyId,
    ) -> Result<Option<Tokens>, Error> {
        let name = self.name(tenant, company);
        let answer = self.client.get_secret_value().secret_id(&name).send().await;
        let error = match answer {
            Ok(answer) => return read(&name, answer.secret_string().unwrap_or_default()).map(Some),
            Err(error) => error,
        };
        match error.as_service_error() {
            // An invalid request is one for a secret that is being deleted.
            Some(
                GetSecretValueError::ResourceNotFoundException(_)
                | GetSecretValueError::InvalidRequestException(_),
            ) => Ok(None),
            _ => Err(error.into()),
        }
    }

    /// Replaces the tokens of a tenant who is connected.
    pub async fn put_tokens(&self, tenant: &TenantId, tokens: &Tokens) -> Result<(), Error> {
        let name = self.name(tenant, &tokens.company_id);
        match self.put(&name, tokens).await? {
            Put::Done => Ok(()),
            Put::Missing | Put::BeingDeleted => Err(Error::Gone { secret: name }),
        }
    }

    /// Stores the tokens of a tenant who connects, for the first time or again.
    pub async fn create_tokens(&self, tenant: &TenantId, tokens: &Tokens) -> Result<(), Error> {
        let name = self.name(tenant, &tokens.company_id);
        match self.put(&name, tokens).await? {
            Put::Done => return Ok(()),
            Put::Missing => {
                let created = self
                    .client
                    .create_secret()
                    .name(&name)
                    .description("QuickBooks tokens of one tenant, kept by ledgerbridge")
                    .secret_string(write(tokens))
                    .send()
                    .await;
                let Err(error) = created else { return Ok(()) };
                match error.as_service_error() {
                    // Someone else was faster; ours are the newer ones.
                    Some(CreateSecretError::ResourceExistsException(_)) => {}
                    // The old secret is still being deleted, which takes a moment even when forced.
                    Some(CreateSecretError::InvalidRequestException(_)) => {
                        return Err(Error::Unavailable(Box::new(error)));
                    }
                    _ => return Err(error.into()),
                }
            }
            Put::BeingDeleted => {
                self.client.restore_secret().secret_id(&name).send().await?;
            }
        }
        match self.put(&name, tokens).await? {
            Put::Done => Ok(()),
            Put::Missing | Put::BeingDeleted => {
                Err(Error::Unavailable("the secret is being deleted".into()))
            }
        }
    }

    /// Deletes the tokens of a tenant who disconnects, at once and for good.
    pub async fn delete_tokens(&self, tenant: &TenantId, company: &CompanyId) -> Result<(), Error> {
        let answer = self
            .client
            .delete_secret()
            .secret_id(self.name(tenant, company))
            .force_delete_without_recovery(true)
            .send()
            .await;
        let Err(error) = answer else { return Ok(()) };
        match error.as_service_error() {
            Some(DeleteSecretError::ResourceNotFoundException(_)) => Ok(()),
            _ => Err(error.into()),
        }
    }

    /// One secret for each connection, so that connecting another company cannot cost the tokens of this one. Every
    /// character that an id may have is allowed in the name of a secret.
    fn name(&self, tenant: &TenantId, company: &CompanyId) -> String {
        format!("{}/connection/{tenant}/{company}", self.prefix)
    }

    async fn put(&self, name: &str, tokens: &Tokens) -> Result<Put, Error> {
        let answer = self
            .client
            .put_secret_value()
            .secret_id(name)
            .secret_string(write(tokens))
            .send()
            .await;
        let Err(error) = answer else { return Ok(Put::Done) };
        match error.as_service_error() {
            Some(PutSecretValueError::ResourceNotFoundException(_)) => Ok(Put::Missing),
            Some(PutSecretValueError::InvalidRequestException(_)) => Ok(Put::BeingDeleted),
            _ => Err(error.into()),
        }
    }
}

enum Put {
    Done,
    Missing,
    BeingDeleted,
}

fn write(tokens: &Tokens) -> String {
    let stored = Stored {
        schema: SCHEMA,
        company_id: tokens.company_id.clone(),
        generation: tokens.generation,
        access_token: tokens.access_token.expose_secret().to_owned(),
        access_expires_at: tokens.access_expires_at,
        refresh_token: tokens.refresh_token.expose_secret().to_owned(),
        refresh_expires_at: tokens.refresh_expires_at,
        hard_expires_at: tokens.hard_expires_at,
    };
    serde_json::to_string(&stored).expect("texts, numbers and times are always JSON")
}

fn read(name: &str, text: &str) -> Result<Tokens, Error> {
    // What serde says about wrong JSON can quote it, so that is not passed on.
    match serde_json::from_str::<Stored>(text) {
        Ok(stored) if stored.schema <= SCHEMA => Ok(Tokens {
            company_id: stored.company_id,
            generation: stored.generation,
            access_token: stored.access_token.into(),
            access_expires_at: stored.access_expires_at,
            refresh_token: stored.refresh_token.into(),
            refresh_expires_at: stored.refresh_expires_at,
            hard_expires_at: stored.hard_expires_at,
        }),
        _ => Err(Error::Unreadable { secret: name.to_owned() }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tokens() -> Tokens {
        Tokens {
            company_id: CompanyId::parse("4620").unwrap(),
            generation: 7,
            access_token: "canary-access".into(),
            access_expires_at: "2026-03-01T09:00:00Z".parse().unwrap(),
            refresh_token: "canary-refresh".into(),
            refresh_expires_at: "2026-06-09T08:00:00Z".parse().unwrap(),
            hard_expires_at: Some("2031-03-01T08:00:00Z".parse().unwrap()),
        }
    }

    #[test]
    fn tokens_come_back_as_they_were_stored() {
        let text = write(&tokens());
        let back = read("s", &text).unwrap();
        assert_eq!(write(&back), text);
        assert_eq!(back.refresh_token.expose_secret(), "canary-refresh");
    }

    #[test]
    fn tokens_of_an_unknown_shape_are_refused_without_being_shown() {
        let newer = write(&tokens()).replace(r#""schema":1"#, r#""schema":2"#);
        for text in [newer.as_str(), "canary", r#"{"schema":"canary"}"#] {
            let error = read("s", text).err().unwrap();
            assert!(!format!("{error} {error:?}").contains("canary"));
        }
    }
}
