//! Pages for a person with a browser: companies, every kind of document, names, books, and the buttons that change them.
//!
//! Deep links have the shape that QuickBooks itself uses, so a link an app stores can be opened.

mod actions;
mod documents;
mod doing;
mod entries;
mod links;
mod money;
mod names;
mod paying;
mod reports;
mod start;
mod views;
mod webhooks;

use askama::Template;
use http::Method;

use crate::{
    call::{Answer, Call},
    company::Company,
    entities::Kind,
    json::{Object, text},
    world::{World, locked},
};

/// What stands at the top of a company's pages.
struct Frame {
    realm: String,
    name: String,
    today: String,
}

#[derive(Template)]
#[template(path = "companies.html")]
struct CompaniesPage {
    companies: Vec<CompanyRow>,
}

struct CompanyRow {
    realm: String,
    name: String,
    edition: String,
    invoices: usize,
}

/// Answers a call for a page.
pub(crate) fn answer(world: &World, call: &Call) -> Option<Answer> {
    if call.method == Method::POST {
        return doing::answer(world, call);
    }
    if call.method != Method::GET {
        return None;
    }
    match call.path_parts().as_slice() {
        [] => Some(rendered(&companies(world))),
        ["app", path] if world.company(path).is_none() => {
            let realm = call.parameter("companyId").unwrap_or_default();
            shown(world, realm, |company| addressed(company, path, call))
        }
        ["app", realm] => shown(world, realm, |company| Some(rendered(&start::start(company)))),
        ["app", realm, "webhooks"] => shown(world, realm, |company| {
            Some(rendered(&webhooks::deliveries(company, world.webhooks.subscription())))
        }),
        ["app", realm, path] => shown(world, realm, |company| listed(company, path, call)),
        _ => None,
    }
}

/// The page of one object, under a deep link.
fn addressed(company: &Company, path: &str, call: &Call) -> Option<Answer> {
    let id = |name: &str| call.parameter(name).unwrap_or_default();
    Some(match path {
        "invoice" => rendered(&views::invoice(company, id("txnId"))?),
        "recvpayment" => rendered(&views::payment(company, id("txnId"))?),
        "customerdetail" => rendered(&names::one(company, Kind::Customer, id("nameId"))?),
        "vendordetail" => rendered(&names::one(company, Kind::Vendor, id("nameId"))?),
        "register" => rendered(&reports::register(company, id("accountId"))?),
        _ => {
            let kind = links::document(path)?;
            rendered(&documents::document(company, kind, id("txnId"))?)
        }
    })
}

/// A list, a report or the settings.
fn listed(company: &Company, path: &str, call: &Call) -> Option<Answer> {
    Some(match path {
        "invoices" => rendered(&views::invoices(company)),
        "payments" => rendered(&views::payments(company)),
        "customers" => rendered(&names::list(company, Kind::Customer)),
        "vendors" => rendered(&names::list(company, Kind::Vendor)),
        "books" => rendered(&reports::books(company)),
        "profit" => rendered(&reports::profit(company, call)),
        "paybills" => rendered(&paying::screen(company, call)?),
        "entry" => {
            let of = |name: &str| call.parameter(name).unwrap_or_default();
            rendered(&entries::page(company, of("kind"), of("id"))?)
        }
        "lists" => rendered(&start::lists(company)),
        "settings" => rendered(&start::settings(company)),
        _ => {
            let (kind, title) = links::list(path)?;
            rendered(&documents::list(company, kind, title))
        }
    })
}

fn shown(
    world: &World,
    realm: &str,
    page: impl FnOnce(&Company) -> Option<Answer>,
) -> Option<Answer> {
    world.company(realm).and_then(|company| page(&locked(&company)))
}

fn companies(world: &World) -> CompaniesPage {
    let companies = world.companies();
    let rows = companies.iter().map(|company| {
        let company = locked(company);
        CompanyRow {
            realm: company.realm.clone(),
            name: company.profile.name.clone(),
            edition: company.profile.edition.clone(),
            invoices: views::count_invoices(&company),
        }
    });
    CompaniesPage { companies: rows.collect() }
}

fn rendered(page: &impl Template) -> Answer {
    page.render()
        .map_or_else(|error| Answer::html(500, error.to_string()), |html| Answer::html(200, html))
}

impl Frame {
    fn of(company: &Company) -> Self {
        Self {
            realm: company.realm.clone(),
            name: company.profile.name.clone(),
            today: company.clock.today().to_string(),
        }
    }
}

/// The text under a member, or nothing.
fn own(object: &Object, member: &str) -> String {
    text(object, member).unwrap_or_default().to_owned()
}
