//! Where browsers come back from Intuit, and where Intuit sends people who want to reconnect. Open to everyone: the
//! state parameter proves who started it.

use std::sync::Arc;

use axum::extract::State;
use axum::response::{IntoResponse, Redirect, Response};
use domain::id::CompanyId;
use http::StatusCode;
use sync::chain;
use sync::connection::{self, Callback, Landing};

use super::{Routes, page};
use crate::deployment::Deployment;
use crate::http::Query;
#[cfg(test)]
use crate::openapi::Operation;
use crate::pages::{Page, Tone};

/// Where people start a connection.
const SETTINGS: &str = "Settings > Integrations";

type Deployed = State<Arc<Deployment>>;

pub(super) fn routes() -> Routes {
    page("/oauth/callback", callback)
        .merge(page("/oauth/reconnect", reconnect))
        .merge(page("/oauth/disconnected", disconnected))
}

/// What Intuit adds to the address that people come back to.
#[cfg(test)]
#[derive(schemars::JsonSchema)]
#[expect(dead_code, reason = "only its schema is used")]
struct CallbackQuery {
    /// Exchanged for tokens.
    code: Option<String>,
    /// Names the attempt to connect; good once, for ten minutes.
    state: Option<String>,
    /// The company that the person chose.
    #[schemars(rename = "realmId")]
    realm_id: Option<String>,
    /// Why there is no code.
    error: Option<String>,
}

/// Which company is meant.
#[cfg(test)]
#[derive(schemars::JsonSchema)]
#[expect(dead_code, reason = "only its schema is used")]
struct CompanyQuery {
    /// The company.
    #[schemars(rename = "realmId")]
    realm_id: Option<String>,
}

#[cfg(test)]
pub(super) fn described() -> Vec<Operation> {
    use http::Method;
    vec![
        Operation::new(Method::GET, "/oauth/callback", "oauth_callback", "People come back from Intuit")
            .asks::<CallbackQuery>()
            .shows(StatusCode::OK, "The company is connected, or the person left without connecting.")
            .shows(StatusCode::BAD_REQUEST, "The attempt has expired.")
            .shows(StatusCode::CONFLICT, "The company cannot be connected, and why.")
            .shows(StatusCode::BAD_GATEWAY, "QuickBooks did not complete the connection."),
        Operation::new(Method::GET, "/oauth/reconnect", "oauth_reconnect", "People want to reconnect")
            .about("Intuit sends people here who press \"Reconnect\" in QuickBooks or in one of its e-mails.")
            .asks::<CompanyQuery>()
            .redirects("To the consent page of Intuit.")
            .shows(StatusCode::NOT_FOUND, "The company is not known here.")
            .shows(StatusCode::BAD_GATEWAY, "The reconnection could not be started."),
        Operation::new(Method::GET, "/oauth/disconnected", "oauth_disconnected", "People have disconnected in QuickBooks")
            .about("Intuit sends people here who press \"Disconnect\" in QuickBooks. Whether it is so is asked of Intuit.")
            .asks::<CompanyQuery>()
            .shows(StatusCode::OK, "What that means; the same for every company."),
    ]
}

async fn callback(State(deployment): Deployed, query: Query) -> Response {
    let text = |name: &str| query.get(name).map(str::to_owned);
    let back = Callback {
        code: text("code"),
        state: text("state"),
        realm_id: text("realmId"),
        error: text("error"),
    };
    landing(connection::callback(&deployment.app, back).await).into_response()
}

/// Intuit sends people here who press "Reconnect" in QuickBooks or in one of its e-mails.
async fn reconnect(State(deployment): Deployed, query: Query) -> Response {
    let company = query.get("realmId").and_then(|realm| CompanyId::parse(realm).ok());
    let Some(company) = company else { return unknown_company().into_response() };
    match connection::reconnect(&deployment.app, &company).await {
        Ok(Some(url)) => Redirect::to(url.as_str()).into_response(),
        Ok(None) => unknown_company().into_response(),
        Err(error) => {
            tracing::error!(error = chain(&error), "the reconnection could not be started");
            failed().into_response()
        }
    }
}

/// Intuit sends people here who press "Disconnect" in QuickBooks. Anyone can come, so the page tells nobody anything.
async fn disconnected(State(deployment): Deployed, query: Query) -> Response {
    let company = query.get("realmId").and_then(|realm| CompanyId::parse(realm).ok());
    if let Some(company) = company
        && let Err(error) = connection::ended_in_quickbooks(&deployment.app, &company).await
    {
        // The next call to QuickBooks finds it out.
        tracing::error!(error = chain(&error), "the connection could not be looked at");
    }
    words(
        "disconnected",
        StatusCode::OK,
        Tone::Calm,
        "QuickBooks is disconnected",
        "Nothing is posted to QuickBooks and nothing is brought back from it any more. Links, settings and history are \
         kept, and records wait.",
        format!("To go on, connect again under {SETTINGS}. You can close this window."),
    )
    .into_response()
}

fn landing(landing: Landing) -> Page {
    match landing {
        Landing::Connected { company, return_url } => Page {
            return_url,
            ..words(
                "connected",
                StatusCode::OK,
                Tone::Good,
                "QuickBooks is connected",
                format!("{company} is connected. Records that were waiting are being posted now."),
                "Choose the accounts in the QuickBooks settings if you have not done so. You can close this window.",
            )
        },
        Landing::Cancelled { return_url } => Page {
            return_url,
            ..words(
                "cancelled",
                StatusCode::OK,
                Tone::Calm,
                "Nothing was connected",
                "You left QuickBooks without giving access, so nothing has changed.",
                format!(
                    "To connect later, start again under {SETTINGS}. You can close this window."
                ),
            )
        },
        Landing::StateInvalid => words(
            "state_invalid",
            StatusCode::BAD_REQUEST,
            Tone::Bad,
            "This attempt to connect has expired",
            "An attempt is good for ten minutes and for one use. This one is too old, was used already, or was not \
             started here. Nothing has changed.",
            format!(
                "Go back to {SETTINGS}; if QuickBooks is not shown as connected there, connect again."
            ),
        ),
        Landing::CompanyTaken => words(
            "company_taken",
            StatusCode::CONFLICT,
            Tone::Bad,
            "This company is connected elsewhere",
            "The QuickBooks company you chose is already connected by another account. A company can belong to one \
             account only, so nothing has changed.",
            "Choose another company, or disconnect it in the other account first. If you do not know who has it, ask \
             support.",
        ),
        Landing::DifferentCompany { connected, chosen } => words(
            "different_company",
            StatusCode::CONFLICT,
            Tone::Bad,
            "That is a different company",
            format!(
                "Your account belongs to the QuickBooks company {connected}, and you chose {chosen}. Nothing has changed, \
                 so that no records end up in the wrong books."
            ),
            format!(
                "Connect again under {SETTINGS} and choose {connected}. If you really want to change to {chosen}, choose \
                 there to connect a different company."
            ),
        ),
        Landing::UnsupportedEdition { edition } => words(
            "unsupported_edition",
            StatusCode::CONFLICT,
            Tone::Bad,
            "This edition cannot be connected",
            format!(
                "{edition} has no customers, invoices and accounts to post to. Nothing has changed."
            ),
            "Connect a company with QuickBooks Online Simple Start, Essentials, Plus or Advanced.",
        ),
        Landing::Failed => failed(),
    }
}

fn failed() -> Page {
    words(
        "failed",
        StatusCode::BAD_GATEWAY,
        Tone::Bad,
        "That did not work",
        "QuickBooks did not complete the connection. Nothing has changed.",
        format!("Connect again under {SETTINGS} in a few minutes. If it fails again, ask support."),
    )
}

fn unknown_company() -> Page {
    words(
        "unknown_company",
        StatusCode::NOT_FOUND,
        Tone::Calm,
        "Reconnect from your account",
        "This QuickBooks company is not known here, so it cannot be told which account it belongs to.",
        format!(
            "Sign in to the application that you use with QuickBooks and connect under {SETTINGS}."
        ),
    )
}

fn words(
    code: &'static str,
    status: StatusCode,
    tone: Tone,
    title: &str,
    what: impl Into<String>,
    next: impl Into<String>,
) -> Page {
    Page {
        code,
        status,
        tone,
        title: title.to_owned(),
        what: what.into(),
        next: next.into(),
        return_url: None,
    }
}
