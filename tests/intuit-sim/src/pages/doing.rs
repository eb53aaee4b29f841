//! What a person does with the buttons and forms of the pages.

use askama::Template;
use serde_json::{Value, json};

use super::{links, rendered};
use crate::{
    call::{Answer, Call},
    company::Company,
    control::{Refusal, bookkeeper, companies, webhooks},
    entities::{Kind, entity_named},
    json::Object,
    world::{World, locked},
};

#[derive(Template)]
#[template(path = "problem.html")]
struct ProblemPage {
    realm: String,
    problem: String,
    back: String,
}

/// Answers a form; only this machine may send one.
pub(super) fn answer(world: &World, call: &Call) -> Option<Answer> {
    let parts = call.path_parts();
    let ["app", realm, rest @ ..] = parts.as_slice() else { return None };
    if !call.from_loopback {
        return Some(Answer::html(403, "The books change on this machine only."));
    }
    let company = world.company(realm)?;
    let company = &mut *locked(&company);
    let order = order(call);
    let (done, back) = match rest {
        ["do", entity, "enter"] => {
            let entity = entity_named(entity)?;
            let done = bookkeeper::entered(company, entity.name, &order);
            let id = done.as_ref().ok().and_then(|made| made[entity.name]["Id"].as_str());
            let back = page_of(company, entity.kind, id.unwrap_or_default(), "enter");
            (done, back)
        }
        ["do", entity, id, deed] => {
            let kind = entity_named(entity)?.kind;
            // What was merged away has no page any more.
            let shown = order["into"].as_str().unwrap_or(id);
            let back = page_of(company, kind, shown, deed);
            (bookkeeper::done(company, entity, id, deed, &order), back)
        }
        ["settings"] => (settings(company, &order), format!("/app/{realm}/settings")),
        ["clock"] => {
            let days = order["days"].as_i64().unwrap_or_default();
            let moved = companies::move_clock(company, &json!({"advance_seconds": days * 86_400}));
            (moved, format!("/app/{realm}/settings"))
        }
        ["webhooks", rest @ ..] => {
            let done = match rest {
                [id, "redeliver"] => webhooks::redeliver(company, id),
                [deed] => webhooks::done(&world.webhooks, company, deed),
                _ => return None,
            };
            (done, format!("/app/{realm}/webhooks"))
        }
        _ => return None,
    };
    Some(match done {
        Ok(_) => Answer::redirect(&back),
        Err(refusal) => {
            let page = ProblemPage {
                realm: company.realm.clone(),
                problem: told(&refusal),
                back: call.header("referer").map_or(back, str::to_owned),
            };
            Answer { status: 400, ..rendered(&page) }
        }
    })
}

/// Where the browser goes once it is done.
fn page_of(company: &Company, kind: Kind, id: &str, deed: &str) -> String {
    let object = company.ledger.get(kind, id);
    match object.map(|object| links::to(kind, object, &company.realm)) {
        Some(page) if deed != "delete" && !page.is_empty() => page,
        Some(_) if links::list_of(kind) == "lists" => links::entry(kind, id, &company.realm),
        _ => format!("/app/{}/{}", company.realm, links::list_of(kind)),
    }
}

/// The fields that were filled in; a checked box is true, and whole numbers where one is asked for.
fn order(call: &Call) -> Value {
    let field = |(name, value): (String, String)| {
        let value = match name.as_str() {
            "unlink" | "book_close_password" => json!(true),
            "line" | "days" => value.parse::<i64>().map_or_else(|_| json!(value), |n| json!(n)),
            _ => json!(value.trim()),
        };
        (name, value)
    };
    let form: Vec<(String, String)> =
        call.form().into_iter().filter(|(_, value)| !value.trim().is_empty()).collect();
    let lines = lines(&form);
    let plain = form.into_iter().filter(|(name, _)| name != "pay" && !name.contains(':'));
    let mut order: Object = plain.map(field).collect();
    // Only the screen that pays bills names a vendor.
    if order.contains_key("vendor") {
        order.insert("lines".to_owned(), lines);
    }
    Value::Object(order)
}

/// The ticked documents, such as `bill:145`, with the amounts in the fields of the same name.
fn lines(form: &[(String, String)]) -> Value {
    let ticked = form.iter().filter(|(name, _)| name == "pay");
    let line = |(_, document): &(String, String)| {
        let (kind, id) = document.split_once(':')?;
        let amount = form.iter().find(|(name, _)| name == document);
        Some(match amount {
            Some((_, amount)) => json!({kind: id, "amount": amount.trim()}),
            None => json!({kind: id}),
        })
    };
    ticked.filter_map(line).collect()
}

/// The closing date, its password and the company's start; an empty closing date opens the books.
fn settings(company: &mut Company, order: &Value) -> Result<Value, Refusal> {
    let mut changes = json!({
        "book_close_date": order["book_close_date"],
        "book_close_password": order["book_close_password"] == true
    });
    if order["company_start_date"].is_string() {
        changes["company_start_date"] = order["company_start_date"].clone();
    }
    companies::change_switches(company, &changes)
}

fn told(refusal: &Refusal) -> String {
    match refusal {
        Refusal::NotFound => "It is not there any more.".to_owned(),
        Refusal::Bad(problem) => problem.clone(),
        Refusal::Fault(fault) => {
            format!("{} ({})", fault.detail.as_deref().unwrap_or(&fault.message), fault.code)
        }
    }
}
