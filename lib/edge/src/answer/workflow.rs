//! Workflows as people see them.

use std::collections::BTreeMap;

use domain::connection::Company;
use domain::reason::Reason;
use domain::settings::{Choice, Setup, Stage, Value};
use domain::template::Template;
use jiff::Timestamp;
use serde::Serialize;

#[cfg(test)]
use crate::openapi::words;

#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(rename = "WorkflowList"))]
pub(crate) struct All<'a> {
    /// The company whose workflows these are; `null` before one was connected.
    pub(crate) company: Option<CompanyView<'a>>,
    /// Those whose template is used, in the order of the catalogue.
    pub(crate) workflows: Vec<View<'a>>,
}

#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(rename = "WorkflowAnswer"))]
pub(crate) struct One<'a> {
    /// The company whose workflow this is.
    pub(crate) company: Option<CompanyView<'a>>,
    pub(crate) workflow: View<'a>,
}

#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(rename = "CompanyName"))]
pub(crate) struct CompanyView<'a> {
    /// The company's id, by which a person confirms it.
    id: &'a str,
    /// Its name.
    name: &'a str,
}

#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(rename = "Workflow"))]
pub(crate) struct View<'a> {
    /// The template that it is made from.
    #[cfg_attr(test, schemars(with = "words::TemplateName"))]
    template: &'static str,
    /// The kind of workflow. At most one of a kind is active.
    #[cfg_attr(test, schemars(with = "words::Workflow"))]
    workflow: &'static str,
    /// How far it has come.
    #[cfg_attr(test, schemars(with = "words::Stage"))]
    stage: Stage,
    /// What was chosen, by field: an entry of a list as `id` and `name`, a word, a day, a text, or an entry for each of the
    /// host's products and services. It can be sent back as it is.
    #[cfg_attr(test, schemars(with = "words::Chosen"))]
    configuration: BTreeMap<&'static str, Chosen<'a>>,
    /// What has to be chosen before it can be applied.
    #[cfg_attr(test, schemars(with = "Vec<words::WorkflowField>"))]
    missing: Vec<&'static str>,
    /// When it first ran; `null` while it never did.
    first_run_at: Option<Timestamp>,
    /// What QuickBooks said about a choice since it was saved.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(test, schemars(with = "Option<words::Reason>"))]
    problem: Option<&'a Reason>,
}

/// A chosen value, as it is shown.
#[derive(Serialize)]
#[serde(untagged)]
enum Chosen<'a> {
    Entry(&'a Choice),
    Entries(BTreeMap<&'a str, &'a Choice>),
    Text(String),
}

/// The name of a company.
pub(crate) fn company(company: &Company) -> CompanyView<'_> {
    CompanyView { id: company.id.as_str(), name: &company.name }
}

/// A workflow as it is shown.
pub(crate) fn view(template: Template, setup: &Setup) -> View<'_> {
    let missing = setup.configuration.missing(template);
    View {
        template: template.as_str(),
        workflow: template.workflow().as_str(),
        stage: setup.stage,
        configuration: setup
            .configuration
            .chosen()
            .map(|(field, value)| (field.as_str(), chosen(value)))
            .collect(),
        missing: missing.into_iter().map(|field| field.as_str()).collect(),
        first_run_at: setup.first_run_at,
        problem: setup.problem.as_ref(),
    }
}

fn chosen(value: &Value) -> Chosen<'_> {
    match value {
        Value::Entry(choice) => Chosen::Entry(choice),
        Value::Entries(choices) => {
            Chosen::Entries(choices.iter().map(|(item, choice)| (item.as_str(), choice)).collect())
        }
        Value::Word(text) | Value::Text(text) => Chosen::Text(text.clone()),
        Value::Day(day) => Chosen::Text(day.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use domain::id::{HostId, ObjectId};
    use domain::reason::Failure;
    use domain::settings::Configuration;
    use domain::template::Field;
    use serde_json::json;

    use super::*;
    use crate::body::{self, Json};

    fn choice(id: &str, name: &str) -> Choice {
        Choice { id: ObjectId::parse(id).unwrap(), name: name.to_owned() }
    }

    fn setup() -> Setup {
        let mut configuration = Configuration::default();
        let by_item = [(HostId::parse("desk-fee").unwrap(), choice("82", "Desk fees"))].into();
        for (field, value) in [
            (Field::IncomeAccount, Value::Entry(choice("79", "Services"))),
            (Field::AccountsByItem, Value::Entries(by_item)),
            (Field::TransactionDate, Value::Word("close_date".to_owned())),
            (Field::NumberPrefix, Value::Text("LB-".to_owned())),
            (Field::CutOff, Value::Day(jiff::civil::date(2026, 1, 31))),
        ] {
            configuration.set(field, Some(value));
        }
        let problem = Some(Failure::choice_unusable(Field::IncomeAccount, "Services").reason);
        Setup {
            stage: Stage::Paused,
            configuration,
            first_run_at: Some(Timestamp::UNIX_EPOCH),
            problem,
        }
    }

    #[test]
    fn a_workflow_is_shown_with_what_was_chosen_what_is_missing_and_what_is_wrong() {
        let setup = setup();
        let company = crate::openapi::words::example_company();
        let one = One {
            company: Some(super::company(&company)),
            workflow: view(Template::AgentBilling, &setup),
        };
        let expected = json!({
            "company": {"id": "9341457021722202", "name": "Craig's Design and Landscaping Services"},
            "workflow": {
                "template": "agent_billing",
                "workflow": "agent_billing",
                "stage": "paused",
                "configuration": {
                    "income_account": {"id": "79", "name": "Services"},
                    "accounts_by_item": {"desk-fee": {"id": "82", "name": "Desk fees"}},
                    "transaction_date": "close_date",
                    "number_prefix": "LB-",
                    "cut_off": "2026-01-31",
                },
                "missing": ["deposit_account"],
                "first_run_at": "1970-01-01T00:00:00Z",
                "problem": setup.problem,
            },
        });
        assert_eq!(serde_json::to_value(&one).unwrap(), expected);
    }

    #[test]
    fn a_configuration_that_was_answered_can_be_sent_back() {
        let shown = serde_json::to_value(view(Template::AgentBilling, &setup())).unwrap();
        let body = json!({"configuration": shown["configuration"]}).to_string();
        let read = body::workflow(Template::AgentBilling, &Json::parse(body.as_bytes()).unwrap());
        assert_eq!(read.unwrap().fields.len(), 5);
    }
}
