//! All companies, and which company a token belongs to.

use std::{
    collections::{BTreeMap, HashMap},
    sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock},
};

use crate::{
    company::{Clock, Company, Profile},
    config::Config,
    seed::Templates,
    webhooks::Webhooks,
};

/// The first realm id; the sample recordings have ids of this length.
const FIRST_REALM: u64 = 9_341_457_021_722_202;

/// The whole simulated service.
#[derive(Debug)]
pub(crate) struct World {
    pub(crate) config: Config,
    pub(crate) webhooks: Webhooks,
    companies: RwLock<BTreeMap<String, Arc<Mutex<Company>>>>,
    tokens: Mutex<HashMap<String, String>>,
    templates: Templates,
}

impl World {
    pub(crate) fn new(config: Config, webhooks: Webhooks) -> Self {
        Self {
            config,
            webhooks,
            companies: RwLock::default(),
            tokens: Mutex::default(),
            templates: Templates::default(),
        }
    }

    /// Adds a company and returns its realm id.
    pub(crate) fn create_company(&self, profile: Profile) -> String {
        let clock = Clock::started();
        let ledger = self.templates.ledger(&profile, &clock);
        let mut companies = self.companies.write().unwrap_or_else(PoisonError::into_inner);
        let realm = (FIRST_REALM + companies.len() as u64).to_string();
        companies.insert(
            realm.clone(),
            Arc::new(Mutex::new(Company::new(realm.clone(), profile, ledger, clock))),
        );
        realm
    }

    pub(crate) fn company(&self, realm: &str) -> Option<Arc<Mutex<Company>>> {
        self.companies.read().unwrap_or_else(PoisonError::into_inner).get(realm).cloned()
    }

    pub(crate) fn companies(&self) -> Vec<Arc<Mutex<Company>>> {
        self.companies.read().unwrap_or_else(PoisonError::into_inner).values().cloned().collect()
    }

    /// The realm that a code or token was issued for.
    pub(crate) fn realm_of(&self, token: &str) -> Option<String> {
        self.tokens.lock().unwrap_or_else(PoisonError::into_inner).get(token).cloned()
    }

    pub(crate) fn remember_token(&self, token: &str, realm: &str) {
        self.tokens
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .insert(token.to_owned(), realm.to_owned());
    }
}

/// Locks a company; a panic in another call must not take the company with it.
pub(crate) fn locked(company: &Mutex<Company>) -> MutexGuard<'_, Company> {
    company.lock().unwrap_or_else(PoisonError::into_inner)
}
