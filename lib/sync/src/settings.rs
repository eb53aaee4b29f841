//! The tenant's settings: read, and saved after QuickBooks confirmed the accounts.

use aws::table::Keys;
use domain::connection::Connection;
use domain::history::HistoryLine;
use domain::id::{ObjectId, TenantId};
use domain::posting::Condition;
use domain::settings::{Account, Setting, Settings, TransactionDate};
use quickbooks::Query;
use quickbooks::entity;

use crate::reading::{ReadError, Reader};
use crate::{App, Error, quickbooks_online as back_end, wake};

/// The fields a person changes; an absent one keeps its value, `Some(None)` clears it.
#[derive(Debug, Clone, Default)]
pub struct Change {
    /// Income account of the items that ledgerbridge creates.
    pub income_account: Option<Option<ObjectId>>,
    /// Where payments are deposited.
    pub deposit_account: Option<Option<ObjectId>>,
    /// Which day a document is dated.
    pub transaction_date: Option<TransactionDate>,
}

/// A field that cannot be saved.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BadField {
    /// The field.
    pub setting: Setting,
    /// What is the matter.
    pub message: String,
    /// What to do.
    pub remedy: String,
}

/// Why settings were not saved.
#[derive(Debug, thiserror::Error)]
pub enum SaveError {
    /// Some fields are wrong.
    #[error("some fields are wrong")]
    Fields(Vec<BadField>),
    /// Accounts can only be checked while a company is connected.
    #[error("no company is connected")]
    NotConnected,
    /// Something else.
    #[error(transparent)]
    Other(#[from] Error),
}

impl From<ReadError> for SaveError {
    fn from(error: ReadError) -> Self {
        match error {
            ReadError::NotConnected | ReadError::NeedsReconnect => Self::NotConnected,
            ReadError::Other(error) => Self::Other(error),
        }
    }
}

/// The tenant's settings; accounts of another company's books count as not chosen.
pub async fn read(app: &App, tenant: &TenantId) -> Result<Settings, Error> {
    Ok(load(app, tenant).await?.0)
}

/// Saves the changed fields and wakes what waited for them.
pub async fn save(app: &App, tenant: &TenantId, change: Change) -> Result<Settings, SaveError> {
    let (before, connection) = load(app, tenant).await?;
    let mut settings = before.clone();
    settings.transaction_date = change.transaction_date.unwrap_or(settings.transaction_date);
    let wanted: Vec<(Setting, &ObjectId)> = [
        (Setting::IncomeAccount, &change.income_account),
        (Setting::DepositAccount, &change.deposit_account),
    ]
    .into_iter()
    .filter_map(|(setting, id)| Some((setting, id.as_ref()?.as_ref()?)))
    .collect();
    let mut chosen = Vec::new();
    if !wanted.is_empty() {
        chosen = check(app, tenant, &wanted).await?;
    }
    for (setting, id) in [
        (Setting::IncomeAccount, change.income_account),
        (Setting::DepositAccount, change.deposit_account),
    ] {
        let field = match setting {
            Setting::IncomeAccount => &mut settings.income_account,
            Setting::DepositAccount => &mut settings.deposit_account,
        };
        match id {
            None => {}
            Some(None) => *field = None,
            Some(Some(_)) => {
                *field =
                    chosen.iter().find(|(of, _)| *of == setting).map(|(_, account)| account.clone())
            }
        }
    }
    if settings != before {
        settings.schema = domain::settings::SCHEMA;
        settings.revision += 1;
        settings.company = connection.map(|connection| connection.company.id);
        let saved = app.table.save_settings(tenant, &settings, &line(app, &settings)).await;
        saved.map_err(|error| match error {
            aws::table::SaveError::Table(error) => Error::from(error),
            conflict @ aws::table::SaveError::Conflict => {
                Error::Unavailable("the settings", Box::new(conflict))
            }
        })?;
    }
    // Also when nothing changed: a call that saved and died before this left them waiting.
    wake::waiting(app, tenant, &Condition::Settings.as_text()).await?;
    Ok(settings)
}

async fn load(app: &App, tenant: &TenantId) -> Result<(Settings, Option<Connection>), Error> {
    let keys = Keys { connection: true, settings: true, ..Keys::default() };
    let loaded = app.table.load(tenant, &keys).await?;
    let settings = match &loaded.connection {
        Some(connection) => loaded.settings.for_company(&connection.company.id),
        None => loaded.settings,
    };
    Ok((settings, loaded.connection))
}

/// Asks QuickBooks whether each account is there, active and of a kind that fits its use.
async fn check(
    app: &App,
    tenant: &TenantId,
    wanted: &[(Setting, &ObjectId)],
) -> Result<Vec<(Setting, Account)>, SaveError> {
    let query = Query::<entity::Account>::new()
        .one_of(quickbooks::Field::ID, wanted.iter().map(|(_, id)| id.as_str()));
    let mut reader = Reader::open(app, tenant).await?;
    let asked = reader.ask(async |client, access| client.query(access, &query).await).await?;
    let refused = |error| Error::Unavailable("QuickBooks", Box::new(error));
    let accounts = asked.map_err(refused)?.objects;
    let mut chosen = Vec::new();
    let mut bad = Vec::new();
    for (setting, id) in wanted {
        let account = accounts
            .iter()
            .find(|account| account.id.as_ref().is_some_and(|found| found.as_str() == id.as_str()));
        match account {
            Some(account) if fits(*setting, account) => {
                let name = account
                    .fully_qualified_name
                    .clone()
                    .or(account.name.clone())
                    .unwrap_or_default();
                chosen.push((*setting, Account { id: (*id).clone(), name }));
            }
            Some(account) => bad.push(BadField {
                setting: *setting,
                message: format!(
                    "Account {id} ({}) cannot be the {}.",
                    account.name.as_deref().unwrap_or("no name"),
                    setting.label()
                ),
                remedy: match setting {
                    Setting::IncomeAccount => {
                        "Choose an active account of type Income or Other Income.".to_owned()
                    }
                    Setting::DepositAccount => {
                        "Choose an active account of type Bank or Other Current Asset.".to_owned()
                    }
                },
            }),
            None => bad.push(BadField {
                setting: *setting,
                message: format!("QuickBooks has no active account {id}."),
                remedy: "Choose an account from the company's chart of accounts.".to_owned(),
            }),
        }
    }
    if bad.is_empty() { Ok(chosen) } else { Err(SaveError::Fields(bad)) }
}

/// The rule by which people are shown the accounts to choose from.
fn fits(setting: Setting, account: &entity::Account) -> bool {
    back_end::account(account.clone()).is_some_and(|account| account.suits(setting))
}

fn line(app: &App, settings: &Settings) -> HistoryLine {
    let name = |account: &Option<Account>| {
        account.as_ref().map_or("not chosen".to_owned(), |account| account.name.clone())
    };
    let description = format!(
        "Settings were saved: income account {}, deposit-to account {}.",
        name(&settings.income_account),
        name(&settings.deposit_account)
    );
    HistoryLine::about_tenant(app.clock.now(), "settings_saved", description)
}
