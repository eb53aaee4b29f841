//! The control API under `/sim`: companies, clocks, switches, scripted faults, journals, books and webhooks.

pub(crate) mod bookkeeper;
mod books;
pub(crate) mod companies;
mod journal;
mod script;
pub(crate) mod webhooks;

use http::Method;
use serde_json::{Value, json};

pub(crate) use journal::{Attempt, Journal, Outcome};
pub(crate) use script::{Matching, Script, Strike};

use crate::{
    call::{Answer, Call},
    world::{World, locked},
};

/// Why a control call is refused.
#[derive(Debug)]
pub(crate) enum Refusal {
    NotFound,
    Bad(String),
    /// A write as a bookkeeper was refused by QuickBooks' own rules.
    Fault(Box<crate::api::Fault>),
}

/// Answers a call under `/sim`; only this machine may.
pub(crate) fn answer(world: &World, call: &Call) -> Answer {
    if !call.from_loopback {
        return Answer::json(403, &json!({"error": "the control API answers on loopback only"}));
    }
    match dispatch(world, call) {
        Ok(body) => Answer::json(200, &body),
        Err(Refusal::NotFound) => {
            Answer::json(404, &json!({"error": "there is nothing at this address"}))
        }
        Err(Refusal::Bad(problem)) => Answer::json(400, &json!({"error": problem})),
        Err(Refusal::Fault(fault)) => Answer::json(fault.status, &json!({"Fault": fault.member()})),
    }
}

fn dispatch(world: &World, call: &Call) -> Result<Value, Refusal> {
    let parts = call.path_parts();
    let (get, post) = (call.method == Method::GET, call.method == Method::POST);
    let (realm, rest) = match parts.as_slice() {
        ["sim", "webhooks"] => return webhooks::subscription(world, call),
        ["sim", "companies"] if get => return Ok(companies::list(world)),
        ["sim", "companies"] if post => return companies::create(world, call),
        ["sim", "companies", realm, rest @ ..] => (*realm, rest),
        _ => return Err(Refusal::NotFound),
    };
    let company = world.company(realm).ok_or(Refusal::NotFound)?;
    let company = &mut *locked(&company);
    match rest {
        ["switches"] if get => Ok(companies::switches(company)),
        ["switches"] if call.method == Method::PATCH => {
            companies::change_switches(company, &body(call)?)
        }
        ["clock"] if get => Ok(companies::clock(company)),
        ["clock"] if post => companies::move_clock(company, &body(call)?),
        ["faults"] if get => Ok(company.script.listed()),
        ["faults"] if post => {
            company.script.add(body(call)?).map(|id| json!({"id": id})).map_err(Refusal::Bad)
        }
        ["faults"] if call.method == Method::DELETE => {
            company.script.clear();
            Ok(json!({}))
        }
        ["journal"] if get => {
            let after =
                call.parameter("after").and_then(|after| after.parse().ok()).unwrap_or_default();
            Ok(company.journal.listed(after))
        }
        ["trial-balance"] if get => Ok(companies::trial_balance(company)),
        ["books"] if get => books::all(company, call),
        ["books", entity, id] if get => books::one(company, entity, id),
        ["objects", entity] if get => companies::objects(company, entity),
        ["bookkeeper", "bulk-bill-payments"] if post => {
            bookkeeper::repeat_bill_payments(company, &body(call)?)
        }
        ["bookkeeper", entity, "enter"] if post => {
            bookkeeper::entered(company, entity, &body(call)?)
        }
        ["bookkeeper", entity] if post => bookkeeper::written(company, entity, call, &body(call)?),
        ["bookkeeper", entity, id, deed] if post => {
            bookkeeper::done(company, entity, id, deed, &body(call)?)
        }
        ["revoke"] if post => {
            company.grants.revoke_all();
            Ok(json!({}))
        }
        ["tokens", "expire-access"] if post => {
            company.grants.expire_access_tokens();
            Ok(json!({}))
        }
        ["webhooks", rest @ ..] => webhooks::of_company(&world.webhooks, company, call, rest),
        _ => Err(Refusal::NotFound),
    }
}

fn body(call: &Call) -> Result<Value, Refusal> {
    if call.body.is_empty() {
        return Ok(json!({}));
    }
    serde_json::from_slice(&call.body).map_err(|error| Refusal::Bad(error.to_string()))
}
