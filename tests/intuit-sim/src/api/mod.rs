//! The accounting API under `/v3/company/{realm}/`.

mod access;
mod batch;
mod cdc;
mod faults;
mod limits;
mod operation;
mod query;
mod read;
mod requestid;

use http::Method;
use serde_json::{Value, json};

pub(crate) use faults::Fault;
pub(crate) use limits::{Limit, Limiter, throttled};
pub(crate) use operation::{Operation, Target};
pub(crate) use requestid::Replays;

use crate::{
    call::{Answer, Call},
    company::{Clock, Company},
    control::{Attempt, Outcome},
    entities::{Action, EntityType},
    json::Object,
    ledger::{Options, Write, write},
    switches::Policy,
    world::{World, locked},
};

/// Answers one API call and writes it into the company's journal.
pub(crate) fn answer(world: &World, call: &Call, realm: &str) -> Answer {
    let Some(company) = world.company(realm) else {
        return access::unknown_company(world, call).answer(&Clock::started());
    };
    let mut company = locked(&company);
    let company = &mut *company;
    let target = Target::of(call);
    let mut attempt = Attempt::new(call, company, &target);
    if let Err(fault) = access::authorized(world, company, call) {
        return attempt.refused(company, &fault);
    }
    let scripted = company.script.strike(call, (target.operation.name(), &target.name));
    if let Some(answer) = scripted.as_ref().and_then(|strike| strike.instead(company)) {
        return attempt.struck(company, answer, &scripted);
    }
    if let Err(limit) = company.limiter.admit(
        &company.clock,
        &company.switches,
        target.operation == Operation::Batch,
    ) {
        return attempt.limited(company, limit);
    }
    let replayed = match requestid::replayed(company, call, target.operation) {
        Ok(replayed) => replayed,
        Err(fault) => return attempt.refused(company, &fault),
    };
    let (answer, outcome) = match replayed {
        Some(answer) => (answer, Outcome::Replayed),
        None => match perform(company, call, &target) {
            Ok(body) => (Answer::json(200, &body), Outcome::Performed),
            Err(fault) => {
                attempt.fault_code = Some(fault.code.clone());
                (fault.answer(&company.clock), Outcome::Rejected)
            }
        },
    };
    if outcome != Outcome::Replayed {
        requestid::remember(company, call, &answer, outcome);
    }
    attempt.done(company, answer, outcome, scripted)
}

/// Does what the call asks and returns the whole body of the answer.
fn perform(company: &mut Company, call: &Call, target: &Target) -> Result<Value, Fault> {
    // The envelope's time is the start of the request.
    let time = company.clock.envelope_time();
    let lapsed = company.switches.subscription_lapsed
        && (target.operation.is_write() || company.switches.lapsed_reads == Policy::Reject);
    if lapsed {
        return Err(Fault::subscription_lapsed());
    }
    if call.method == Method::POST && target.operation != Operation::Query {
        json_body_declared(call)?;
    }
    match target.operation {
        Operation::Query => {
            let statement = query::statement(call)?;
            Ok(json!({"QueryResponse": query::run(company, &statement)?, "time": time}))
        }
        Operation::Cdc => Ok(json!({"CDCResponse": cdc::run(company, call)?, "time": time})),
        Operation::Batch => {
            let items = batch::run(company, &body(call)?, call)?;
            Ok(json!({"BatchItemResponse": items, "time": time}))
        }
        Operation::Read => {
            let entity = target.entity()?;
            entity.offered(&company.profile.edition)?;
            Ok(enveloped(entity, read::by_id(company, entity, &target.id)?, time))
        }
        Operation::Send => {
            let entity = target.entity()?;
            Ok(enveloped(
                entity,
                read::sent(company, entity, &target.id, call.parameter("sendTo"))?,
                time,
            ))
        }
        Operation::Create | Operation::Update | Operation::Delete | Operation::Void => {
            let entity = target.entity()?;
            Ok(enveloped(
                entity,
                saved(company, entity, target.operation, &body(call)?, &options(call))?,
                time,
            ))
        }
        Operation::Other => Err(Fault::unsupported(&target.name)),
    }
}

/// Performs one write of the API, whether by itself or inside a batch.
fn saved(
    company: &mut Company,
    entity: &EntityType,
    operation: Operation,
    object: &Object,
    options: &Options,
) -> Result<Object, Fault> {
    if company.profile.edition == "QuickBooks Self-Employed" {
        return Err(Fault::feature_not_supported(&company.profile.edition));
    }
    entity.offered(&company.profile.edition)?;
    if operation == Operation::Update && !object.get("Id").is_some_and(Value::is_string) {
        return Err(Fault::missing("Id"));
    }
    let operation = match operation {
        Operation::Delete => Write::Delete,
        Operation::Void => Write::Void,
        _ => Write::Save,
    };
    write(company, entity.kind, operation, object, options)
}

fn options(call: &Call) -> Options {
    Options { allow_duplicate_number: call.includes("allowduplicatedocnum"), ..Options::default() }
}

fn enveloped(entity: &EntityType, object: Object, time: String) -> Value {
    json!({entity.name: object, "time": time})
}

fn json_body_declared(call: &Call) -> Result<(), Fault> {
    let declared = call.header("content-type").unwrap_or("application/json");
    let known = ["application/json", "application/octet-stream"]
        .iter()
        .any(|known| declared.starts_with(known));
    if known { Ok(()) } else { Err(Fault::content_type()) }
}

fn body(call: &Call) -> Result<Object, Fault> {
    serde_json::from_slice::<Value>(&call.body)
        .ok()
        .and_then(|body| body.as_object().cloned())
        .ok_or_else(|| Fault::unknown_member("Unexpected character in the request body"))
}

impl Target {
    fn entity(&self) -> Result<&'static EntityType, Fault> {
        let offered = |entity: &&EntityType| match self.operation {
            Operation::Read => entity.actions.contains(&Action::Read),
            Operation::Send => entity.actions.contains(&Action::Send),
            _ => true,
        };
        self.entity.filter(offered).ok_or_else(|| Fault::unsupported(&self.name))
    }
}
