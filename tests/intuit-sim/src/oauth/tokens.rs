//! The token and revocation endpoints.

use base64::{Engine, prelude::BASE64_STANDARD};
use serde_json::{Value, json};

use super::grants::{Refused, Tokens};
use crate::{
    call::{Answer, Call},
    company::Company,
    control::{Attempt, Matching, Outcome, Strike},
    world::{World, locked},
};

/// `POST /oauth2/v1/tokens/bearer`: exchanges a code or refreshes.
pub(super) fn bearer(world: &World, call: &Call) -> Answer {
    let form = call.form();
    let field =
        |name: &str| form.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str());
    let (operation, secret) = match field("grant_type") {
        Some("authorization_code") => ("token_exchange", field("code")),
        Some("refresh_token") => ("token_refresh", field("refresh_token")),
        Some(_) => return error(400, "unsupported_grant_type", None),
        None => return error(400, "invalid_request", Some("grant_type is missing")),
    };
    let Some(secret) = secret else {
        return error(400, "invalid_request", Some("the code or refresh token is missing"));
    };
    let known_client = is_app(world, call, &form);
    let Some(company) = world.realm_of(secret).and_then(|realm| world.company(&realm)) else {
        return if known_client {
            refused(Refused::Invalid)
        } else {
            error(401, "invalid_client", None)
        };
    };
    journaled(&mut locked(&company), call, operation, |company| {
        if !known_client {
            return error(401, "invalid_client", None);
        }
        let now = company.clock.now();
        let result = if operation == "token_exchange" {
            company.grants.exchange(
                secret,
                field("redirect_uri").unwrap_or_default(),
                now,
                &company.switches,
            )
        } else {
            company.grants.refresh(secret, now, &company.switches)
        };
        match result {
            Ok(tokens) => {
                world.remember_token(&tokens.access_token, &company.realm);
                world.remember_token(&tokens.refresh_token, &company.realm);
                granted(call, &tokens)
            }
            Err(why) => refused(why),
        }
    })
}

/// `POST /v2/oauth2/tokens/revoke`: ends the connection that a token belongs to.
pub(super) fn revoke(world: &World, call: &Call) -> Answer {
    let form = call.form();
    if !is_app(world, call, &form) {
        return error(401, "invalid_client", None);
    }
    let in_json = serde_json::from_slice::<Value>(&call.body)
        .ok()
        .and_then(|body| body["token"].as_str().map(str::to_owned));
    let Some(token) = in_json
        .or_else(|| form.into_iter().find(|(name, _)| name == "token").map(|(_, token)| token))
    else {
        return error(400, "invalid_request", Some("token is missing"));
    };
    let Some(company) = world.realm_of(&token).and_then(|realm| world.company(&realm)) else {
        return refused(Refused::Invalid);
    };
    journaled(&mut locked(&company), call, "revoke", |company| {
        if company.grants.revoke(&token) {
            Answer::bytes(200, "application/json", "")
        } else {
            refused(Refused::Invalid)
        }
    })
}

/// Runs a token call under the company's scripted faults and writes it into its journal.
fn journaled(
    company: &mut Company,
    call: &Call,
    operation: &str,
    act: impl FnOnce(&mut Company) -> Answer,
) -> Answer {
    let attempt = Attempt::of_token(call, company, operation);
    let matching = Matching { operation, entity: "", method: call.method.as_str(), body: "" };
    let scripted = company.script.strike_with(&matching);
    let instead = scripted.as_ref().and_then(|strike| match strike {
        Strike::OauthError { status, error: name, description } => {
            Some(error(*status, name, description.as_deref()))
        }
        other => other.instead(company),
    });
    if let Some(answer) = instead {
        return attempt.struck(company, answer, &scripted);
    }
    let answer = act(company);
    let outcome = if answer.status == 200 { Outcome::Performed } else { Outcome::Rejected };
    attempt.done(company, answer, outcome, scripted)
}

fn granted(call: &Call, tokens: &Tokens) -> Answer {
    let mut body = json!({
        "token_type": "bearer",
        "access_token": tokens.access_token,
        "expires_in": tokens.access_seconds,
        "refresh_token": tokens.refresh_token,
        "x_refresh_token_expires_in": tokens.refresh_seconds
    });
    if call
        .header("x-include-refresh-token-hard-expires-in")
        .is_some_and(|wanted| wanted.eq_ignore_ascii_case("true"))
    {
        body["x_refresh_token_hard_expires_in"] = json!(tokens.hard_seconds);
    }
    Answer::json(200, &body).with_header("cache-control", "no-cache, no-store")
}

fn refused(why: Refused) -> Answer {
    let description = match why {
        Refused::Invalid => "Token invalid",
        Refused::ExpiredOrRevoked => "Token has been expired or revoked.",
    };
    error(400, "invalid_grant", Some(description))
}

fn error(status: u16, error: &str, description: Option<&str>) -> Answer {
    let mut body = json!({"error": error});
    if let Some(description) = description {
        body["error_description"] = json!(description);
    }
    Answer::json(status, &body)
}

/// Whether the caller proved to be the registered app, in the header or in the form.
fn is_app(world: &World, call: &Call, form: &[(String, String)]) -> bool {
    let field =
        |name: &str| form.iter().find(|(key, _)| key == name).map(|(_, value)| value.clone());
    let in_header = || {
        let (scheme, encoded) = call.header("authorization")?.split_once(' ')?;
        let decoded = BASE64_STANDARD
            .decode(encoded.trim())
            .ok()
            .filter(|_| scheme.eq_ignore_ascii_case("basic"))?;
        let (id, secret) = std::str::from_utf8(&decoded)
            .ok()?
            .split_once(':')
            .map(|(id, secret)| (id.to_owned(), secret.to_owned()))?;
        Some((id, secret))
    };
    let proof = in_header().or_else(|| field("client_id").zip(field("client_secret")));
    proof == Some((world.config.client_id.clone(), world.config.client_secret.clone()))
}
