//! A company's grants: codes, access and refresh tokens, and how they age by the company's clock.

use jiff::{SignedDuration, Timestamp};
use uuid::Uuid;

use crate::switches::{Rotation, Switches};

const ACCESS_SECONDS: i64 = 3600;
/// A refresh token dies after a hundred days without a newer one.
const REFRESH_SECONDS: i64 = 100 * 24 * 3600;
/// Whatever is refreshed, a grant ends after five years.
const HARD_SECONDS: i64 = 157_680_000;
const ROTATION_SECONDS: i64 = 24 * 3600;

/// What an access token is worth.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Access {
    Valid,
    Expired,
    Revoked,
    Unknown,
}

/// The answer of the token endpoint.
#[derive(Clone, Debug)]
pub(super) struct Tokens {
    pub(super) access_token: String,
    pub(super) refresh_token: String,
    pub(super) access_seconds: i64,
    pub(super) refresh_seconds: i64,
    pub(super) hard_seconds: i64,
}

/// Why a code or refresh token is refused; both are `invalid_grant`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Refused {
    Invalid,
    ExpiredOrRevoked,
}

#[derive(Debug)]
struct Issued {
    value: String,
    at: Timestamp,
    /// When a newer refresh token took over.
    replaced: Option<Timestamp>,
    expired: bool,
}

#[derive(Debug)]
struct Grant {
    code: String,
    redirect_uri: String,
    at: Timestamp,
    exchanged: bool,
    revoked: bool,
    access: Vec<Issued>,
    refresh: Vec<Issued>,
}

/// Every grant the company ever gave to the app.
#[derive(Debug, Default)]
pub(crate) struct Grants {
    grants: Vec<Grant>,
}

impl Grants {
    /// A new authorization code for the consent just given.
    pub(super) fn consent(&mut self, redirect_uri: &str, now: Timestamp) -> String {
        let code = format!("AB1{}{}", now.as_second(), Uuid::new_v4().simple());
        self.grants.push(Grant {
            code: code.clone(),
            redirect_uri: redirect_uri.to_owned(),
            at: now,
            exchanged: false,
            revoked: false,
            access: Vec::new(),
            refresh: Vec::new(),
        });
        code
    }

    /// Exchanges a code; a second exchange ends the grant.
    pub(super) fn exchange(
        &mut self,
        code: &str,
        redirect_uri: &str,
        now: Timestamp,
        switches: &Switches,
    ) -> Result<Tokens, Refused> {
        let grant =
            self.grants.iter_mut().find(|grant| grant.code == code).ok_or(Refused::Invalid)?;
        if grant.exchanged {
            grant.revoked = true;
            return Err(Refused::Invalid);
        }
        if grant.revoked
            || grant.redirect_uri != redirect_uri
            || now >= after(grant.at, switches.authorization_code_seconds)
        {
            return Err(Refused::Invalid);
        }
        grant.exchanged = true;
        grant.at = now;
        grant.refresh.push(Issued::new(&refresh_token(now), now));
        Ok(grant.pair(now))
    }

    /// Refreshes: a new access token, and a new refresh token when the company rotates.
    pub(super) fn refresh(
        &mut self,
        token: &str,
        now: Timestamp,
        switches: &Switches,
    ) -> Result<Tokens, Refused> {
        let grant = self
            .grants
            .iter_mut()
            .find(|grant| grant.refresh.iter().any(|issued| issued.value == token))
            .ok_or(Refused::Invalid)?;
        let sent =
            grant.refresh.iter().find(|issued| issued.value == token).ok_or(Refused::Invalid)?;
        let grace =
            if switches.rotation == Rotation::Strict { 0 } else { switches.refresh_grace_seconds };
        let replaced_too_long = sent.replaced.is_some_and(|replaced| now >= after(replaced, grace));
        let idle_too_long = now >= after(sent.at, REFRESH_SECONDS);
        if grant.revoked || idle_too_long || now >= after(grant.at, HARD_SECONDS) {
            return Err(Refused::ExpiredOrRevoked);
        }
        if replaced_too_long {
            return Err(Refused::Invalid);
        }
        let newest = grant.refresh.last_mut().ok_or(Refused::Invalid)?;
        // A replaced token in its grace gets the newest pair instead of starting another branch.
        let rotates = newest.value == token
            && (switches.rotation != Rotation::Daily || now >= after(newest.at, ROTATION_SECONDS));
        if rotates {
            newest.replaced = Some(now);
            grant.refresh.push(Issued::new(&refresh_token(now), now));
        }
        if switches.refresh_kills_access_token {
            grant.expire_access();
        }
        Ok(grant.pair(now))
    }

    /// Ends the connection; false when the token is unknown or already dead.
    pub(super) fn revoke(&mut self, token: &str) -> bool {
        let holds = |grant: &&mut Grant| {
            grant.access.iter().chain(&grant.refresh).any(|issued| issued.value == token)
        };
        let known = self.grants.iter_mut().find(holds).is_some_and(|grant| !grant.revoked);
        if known {
            self.revoke_all();
        }
        known
    }

    /// The user disconnects the app inside QuickBooks.
    pub(crate) fn revoke_all(&mut self) {
        for grant in &mut self.grants {
            grant.revoked = true;
        }
    }

    /// Whether an app may still work with the company.
    pub(crate) fn is_connected(&self, now: Timestamp) -> bool {
        self.grants.iter().any(|grant| {
            !grant.revoked
                && now < after(grant.at, HARD_SECONDS)
                && grant
                    .refresh
                    .last()
                    .is_some_and(|newest| now < after(newest.at, REFRESH_SECONDS))
        })
    }

    pub(crate) fn expire_access_tokens(&mut self) {
        self.grants.iter_mut().for_each(Grant::expire_access);
    }

    pub(crate) fn access(&self, token: &str, now: Timestamp) -> Access {
        let found = self.grants.iter().find_map(|grant| {
            Some((grant, grant.access.iter().find(|issued| issued.value == token)?))
        });
        match found {
            None => Access::Unknown,
            Some((grant, _)) if grant.revoked => Access::Revoked,
            Some((_, issued)) if issued.expired || now >= after(issued.at, ACCESS_SECONDS) => {
                Access::Expired
            }
            Some(_) => Access::Valid,
        }
    }
}

impl Grant {
    fn pair(&mut self, now: Timestamp) -> Tokens {
        let access = Issued::new(
            &format!(
                "eyJlbmMiOiJBMTI4Q0JDLUhTMjU2IiwiYWxnIjoiZGlyIn0..{}",
                Uuid::new_v4().simple()
            ),
            now,
        );
        let newest =
            self.refresh.last().map(|issued| (issued.value.clone(), issued.at)).unwrap_or_default();
        let tokens = Tokens {
            access_token: access.value.clone(),
            refresh_token: newest.0,
            access_seconds: ACCESS_SECONDS,
            refresh_seconds: left(newest.1, REFRESH_SECONDS, now),
            hard_seconds: left(self.at, HARD_SECONDS, now),
        };
        self.access.push(access);
        tokens
    }

    fn expire_access(&mut self) {
        for issued in &mut self.access {
            issued.expired = true;
        }
    }
}

impl Issued {
    fn new(value: &str, at: Timestamp) -> Self {
        Self { value: value.to_owned(), at, replaced: None, expired: false }
    }
}

fn refresh_token(now: Timestamp) -> String {
    format!("RT1-39-H3-{}{}", now.as_second() + REFRESH_SECONDS, Uuid::new_v4().simple())
}

fn after(start: Timestamp, seconds: i64) -> Timestamp {
    start.checked_add(SignedDuration::from_secs(seconds)).unwrap_or(Timestamp::MAX)
}

fn left(start: Timestamp, seconds: i64, now: Timestamp) -> i64 {
    (start.as_second() + seconds - now.as_second()).max(0)
}
