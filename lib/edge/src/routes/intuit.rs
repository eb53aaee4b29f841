//! What Intuit tells of changes in QuickBooks: `POST /intuit/webhooks`. Open to everyone; the signature proves who calls.
//!
//! Intuit waits three seconds for the answer and repeats what it got none to, so nothing happens here but that it is
//! stored and queued.

use std::sync::Arc;

use axum::extract::State;
use axum::response::Response;
use axum::routing::post;
use bytes::Bytes;
use http::{HeaderMap, StatusCode};
use quickbooks::WebhookVerifier;
use quickbooks::webhook::{self, Parsed};
use secrecy::{ExposeSecret, SecretString};
use serde::Serialize;
use sync::chain;
use sync::notices::{self, Received};

use super::Routes;
use crate::answer;
use crate::deployment::Deployment;
use crate::local;
#[cfg(test)]
use crate::openapi::Operation;
use crate::problem::Problem;
use crate::telemetry::Ending;

/// The largest notification that is taken: above a thousand changes, and Intuit tells of a few at a time.
pub(super) const MAX_NOTIFICATION_BYTES: usize = 256 * 1024;
/// Holds the signature of the body.
const SIGNATURE: &str = "intuit-signature";

#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(rename = "Told"))]
struct Body {
    /// Changes that are seen to.
    taken: usize,
    /// Changes that came before and were seen to.
    known: usize,
    /// Changes of what is not kept here, or of companies that nobody connected.
    passed_over: usize,
}

type Deployed = State<Arc<Deployment>>;

pub(super) fn routes() -> Routes {
    Routes::new().route("/intuit/webhooks", post(hear))
}

#[cfg(test)]
pub(super) fn described() -> Vec<Operation> {
    const SAMPLES: &[&str] = &["intuit-webhook/classic.json", "intuit-webhook/cloudevents.json"];
    vec![
        Operation::new(http::Method::POST, "/intuit/webhooks", "hear_intuit", "Intuit tells of changes")
            .about("For Intuit only, which signs what it sends with the verifier token of its app: register this address there. The body is at most 256 KiB. What is told twice changes nothing; any answer but 200 makes Intuit tell it again.")
            .takes_signed(
                SIGNATURE,
                "HMAC-SHA256 of the body as it is sent, with the verifier token as the key, in base64.",
                "What changed, as CloudEvents or in Intuit's older format: <https://developer.intuit.com/app/developer/qbo/docs/develop/webhooks>",
                SAMPLES,
            )
            .answers::<Body>(StatusCode::OK, "It is stored and queued.")
            .refuses(unreadable(webhook::WebhookError::NotJson))
            .refuses(Problem::signature_invalid())
            .refuses(Problem::body_too_large(MAX_NOTIFICATION_BYTES))
            .refuses(Problem::webhooks_not_set_up())
            .refuses(Problem::unavailable()),
    ]
}

async fn hear(
    State(deployment): Deployed,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, Problem> {
    check(&deployment, &headers, &body).await?;
    let Parsed { notifications, unreadable: entries, left_out } =
        webhook::parse(&body).map_err(unreadable)?;
    if entries + left_out > 0 {
        tracing::error!(
            unreadable = entries,
            left_out,
            "Intuit told more than could be read; the next pull finds payments that are meant"
        );
    }
    local::run(async move {
        let received = notices::receive(&deployment.app, &notifications).await;
        received.map(|received| told(&received)).map_err(|error| again(&error))
    })
    .await
}

/// Whether Intuit sent this. Nothing is read of what it did not sign.
async fn check(deployment: &Deployment, headers: &HeaderMap, body: &[u8]) -> Result<(), Problem> {
    let signature = headers.get(SIGNATURE).and_then(|value| value.to_str().ok());
    // Before the secret is read: whoever sends no signature costs nothing.
    let Some(signature) = signature.filter(|signature| !signature.trim().is_empty()) else {
        return Err(forged(body));
    };
    let app = &deployment.app;
    match app.secrets.application(app.clock.now()).await {
        Ok(application) => believe(&application.webhook_verifiers, signature, body),
        Err(error @ aws::secrets::Error::Unavailable(_)) => {
            tracing::warn!(error = chain(&error), "the webhook verifier cannot be read");
            Err(Problem::unavailable())
        }
        Err(error) => {
            tracing::error!(error = chain(&error), "the webhook verifier cannot be read");
            Err(Problem::webhooks_not_set_up())
        }
    }
}

fn believe(verifiers: &[SecretString], signature: &str, body: &[u8]) -> Result<(), Problem> {
    if verifiers.is_empty() {
        tracing::error!(
            "the application secret has no webhook_verifier, so nothing that Intuit tells is believed"
        );
        return Err(Problem::webhooks_not_set_up());
    }
    let is_of = |verifier: &SecretString| {
        webhook::is_signed(body, signature, &WebhookVerifier::new(verifier.expose_secret()))
    };
    if verifiers.iter().any(is_of) { Ok(()) } else { Err(forged(body)) }
}

/// The same whatever is wrong with the signature.
fn forged(body: &[u8]) -> Problem {
    tracing::warn!(bytes = body.len(), "a notification is not signed by Intuit");
    Problem::signature_invalid()
}

/// Intuit signed it, and nobody can read it.
fn unreadable(error: webhook::WebhookError) -> Problem {
    tracing::error!(%error, "Intuit told something that cannot be read");
    Problem::unreadable_notification(&error.to_string())
}

/// Whatever is the matter here, Intuit is to repeat it.
fn again(error: &sync::Error) -> Problem {
    match error {
        sync::Error::Unavailable(..) => {
            tracing::warn!(error = chain(error), "what Intuit told could not be stored");
        }
        _ => tracing::error!(error = chain(error), "what Intuit told could not be stored"),
    }
    Problem::unavailable()
}

fn told(received: &Received) -> Response {
    let Received { taken, known, passed_over } = *received;
    let mut response = answer::json(StatusCode::OK, &Body { taken, known, passed_over });
    let outcome = format!("taken {taken}, known {known}, passed over {passed_over}");
    response.extensions_mut().insert(Ending { outcome: Some(outcome), ..Ending::default() });
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_counts_what_became_of_what_was_told() {
        let received = Received { taken: 2, known: 1, passed_over: 3 };
        let body = Body { taken: 2, known: 1, passed_over: 3 };
        let expected = r#"{"taken":2,"known":1,"passed_over":3}"#;
        assert_eq!(serde_json::to_string(&body).unwrap(), expected);
        let response = told(&received);
        assert_eq!(response.status(), StatusCode::OK);
        let outcome = response.extensions().get::<Ending>().unwrap().outcome.clone();
        assert_eq!(outcome.as_deref(), Some("taken 2, known 1, passed over 3"));
    }

    #[test]
    fn what_one_of_the_verifiers_signed_is_believed_and_nothing_without_any() {
        const BODY: &[u8] = br#"{"eventNotifications":[]}"#;
        // HMAC-SHA256 of the body with the key v-1.
        const SIGNATURE: &str = "HcbPy/Wc+Fak8z2rWALtYxOsJIxtMTnvSTFKZdFok2I=";
        let believed = |verifiers: &[&str], signature: &str, body: &[u8]| {
            let verifiers: Vec<SecretString> =
                verifiers.iter().map(|verifier| (*verifier).into()).collect();
            let believed = believe(&verifiers, signature, body);
            believed.map_err(|problem| (problem.status().as_u16(), problem.code().to_owned()))
        };
        let refused = |status: u16, code: &str| Err((status, code.to_owned()));
        for (verifiers, signature, body, expected) in [
            (&["v-1"][..], SIGNATURE, BODY, Ok(())),
            (&["v-2", "v-1"], SIGNATURE, BODY, Ok(())),
            (&["v-2"], SIGNATURE, BODY, refused(401, "signature_invalid")),
            (&["v-1"], SIGNATURE, &BODY[1..], refused(401, "signature_invalid")),
            (&["v-1"], &SIGNATURE[..20], BODY, refused(401, "signature_invalid")),
            (&["v-1"], "no base 64", BODY, refused(401, "signature_invalid")),
            (&[], SIGNATURE, BODY, refused(503, "misconfigured")),
        ] {
            assert_eq!(believed(verifiers, signature, body), expected, "{verifiers:?} {signature}");
        }
    }

    #[test]
    fn any_trouble_of_ours_makes_intuit_repeat() {
        let cause = || Box::new(std::io::Error::other("x"));
        for error in [
            sync::Error::Unavailable("the table", cause()),
            sync::Error::Internal("the queue", cause()),
            sync::Error::NotConfigured("the application secret", cause()),
        ] {
            assert_eq!(again(&error).status(), StatusCode::SERVICE_UNAVAILABLE, "{error}");
        }
    }
}
