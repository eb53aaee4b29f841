//! Problems: the path names something that is not there.

use domain::template::Template;
use http::StatusCode;

use super::Problem;

impl Problem {
    /// The host asks about something it never sent.
    pub fn unknown_record(what: &str) -> Self {
        Self::new(
            StatusCode::NOT_FOUND,
            "unknown_record",
            "Unknown record",
            format!("No {what} with that id was ever sent for this tenant."),
            format!("Send the {what} with PUT first, or check tenant and id."),
        )
    }

    /// There is no list of that name.
    pub fn unknown_list() -> Self {
        Self::new(
            StatusCode::NOT_FOUND,
            "unknown_list",
            "Unknown list",
            "There is no list of that name.",
            "Ask for accounts, items, customers, vendors, classes, departments, terms, tax-codes or payment-methods.",
        )
    }

    /// There are no links of that kind.
    pub fn unknown_link_kind() -> Self {
        Self::new(
            StatusCode::NOT_FOUND,
            "unknown_kind",
            "Unknown kind of link",
            "There are no links of that kind.",
            "Ask for customer, item, payment_method or vendor.",
        )
    }

    /// The host object is not linked.
    pub fn unknown_link() -> Self {
        Self::new(
            StatusCode::NOT_FOUND,
            "unknown_link",
            "Not linked",
            "That host object is not linked to anything in the connected company.",
            "Link it with PUT, or let the next record find or create its QuickBooks entry by name.",
        )
    }

    /// There is no template of that name.
    pub fn unknown_template() -> Self {
        let names = Template::ALL.map(Template::as_str).join(", ");
        Self::new(
            StatusCode::NOT_FOUND,
            "unknown_template",
            "Unknown template",
            "There is no workflow template of that name.",
            format!("Ask for one of {names}."),
        )
    }

    /// The tenant does not use the template.
    pub fn unknown_workflow(template: Template) -> Self {
        Self::new(
            StatusCode::NOT_FOUND,
            "unknown_workflow",
            "Workflow not set up",
            format!("The template \"{}\" is not used for the connected company.", template.title()),
            "An admin opens the template, confirms the company and saves it (\"Use this template\"); then it can be applied and run.",
        )
    }
}
