//! Pages for a person with a browser: companies, every kind of document, names, books.
//!
//! Deep links have the shape that QuickBooks itself uses, so a link an app stores can be opened.

mod documents;
mod links;
mod money;
mod views;

use askama::Template;
use http::Method;

use crate::{
    call::{Answer, Call},
    company::Company,
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
    if call.method != Method::GET {
        return None;
    }
    let addressed = |name: &str| call.parameter(name).unwrap_or_default();
    match call.path_parts().as_slice() {
        [] => Some(rendered(&companies(world))),
        ["app", "invoice"] => shown(world, addressed("companyId"), |company| {
            views::invoice(company, addressed("txnId")).map(|page| rendered(&page))
        }),
        ["app", "recvpayment"] => shown(world, addressed("companyId"), |company| {
            views::payment(company, addressed("txnId")).map(|page| rendered(&page))
        }),
        ["app", "customerdetail"] => shown(world, addressed("companyId"), |company| {
            views::customer(company, addressed("nameId")).map(|page| rendered(&page))
        }),
        ["app", "vendordetail"] => shown(world, addressed("companyId"), |company| {
            documents::vendor(company, addressed("nameId")).map(|page| rendered(&page))
        }),
        ["app", path] => {
            let kind = links::document(path)?;
            shown(world, addressed("companyId"), |company| {
                documents::document(company, kind, addressed("txnId")).map(|page| rendered(&page))
            })
        }
        ["app", realm, "vendors"] => {
            shown(world, realm, |company| Some(rendered(&documents::vendors(company))))
        }
        ["app", realm, "invoices"] => {
            shown(world, realm, |company| Some(rendered(&views::invoices(company))))
        }
        ["app", realm, "payments"] => {
            shown(world, realm, |company| Some(rendered(&views::payments(company))))
        }
        ["app", realm, "customers"] => {
            shown(world, realm, |company| Some(rendered(&views::customers(company))))
        }
        ["app", realm, "books"] => {
            shown(world, realm, |company| Some(rendered(&views::books(company))))
        }
        ["app", realm, path] => {
            let (kind, title) = links::list(path)?;
            shown(world, realm, |company| Some(rendered(&documents::list(company, kind, title))))
        }
        _ => None,
    }
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
