//! The discovery document, pointing at this server.

use serde_json::json;

use crate::call::{Answer, Call};

pub(super) fn document(call: &Call) -> Answer {
    let here = call.origin();
    Answer::json(
        200,
        &json!({
            "issuer": format!("{here}/op/v1"),
            "authorization_endpoint": format!("{here}/connect/oauth2"),
            "token_endpoint": format!("{here}/oauth2/v1/tokens/bearer"),
            "userinfo_endpoint": format!("{here}/v1/openid_connect/userinfo"),
            "revocation_endpoint": format!("{here}/v2/oauth2/tokens/revoke"),
            "jwks_uri": format!("{here}/op/v1/jwks"),
            "response_types_supported": ["code"],
            "subject_types_supported": ["public"],
            "id_token_signing_alg_values_supported": ["RS256"],
            "scopes_supported": ["openid", "email", "profile", "address", "phone"],
            "token_endpoint_auth_methods_supported": ["client_secret_post", "client_secret_basic"],
            "claims_supported": ["aud", "exp", "iat", "iss", "realmid", "sub"]
        }),
    )
}

/// No key: the simulator issues no id tokens.
pub(super) fn keys() -> Answer {
    Answer::json(200, &json!({"keys": []}))
}
