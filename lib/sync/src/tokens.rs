//! Token custody: access tokens of the warm environment, and one refresh at a time for each connection.
//!
//! The winner of the refresh stores the new pair before anyone uses it; the others wait and read it. `invalid_grant`
//! is believed only when the stored refresh token is still the one that was refused.

use std::collections::HashMap;
use std::sync::Mutex;

use aws::secrets::Tokens;
use aws::table::Refresh;
use domain::connection::Connection;
use domain::history::HistoryLine;
use domain::id::{CompanyId, TenantId};
use domain::reason::Failure;
use jiff::{SignedDuration, Timestamp};
use quickbooks::oauth::OauthError;
use quickbooks::{Access, AccessToken, RealmId, RefreshToken};
use secrecy::{ExposeSecret, SecretString};

use crate::{App, Error, chain, tally};

/// Access tokens kept warm; each is a few kilobytes.
const CACHED_AT_MOST: usize = 500;
/// A token this close to its end may run out on the way.
const EARLY: SignedDuration = SignedDuration::from_secs(60);
/// What a token has left that is not old enough to be renewed because a stranger says so; they are good for an hour. A
/// secret should not be written more often than every ten minutes, since its versions are kept for a day:
/// <https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_PutSecretValue.html>
const YOUNG: SignedDuration = SignedDuration::from_mins(30);
/// Longer than any refresh takes; after a winner died, the next one waits this long, and as long as clocks may differ.
const REFRESH_LEASE: SignedDuration = SignedDuration::from_secs(15);
/// How often, and how many times, those who lost look whether the winner is done: 6 s in all.
const LOOK_EVERY_MILLISECONDS: u64 = 200;
const LOOKS: usize = 30;

/// Access tokens of the warm environment.
#[derive(Default)]
pub struct Cache(Mutex<HashMap<TenantId, Current>>);

/// The tokens a call is made with.
#[derive(Clone)]
pub(crate) struct Current {
    pub(crate) access: Access,
    company: CompanyId,
    generation: u64,
    expires_at: Timestamp,
}

impl Cache {
    /// The company a tenant was last seen connected to; a hint for what to load.
    pub(crate) fn company(&self, tenant: &TenantId) -> Option<CompanyId> {
        self.get(tenant).map(|current| current.company)
    }

    fn get(&self, tenant: &TenantId) -> Option<Current> {
        self.0.lock().expect("no holder of this lock panics").get(tenant).cloned()
    }

    fn put(&self, tenant: &TenantId, current: Current) {
        let mut cache = self.0.lock().expect("no holder of this lock panics");
        if cache.len() >= CACHED_AT_MOST {
            cache.clear();
        }
        cache.insert(tenant.clone(), current);
    }

    pub(crate) fn forget(&self, tenant: &TenantId) {
        self.0.lock().expect("no holder of this lock panics").remove(tenant);
    }
}

/// The tokens for the tenant's next call, renewed if they are about to expire.
pub(crate) async fn current(
    app: &App,
    tenant: &TenantId,
    connection: &Connection,
) -> Result<Current, Failure> {
    let fresh = |current: &Current| {
        current.generation >= connection.token_generation
            && current.company == connection.company.id
    };
    let current = match app.tokens.get(tenant).filter(fresh) {
        Some(current) => current,
        None => read(app, tenant, connection).await?,
    };
    if current.expires_at > app.clock.now() + EARLY {
        Ok(current)
    } else {
        renew(app, tenant, connection, &current).await
    }
}

/// New tokens in the place of `stale`, which QuickBooks refused or which are about to expire.
pub(crate) async fn renew(
    app: &App,
    tenant: &TenantId,
    connection: &Connection,
    stale: &Current,
) -> Result<Current, Failure> {
    let owner = app.clock.unique();
    let mut generation = connection.token_generation;
    for _ in 0..LOOKS {
        let now = app.clock.now();
        let acquired =
            app.table.acquire_refresh(tenant, generation, &owner, now, lease_end(app, now)).await;
        match acquired.map_err(|error| failed("the refresh lease", &error))? {
            Refresh::Won => {
                return refresh(app, tenant, connection, stale, generation, &owner).await;
            }
            Refresh::NotConnected => return Err(Failure::needs_reconnect()),
            Refresh::Done { generation: theirs } => {
                let current = read(app, tenant, connection).await?;
                if current.generation > stale.generation {
                    return Ok(current);
                }
                generation = theirs;
            }
            Refresh::Busy { .. } => app.clock.wait(LOOK_EVERY_MILLISECONDS).await,
        }
    }
    Err(Failure::tokens_busy())
}

/// Somebody says that the connection was ended in QuickBooks, which is found out by renewing its tokens. Anyone can say
/// so, so tokens that are not half an hour old are believed.
pub(crate) async fn recheck(
    app: &App,
    tenant: &TenantId,
    connection: &Connection,
) -> Result<(), Failure> {
    let current = read(app, tenant, connection).await?;
    if current.expires_at > app.clock.now() + YOUNG {
        return Ok(());
    }
    renew(app, tenant, connection, &current).await.map(|_| ())
}

/// Keeps every other invocation from refreshing the connection's tokens while they are replaced by a consent.
pub(crate) async fn hold_refreshes(
    app: &App,
    tenant: &TenantId,
    connection: &Connection,
) -> Result<(), Failure> {
    let owner = app.clock.unique();
    for _ in 0..LOOKS {
        let now = app.clock.now();
        let generation = connection.token_generation;
        let acquired =
            app.table.acquire_refresh(tenant, generation, &owner, now, lease_end(app, now)).await;
        match acquired.map_err(|error| failed("the refresh lease", &error))? {
            Refresh::Busy { .. } => app.clock.wait(LOOK_EVERY_MILLISECONDS).await,
            Refresh::Won | Refresh::NotConnected | Refresh::Done { .. } => return Ok(()),
        }
    }
    Err(Failure::tokens_busy())
}

/// Until when a refresh that begins now, or goes on, is nobody else's business.
fn lease_end(app: &App, now: Timestamp) -> Timestamp {
    now + REFRESH_LEASE + SignedDuration::from_secs(app.clock_skew_seconds.into())
}

/// Refreshes as the only one.
async fn refresh(
    app: &App,
    tenant: &TenantId,
    connection: &Connection,
    stale: &Current,
    generation: u64,
    owner: &str,
) -> Result<Current, Failure> {
    let result = refresh_once(app, tenant, connection, stale, generation, owner).await;
    if result.is_err() {
        let released = app.table.release_refresh(tenant, owner).await;
        released.map_err(|error| failed("the refresh lease", &error))?;
    }
    result
}

async fn refresh_once(
    app: &App,
    tenant: &TenantId,
    connection: &Connection,
    stale: &Current,
    generation: u64,
    owner: &str,
) -> Result<Current, Failure> {
    let stored = stored(app, tenant, connection).await?;
    if stored.generation > stale.generation {
        // A winner died after storing the new pair and before saying so.
        publish(app, tenant, &stored, owner).await?;
        return Ok(keep(app, tenant, &stored));
    }
    let application = application(app).await?;
    let refresh_token = RefreshToken::new(stored.refresh_token.expose_secret());
    let answer = app.quickbooks.refresh(&application, &refresh_token).await;
    tally::note(|counts| match &answer {
        Ok(_) => counts.token_refreshes += 1,
        Err(OauthError::InvalidGrant { .. } | OauthError::UserNotInRealm { .. }) => {}
        Err(_) => counts.token_refreshes_failed += 1,
    });
    let grant = match answer {
        Ok(grant) => grant,
        Err(OauthError::InvalidGrant { .. } | OauthError::UserNotInRealm { .. }) => {
            let again = self::stored(app, tenant, connection).await?;
            if again.refresh_token.expose_secret() != stored.refresh_token.expose_secret() {
                return Ok(keep(app, tenant, &again));
            }
            return Err(mark_lost(app, tenant, generation).await?);
        }
        Err(error @ (OauthError::InvalidClient { .. } | OauthError::Misconfigured { .. })) => {
            tracing::error!(%tenant, error = chain(&error), "the application's credentials were refused");
            return Err(Failure::application_misconfigured());
        }
        Err(error @ OauthError::Unavailable { .. }) => {
            tracing::warn!(%tenant, error = chain(&error), "the refresh brought no answer");
            return Err(Failure::quickbooks_unavailable());
        }
    };
    let next = of_grant(
        &grant,
        connection.company.id.clone(),
        generation.max(stored.generation) + 1,
        app.clock.now(),
    );
    // A reconnect ends the lease; the pair it stored must not be overwritten by this one.
    let now = app.clock.now();
    let held = app.table.acquire_refresh(tenant, generation, owner, now, lease_end(app, now)).await;
    if held.map_err(|error| failed("the refresh lease", &error))? != Refresh::Won {
        return read(app, tenant, connection).await;
    }
    app.secrets
        .put_tokens(tenant, &next)
        .await
        .map_err(|error| failed("the tokens' secret", &error))?;
    publish(app, tenant, &next, owner).await?;
    tracing::info!(%tenant, generation = next.generation, "tokens refreshed");
    Ok(keep(app, tenant, &next))
}

async fn publish(
    app: &App,
    tenant: &TenantId,
    tokens: &Tokens,
    owner: &str,
) -> Result<(), Failure> {
    let Tokens { generation, refresh_expires_at, hard_expires_at, .. } = tokens;
    let finished = app
        .table
        .finish_refresh(
            tenant,
            owner,
            *generation,
            *refresh_expires_at,
            *hard_expires_at,
            app.clock.now(),
        )
        .await;
    finished.map(|_| ()).map_err(|error| failed("the refresh lease", &error))
}

/// QuickBooks refused the connection itself: from now on an admin has to connect again.
pub(crate) async fn lost(
    app: &App,
    tenant: &TenantId,
    connection: &Connection,
) -> Result<Failure, Error> {
    let generation =
        app.tokens.get(tenant).map_or(connection.token_generation, |current| current.generation);
    mark_lost(app, tenant, generation).await.or_else(Ok)
}

async fn mark_lost(app: &App, tenant: &TenantId, generation: u64) -> Result<Failure, Failure> {
    let failure = Failure::needs_reconnect();
    let description = format!("{} {}", failure.reason.message, failure.reason.remedy);
    let line = HistoryLine::about_tenant(app.clock.now(), "needs_reconnect", description);
    let marked = app.table.mark_needs_reconnect(tenant, generation, &line).await;
    let marked = marked.map_err(|error| failed("the connection", &error))?;
    tally::note(|counts| counts.connections_lost += u64::from(marked));
    app.tokens.forget(tenant);
    Ok(failure)
}

/// The application's own credentials, for the token service.
pub(crate) async fn application(app: &App) -> Result<quickbooks::oauth::App, Failure> {
    let application = app.secrets.application(app.clock.now()).await;
    let application = application.map_err(|error| {
        tracing::error!(error = chain(&error), "the application secret cannot be used");
        Failure::application_misconfigured()
    })?;
    Ok(quickbooks::oauth::App {
        client_id: application.client_id.clone(),
        client_secret: application.client_secret.clone(),
        redirect_uri: app.redirect_uri.clone(),
    })
}

/// A grant as it is stored.
pub(crate) fn of_grant(
    grant: &quickbooks::oauth::Grant,
    company_id: CompanyId,
    generation: u64,
    now: Timestamp,
) -> Tokens {
    let after = |seconds: u64| {
        now + SignedDuration::from_secs(i64::try_from(seconds).unwrap_or(0).min(YEARS_20))
    };
    Tokens {
        company_id,
        generation,
        access_token: SecretString::from(grant.access_token.expose()),
        access_expires_at: after(grant.access_expires_in_seconds),
        refresh_token: SecretString::from(grant.refresh_token.expose()),
        refresh_expires_at: after(grant.refresh_expires_in_seconds),
        hard_expires_at: grant.hard_expires_in_seconds.map(after),
    }
}

/// No token lives longer; keeps a nonsensical answer from overflowing the calendar.
const YEARS_20: i64 = 20 * 366 * 86_400;

async fn read(app: &App, tenant: &TenantId, connection: &Connection) -> Result<Current, Failure> {
    Ok(keep(app, tenant, &stored(app, tenant, connection).await?))
}

async fn stored(app: &App, tenant: &TenantId, connection: &Connection) -> Result<Tokens, Failure> {
    let tokens = app
        .secrets
        .tokens(tenant, &connection.company.id)
        .await
        .map_err(|error| failed("the tokens' secret", &error))?;
    match tokens {
        Some(tokens) => Ok(tokens),
        // Without them only a person can help.
        None => Err(mark_lost(app, tenant, connection.token_generation).await?),
    }
}

pub(crate) fn keep(app: &App, tenant: &TenantId, tokens: &Tokens) -> Current {
    let current = Current {
        access: Access {
            realm: RealmId::new(tokens.company_id.as_str()),
            token: AccessToken::new(tokens.access_token.expose_secret()),
        },
        company: tokens.company_id.clone(),
        generation: tokens.generation,
        expires_at: tokens.access_expires_at,
    };
    app.tokens.put(tenant, current.clone());
    current
}

fn failed(what: &'static str, error: &dyn std::error::Error) -> Failure {
    tracing::warn!(what, error = chain(error), "a part of AWS did not answer");
    Failure::quickbooks_unavailable()
}
