//! OAuth 2.0: discovery, the consent page, tokens and their revocation.

mod consent;
mod discovery;
mod grants;
mod tokens;

use http::Method;

pub(crate) use grants::{Access, Grants};

use crate::{
    call::{Answer, Call},
    world::World,
};

/// Answers a call to one of the OAuth endpoints.
pub(crate) fn answer(world: &World, call: &Call) -> Option<Answer> {
    Some(match (&call.method, call.path.trim_end_matches('/')) {
        (
            &Method::GET,
            "/.well-known/openid_configuration" | "/.well-known/openid_sandbox_configuration",
        ) => discovery::document(call),
        (&Method::GET, "/op/v1/jwks") => discovery::keys(),
        (&Method::GET, "/connect/oauth2") => consent::page(world, call),
        (&Method::POST, "/connect/oauth2") => consent::decision(world, call),
        (&Method::POST, "/oauth2/v1/tokens/bearer") => tokens::bearer(world, call),
        (&Method::POST, "/v2/oauth2/tokens/revoke") => tokens::revoke(world, call),
        _ => return None,
    })
}
