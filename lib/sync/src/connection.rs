//! The life of a connection: consent, callback, status, disconnect, reconnect.

use aws::table::Keys;
use aws::table::{CompanyChange, ConnectError, OauthState};
use domain::connection::{self, Books, Company, Connection, Status};
use domain::fingerprint;
use domain::history::HistoryLine;
use domain::id::{CompanyId, TenantId};
use domain::money::Currency;
use domain::posting::Condition;
use jiff::{SignedDuration, Timestamp};
use quickbooks::oauth::{self, Grant};
use quickbooks::{Access, RealmId};
use secrecy::ExposeSecret;
use url::Url;

use crate::{App, Error, chain, quickbooks_online as back_end, tally, tokens, wake};

/// How long a consent may take.
const CONSENT: SignedDuration = SignedDuration::from_mins(10);

/// What the host asks for when a customer presses "Connect".
#[derive(Debug, Clone)]
pub struct Start {
    /// Whether another company than before may be connected.
    pub company_change: CompanyChange,
    /// Where the person goes afterwards.
    pub return_url: Option<String>,
}

/// What comes back with the customer's browser.
#[derive(Debug, Clone, Default)]
pub struct Callback {
    /// The one-time code.
    pub code: Option<String>,
    /// What [`start`] put into the address.
    pub state: Option<String>,
    /// The company the customer chose.
    pub realm_id: Option<String>,
    /// Why there is no code.
    pub error: Option<String>,
}

/// The page on which a consent ends.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Landing {
    /// Connected; waiting postings go on.
    Connected {
        /// The company's name.
        company: String,
        /// Where the person goes now.
        return_url: Option<String>,
    },
    /// The customer pressed "Cancel".
    Cancelled {
        /// Where the person goes now.
        return_url: Option<String>,
    },
    /// The state is unknown, expired, used, or another tenant's.
    StateInvalid,
    /// The company is connected for another tenant.
    CompanyTaken,
    /// Another company than the tenant's.
    DifferentCompany {
        /// The tenant's company.
        connected: String,
        /// The company that was chosen.
        chosen: String,
    },
    /// An edition without the accounting that is needed.
    UnsupportedEdition {
        /// As QuickBooks calls it.
        edition: String,
    },
    /// QuickBooks or AWS failed; nothing was stored.
    Failed,
}

/// A connection as people see it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct View {
    /// Absent when the tenant never connected.
    pub connection: Option<Connection>,
    /// Seen at.
    pub now: Timestamp,
}

/// Begins a consent: where the customer's browser has to go.
pub async fn start(app: &App, tenant: &TenantId, start: Start) -> Result<Url, Error> {
    let nonce = app.clock.nonce();
    let state = OauthState {
        company_change: start.company_change,
        expires_at: app.clock.now() + CONSENT,
        return_url: start.return_url,
    };
    app.table.put_state(tenant, &fingerprint::of(&nonce), &state).await?;
    let application = application(app).await?;
    // The tenant stands before the nonce: whoever changes it finds no such state.
    Ok(oauth::authorize_url(app.quickbooks.endpoints(), &application, &format!("{tenant}.{nonce}")))
}

/// Ends a consent. Nothing is stored unless the landing is `Connected`.
pub async fn callback(app: &App, callback: Callback) -> Landing {
    match try_callback(app, callback).await {
        Ok(landing) => landing,
        Err(error) => {
            tracing::error!(error = chain(&error), "the consent could not be completed");
            Landing::Failed
        }
    }
}

async fn try_callback(app: &App, callback: Callback) -> Result<Landing, Error> {
    let Some((tenant, nonce)) = callback.state.as_deref().and_then(parse_state) else {
        return Ok(Landing::StateInvalid);
    };
    let taker = app.clock.unique();
    let state = app.table.take_state(&tenant, &fingerprint::of(&nonce), &taker).await?;
    let Some(state) = state.filter(|state| state.expires_at > app.clock.now()) else {
        return Ok(Landing::StateInvalid);
    };
    // Only now is it known whose browser this is; the log of a failed consent is of no use without.
    tally::tenant(tenant.as_str());
    let (Some(code), Some(realm)) = (callback.code, callback.realm_id) else {
        let cancelled = callback.error.as_deref() == Some("access_denied");
        tracing::info!(%tenant, error = callback.error.as_deref().unwrap_or("none"), "no consent");
        return Ok(if cancelled {
            Landing::Cancelled { return_url: state.return_url }
        } else {
            Landing::Failed
        });
    };
    let Ok(company_id) = CompanyId::parse(&realm) else { return Ok(Landing::Failed) };
    // Before the code is exchanged: giving the grant back would end the other tenant's connection as well.
    let owner = app.table.company_tenant(&company_id).await?;
    if owner.is_some_and(|owner| owner != tenant) {
        return Ok(Landing::CompanyTaken);
    }
    let previous = load(app, &tenant).await?;
    let changes = previous.as_ref().filter(|previous| previous.company.id != company_id);
    let application = application(app).await?;
    let grant = app.quickbooks.exchange_code(&application, &code).await;
    let grant = grant.map_err(|error| Error::Unavailable("the token service", Box::new(error)))?;
    let company = match describe(app, &company_id, &grant).await {
        Ok(company) => company,
        Err(error) => {
            give_back(app, &application, &grant, previous.as_ref(), &company_id).await;
            return Err(error);
        }
    };
    if let Some(edition) =
        company.edition.clone().filter(|edition| Company::is_unsupported_edition(edition))
    {
        give_back(app, &application, &grant, previous.as_ref(), &company_id).await;
        return Ok(Landing::UnsupportedEdition { edition });
    }
    if let Some(previous) = changes.filter(|_| state.company_change == CompanyChange::Refused) {
        give_back(app, &application, &grant, Some(previous), &company_id).await;
        return Ok(Landing::DifferentCompany {
            connected: previous.company.name.clone(),
            chosen: company.name,
        });
    }
    connect(app, &tenant, company, &grant, previous, state.return_url).await
}

async fn connect(
    app: &App,
    tenant: &TenantId,
    company: Company,
    grant: &Grant,
    previous: Option<Connection>,
    return_url: Option<String>,
) -> Result<Landing, Error> {
    let now = app.clock.now();
    if let Some(previous) = &previous {
        let held = tokens::hold_refreshes(app, tenant, previous).await;
        held.map_err(|failure| {
            Error::Unavailable("the connection", failure.reason.message.into_string().into())
        })?;
    }
    let stored = app.secrets.tokens(tenant, &company.id).await?;
    let known = stored.map_or(0, |tokens| tokens.generation);
    let generation =
        known.max(previous.as_ref().map_or(0, |previous| previous.token_generation)) + 1;
    let tokens = tokens::of_grant(grant, company.id.clone(), generation, now);
    // The tokens first: a connection never says "connected" without them.
    app.secrets.create_tokens(tenant, &tokens).await?;
    let connection = Connection {
        schema: connection::SCHEMA,
        status: Status::Connected,
        company: company.clone(),
        connected_at: now,
        token_generation: generation,
        refresh_expires_at: tokens.refresh_expires_at,
        hard_expires_at: tokens.hard_expires_at,
        paused_until: None,
        wake_pending: true,
    };
    let line = HistoryLine::about_tenant(
        now,
        "connected",
        format!("QuickBooks company {} was connected.", company.name),
    );
    match app.table.connect(tenant, &connection, previous.as_ref(), &line).await {
        Ok(()) => {}
        Err(ConnectError::CompanyTaken) => {
            // Deleted, not revoked: that would end the other tenant's connection as well.
            app.secrets.delete_tokens(tenant, &company.id).await?;
            return Ok(Landing::CompanyTaken);
        }
        Err(ConnectError::Table(error)) => return Err(error.into()),
        Err(changed @ ConnectError::Changed) => {
            return Err(Error::Unavailable("the connection", Box::new(changed)));
        }
    }
    tokens::keep(app, tenant, &tokens);
    if let Some(other) = previous.filter(|previous| previous.company.id != company.id) {
        forget_tokens(app, tenant, &other.company.id).await?;
    }
    tracing::info!(%tenant, company = %company.id, "connected");
    if let Err(error) = wake::connection(app, tenant, &company.id).await {
        // The mark stays on the connection; whoever reads it next wakes them.
        tracing::warn!(%tenant, error = chain(&error), "waiting postings are woken later");
    }
    Ok(Landing::Connected { company: company.name, return_url })
}

/// How the connection stands.
pub async fn status(app: &App, tenant: &TenantId) -> Result<View, Error> {
    let connection = load(app, tenant).await?;
    if let Some(connection) = connection.as_ref().filter(|connection| connection.must_wake()) {
        wake::connection(app, tenant, &connection.company.id).await?;
    }
    Ok(View { connection, now: app.clock.now() })
}

/// Ends the connection: tokens are revoked and deleted; links, settings and history stay.
pub async fn disconnect(app: &App, tenant: &TenantId) -> Result<View, Error> {
    let line = HistoryLine::about_tenant(
        app.clock.now(),
        "disconnected",
        "QuickBooks was disconnected. Links, settings and history are kept.".to_owned(),
    );
    // First the mark that stops every sync at once, then the tokens, which a repeated call finishes.
    app.table.disconnect(tenant, &line).await?;
    app.tokens.forget(tenant);
    if let Some(connection) = load(app, tenant).await? {
        forget_tokens(app, tenant, &connection.company.id).await?;
    }
    status(app, tenant).await
}

/// Notes through which day a company's books are closed, as QuickBooks says now, and wakes what waits for another one. The
/// books if that is news.
pub(crate) async fn note_closed_through(
    app: &App,
    tenant: &TenantId,
    company: &Company,
    preferences: &quickbooks::entity::Preferences,
) -> Result<Option<Books>, Error> {
    let closed_through = back_end::closed_through(preferences);
    let books = Books { closed_through, ..company.books };
    if books == company.books {
        return Ok(None);
    }
    app.table.note_books(tenant, &company.id, &books, app.clock.now()).await?;
    if let Err(error) = wake::waiting(app, tenant, &Condition::Period.as_text()).await {
        // The mark stays on the connection; whoever reads it next wakes them.
        tracing::warn!(%tenant, error = chain(&error), "waiting postings are woken later");
    }
    Ok(Some(books))
}

/// Revokes and deletes the tokens of a company.
async fn forget_tokens(app: &App, tenant: &TenantId, company: &CompanyId) -> Result<(), Error> {
    let Some(tokens) = app.secrets.tokens(tenant, company).await? else { return Ok(()) };
    let refresh_token = quickbooks::RefreshToken::new(tokens.refresh_token.expose_secret());
    if let Err(error) = app.quickbooks.revoke(&application(app).await?, &refresh_token).await {
        tracing::warn!(%tenant, error = chain(&error), "the tokens could not be revoked");
    }
    app.secrets.delete_tokens(tenant, company).await?;
    Ok(())
}

/// Begins a consent for a company that Intuit sends back for it; absent when nobody has that company.
pub async fn reconnect(app: &App, company: &CompanyId) -> Result<Option<Url>, Error> {
    let Some(tenant) = app.table.company_tenant(company).await? else { return Ok(None) };
    let begin = Start { company_change: CompanyChange::Refused, return_url: None };
    start(app, &tenant, begin).await.map(Some)
}

/// Intuit sends a person back who ended the connection in QuickBooks. Nobody is believed: whether it is so is asked of
/// the token service.
pub async fn ended_in_quickbooks(app: &App, company: &CompanyId) -> Result<(), Error> {
    let Some(tenant) = app.table.company_tenant(company).await? else { return Ok(()) };
    let connection = load(app, &tenant).await?;
    let works = |connection: &Connection| {
        connection.company.id == *company && connection.status == Status::Connected
    };
    let Some(connection) = connection.filter(works) else { return Ok(()) };
    match tokens::recheck(app, &tenant, &connection).await {
        Ok(()) => tracing::info!(%tenant, "the connection was said to be ended, and is not"),
        Err(failure) => {
            tracing::info!(%tenant, code = failure.reason.code.as_ref(), "the connection was said to be ended");
        }
    }
    Ok(())
}

fn parse_state(state: &str) -> Option<(TenantId, String)> {
    let (tenant, nonce) = state.rsplit_once('.')?;
    Some((TenantId::parse(tenant).ok()?, nonce.to_owned()))
}

/// How the tenant is connected.
pub(crate) async fn load(app: &App, tenant: &TenantId) -> Result<Option<Connection>, Error> {
    let keys = Keys { connection: true, ..Keys::default() };
    Ok(app.table.load(tenant, &keys).await?.connection)
}

async fn application(app: &App) -> Result<oauth::App, Error> {
    tokens::application(app).await.map_err(|failure| {
        Error::NotConfigured("the application secret", failure.reason.message.into_string().into())
    })
}

/// What must be known of a company before anything is posted to it.
async fn describe(app: &App, id: &CompanyId, grant: &Grant) -> Result<Company, Error> {
    let access = Access { realm: RealmId::new(id.as_str()), token: grant.access_token.clone() };
    let info = app.quickbooks.company_info(&access).await.map_err(Error::quickbooks)?;
    let edition = info.feature("OfferingSku").map(str::to_owned);
    let unsupported = edition.as_deref().is_some_and(Company::is_unsupported_edition);
    let preferences = match app.quickbooks.preferences(&access).await {
        // An edition without accounting need not have preferences; it is refused by its name.
        Err(_) if unsupported => quickbooks::entity::Preferences::default(),
        answer => answer.map_err(Error::quickbooks)?,
    };
    let currencies = preferences.currency_prefs.as_ref();
    let home = currencies.and_then(|currencies| currencies.home_currency.as_ref());
    Ok(Company {
        id: id.clone(),
        name: info.company_name.clone().unwrap_or_else(|| id.to_string()),
        country: info.country.clone().unwrap_or_else(|| "US".to_owned()),
        edition,
        currency: home
            .and_then(|home| Currency::parse(home.value.as_str()))
            .or_else(|| Currency::parse("USD"))
            .expect("USD is a currency"),
        multicurrency: currencies
            .and_then(|currencies| currencies.multi_currency_enabled)
            .unwrap_or(false),
        books: Books {
            start: info.company_start_date,
            closed_through: back_end::closed_through(&preferences),
        },
    })
}

/// Gives a grant back that is not going to be used, unless that would end the tenant's own connection.
async fn give_back(
    app: &App,
    application: &oauth::App,
    grant: &Grant,
    previous: Option<&Connection>,
    company: &CompanyId,
) {
    if previous.is_some_and(|previous| previous.company.id == *company) {
        return;
    }
    if let Err(error) = app.quickbooks.revoke(application, &grant.refresh_token).await {
        tracing::warn!(error = chain(&error), "an unused grant could not be revoked");
    }
}
