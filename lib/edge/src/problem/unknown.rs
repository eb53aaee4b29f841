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

    /// No such payment ever came, or it was removed.
    pub fn unknown_payment() -> Self {
        Self::new(
            StatusCode::NOT_FOUND,
            "unknown_payment",
            "Unknown payment",
            "No issued payment with that id is kept for this tenant.",
            "Check tenant and id; the list of issued payments shows those that are kept.",
        )
    }

    /// There is no such import.
    pub fn unknown_import() -> Self {
        Self::new(
            StatusCode::NOT_FOUND,
            "unknown_import",
            "Unknown import",
            "No import with that id is kept for this tenant.",
            "Check tenant and id; the list of imports shows those that are kept.",
        )
    }

    /// There is no such dead letter.
    pub fn unknown_dead_letter() -> Self {
        Self::new(
            StatusCode::NOT_FOUND,
            "unknown_dead_letter",
            "Unknown dead letter",
            "No dead letter with that id is kept for this tenant.",
            "Check the id; the list of dead letters shows those that are kept.",
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

    /// The tenant's events go nowhere.
    pub fn no_event_endpoint() -> Self {
        Self::new(
            StatusCode::NOT_FOUND,
            "no_event_endpoint",
            "No endpoint",
            "No endpoint for events is set for this tenant.",
            "Set one with PUT event-endpoint, or read the events with GET events.",
        )
    }

    /// The tenant never had the event.
    pub fn unknown_event() -> Self {
        Self::new(
            StatusCode::NOT_FOUND,
            "unknown_event",
            "Unknown event",
            "The tenant has no event with that id or number.",
            "Send the id or the sequence of one of the tenant's events, or 0 for all that are kept.",
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
