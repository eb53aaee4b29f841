//! The consent page: a person picks a company and connects it, or does not.

use askama::Template;
use url::Url;

use crate::{
    call::{Answer, Call},
    world::{World, locked},
};

/// The scopes an app may ask for without special permission.
const SCOPES: [&str; 8] = [
    "com.intuit.quickbooks.accounting",
    "com.intuit.quickbooks.payment",
    "openid",
    "profile",
    "email",
    "phone",
    "address",
    "intuit_name",
];

#[derive(Template)]
#[template(path = "consent.html")]
struct ConsentPage {
    client_id: String,
    redirect_uri: String,
    scope: String,
    response_type: String,
    state: String,
    companies: Vec<Choice>,
}

struct Choice {
    realm: String,
    name: String,
    edition: String,
    checked: bool,
}

#[derive(Template)]
#[template(path = "consent_error.html")]
struct ErrorPage {
    problem: String,
}

/// What the app asked for, from the address or from the form.
struct Request {
    fields: Vec<(String, String)>,
}

/// `GET /connect/oauth2`.
pub(super) fn page(world: &World, call: &Call) -> Answer {
    let request = Request { fields: call.parameters.clone() };
    if let Err(answer) = request.check(world) {
        return answer;
    }
    let preferred = request.field("realm");
    let companies = world.companies();
    let choices = companies.iter().enumerate().map(|(index, company)| {
        let company = locked(company);
        let checked = if preferred.is_empty() { index == 0 } else { company.realm == preferred };
        Choice {
            realm: company.realm.clone(),
            name: company.profile.name.clone(),
            edition: company.profile.edition.clone(),
            checked,
        }
    });
    let page = ConsentPage {
        client_id: request.field("client_id").to_owned(),
        redirect_uri: request.field("redirect_uri").to_owned(),
        scope: request.field("scope").to_owned(),
        response_type: request.field("response_type").to_owned(),
        state: request.field("state").to_owned(),
        companies: choices.collect(),
    };
    rendered(200, &page)
}

/// `POST /connect/oauth2`: sends the browser back with a code or a refusal.
pub(super) fn decision(world: &World, call: &Call) -> Answer {
    let request = Request { fields: call.form() };
    if let Err(answer) = request.check(world) {
        return answer;
    }
    if request.field("decision") != "connect" {
        return request.back(&[("error", "access_denied")]);
    }
    let realm = request.field("realm");
    let Some(company) = world.company(realm) else {
        return problem("Choose a company to connect.");
    };
    let mut company = locked(&company);
    let now = company.clock.now();
    let code = company.grants.consent(request.field("redirect_uri"), now);
    world.remember_token(&code, realm);
    request.back(&[("code", &code), ("realmId", realm)])
}

impl Request {
    fn field(&self, name: &str) -> &str {
        self.fields
            .iter()
            .find(|(key, _)| key == name)
            .map(|(_, value)| value.as_str())
            .unwrap_or_default()
    }

    /// Problems with app or address are shown; the browser is only sent to a registered address.
    fn check(&self, world: &World) -> Result<(), Answer> {
        if self.field("client_id") != world.config.client_id {
            return Err(problem(
                "The client_id query parameter value is missing or does not belong to a known app.",
            ));
        }
        if !world.config.may_redirect_to(self.field("redirect_uri")) {
            return Err(problem(
                "The redirect_uri query parameter value is invalid. Make sure it is listed in the Redirect URIs section on your app's keys tab and matches it exactly.",
            ));
        }
        if self.field("response_type") != "code" {
            return Err(problem("The response_type query parameter must be code."));
        }
        if self.field("state").is_empty() {
            return Err(problem("The state query parameter is missing."));
        }
        let scopes: Vec<&str> = self.field("scope").split_whitespace().collect();
        if scopes.is_empty() || scopes.iter().any(|scope| !SCOPES.contains(scope)) {
            return Err(self.back(&[("error", "invalid_scope")]));
        }
        Ok(())
    }

    fn back(&self, parameters: &[(&str, &str)]) -> Answer {
        let Ok(mut address) = Url::parse(self.field("redirect_uri")) else {
            return problem("The redirect_uri is not an address.");
        };
        address
            .query_pairs_mut()
            .extend_pairs(parameters)
            .append_pair("state", self.field("state"));
        Answer::redirect(address.as_str())
    }
}

fn problem(text: &str) -> Answer {
    rendered(400, &ErrorPage { problem: text.to_owned() })
}

fn rendered(status: u16, page: &impl Template) -> Answer {
    page.render().map_or_else(
        |error| Answer::html(500, error.to_string()),
        |html| Answer::html(status, html),
    )
}
