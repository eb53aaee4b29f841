//! Whether a call may touch the company: token, realm, user.

use super::Fault;
use crate::{call::Call, company::Company, oauth::Access, world::World};

/// Checks the bearer token against the company's grants.
pub(super) fn authorized(world: &World, company: &Company, call: &Call) -> Result<(), Fault> {
    let token =
        bearer(call).ok_or_else(|| Fault::authentication_failed("Token is empty or missing"))?;
    match company.grants.access(token, company.clock.now()) {
        Access::Valid if company.switches.user_lost_access => {
            Err(Fault::user_lost_access(&company.profile.edition))
        }
        Access::Valid => Ok(()),
        Access::Expired => Err(Fault::authentication_failed(&format!("Token expired: {token}"))),
        Access::Revoked => Err(Fault::authentication_failed(&format!("Token revoked: {token}"))),
        Access::Unknown if world.realm_of(token).is_some() => {
            Err(Fault::not_authorized_for_company())
        }
        Access::Unknown => Err(Fault::authentication_failed("Token is invalid / malformed")),
    }
}

/// The fault for a realm that does not exist.
pub(super) fn unknown_company(world: &World, call: &Call) -> Fault {
    match bearer(call) {
        Some(token) if world.realm_of(token).is_some() => Fault::not_authorized_for_company(),
        _ => Fault::authentication_failed("Token is invalid / malformed"),
    }
}

fn bearer(call: &Call) -> Option<&str> {
    call.header("authorization")?
        .strip_prefix("Bearer ")
        .map(str::trim)
        .filter(|token| !token.is_empty())
}
