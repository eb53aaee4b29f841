use super::*;
use crate::id::ObjectId;
use crate::posting::Workflow;
use crate::template::{Field, Template};

fn choice(id: &str) -> Value {
    Value::Entry(Choice { id: ObjectId::parse(id).unwrap(), name: format!("Account {id}") })
}

fn complete(template: Template) -> Configuration {
    let mut configuration = Configuration::default();
    for field in template.fields().into_iter().filter(|field| template.requires(*field)) {
        configuration.set(field, Some(choice("1")));
    }
    configuration
}

#[test]
fn a_workflow_is_applied_before_it_runs_and_runs_before_it_is_paused() {
    // S0-15, S0-16, S1-16, S1-17
    let now = "2026-05-01T08:00:00Z".parse().unwrap();
    let later = "2026-05-02T08:00:00Z".parse().unwrap();
    for template in Template::ALL {
        let mut workflows = Workflows::default();
        let stage = |workflows: &Workflows| workflows.0[&template].stage;
        assert_eq!(workflows.run(template, now), Err(Refusal::NotUsed));
        workflows.configure(template, Configuration::default()).unwrap();
        assert_eq!(workflows.run(template, now), Err(Refusal::ApplyFirst));
        assert_eq!(workflows.pause(template), Err(Refusal::NotActive));
        assert!(matches!(workflows.apply(template), Err(Refusal::Incomplete(_))));
        workflows.configure(template, complete(template)).unwrap();
        workflows.apply(template).unwrap();
        assert_eq!(stage(&workflows), Stage::Applied);
        assert_eq!(workflows.active(template.workflow()), None, "applied is not active");
        assert_eq!(workflows.pause(template), Err(Refusal::NotActive));
        workflows.run(template, now).unwrap();
        workflows.run(template, later).unwrap();
        assert_eq!(workflows.active(template.workflow()).unwrap().0, template);
        assert_eq!(workflows.0[&template].first_run_at, Some(now), "only the first run counts");
        assert_eq!(workflows.remove(template), Err(Refusal::PauseFirst));
        let half = workflows.configure(template, Configuration::default());
        assert!(matches!(half, Err(Refusal::Incomplete(_))), "what runs stays complete");
        workflows.pause(template).unwrap();
        assert_eq!(stage(&workflows), Stage::Paused);
        workflows.run(template, later).unwrap();
        workflows.pause(template).unwrap();
        workflows.remove(template).unwrap();
        assert_eq!(workflows, Workflows::default());
    }
}

#[test]
fn of_two_workflows_of_one_kind_only_one_runs() {
    // S1-09, S1-18
    let now = "2026-05-01T08:00:00Z".parse().unwrap();
    for first in Template::ALL {
        for second in Template::ALL.into_iter().filter(|second| *second != first) {
            let mut workflows = Workflows::default();
            for template in [first, second] {
                workflows.configure(template, complete(template)).unwrap();
                workflows.apply(template).unwrap();
            }
            workflows.run(first, now).unwrap();
            let expected = if first.workflow() == second.workflow() {
                Err(Refusal::AnotherActive(first))
            } else {
                Ok(())
            };
            assert_eq!(workflows.run(second, now), expected, "{first:?} {second:?}");
            workflows.pause(first).unwrap();
            assert_eq!(workflows.run(second, now), Ok(()), "{first:?} is paused");
        }
    }
}

#[test]
fn what_a_choice_needs_is_missing_until_it_is_there() {
    let mut configuration = complete(Template::AgentExpenseBill);
    assert_eq!(configuration.missing(Template::AgentExpenseBill), []);
    configuration.set(Field::Numbering, Some(Value::Word("prefix".to_owned())));
    configuration.set(Field::InitialSync, Some(Value::Word("from_date".to_owned())));
    assert_eq!(
        configuration.missing(Template::AgentExpenseBill),
        [Field::NumberPrefix, Field::InitialSyncFrom]
    );
    configuration.set(Field::NumberPrefix, Some(Value::Text("LB-".to_owned())));
    assert_eq!(configuration.number(Some("7")).as_deref(), Some("LB-7"));
    assert_eq!(configuration.number(None), None);
}

#[test]
fn settings_of_the_first_layout_are_read_as_an_active_agent_billing() {
    let stored = r#"{"schema":1,"revision":3,"company":"4620","income_account":{"id":"1","name":"Services"},
        "deposit_account":{"id":"35","name":"Checking"},"transaction_date":"close_date"}"#;
    let settings: Settings = serde_json::from_str(stored).unwrap();
    let workflows = settings.workflows(&CompanyId::parse("4620").unwrap()).unwrap();
    let (template, setup) = workflows.active(Workflow::AgentBilling).unwrap();
    assert_eq!((template, settings.revision), (Template::AgentBilling, 3));
    assert_eq!(setup.configuration.entry(Field::DepositAccount).unwrap().as_str(), "35");
    assert_eq!(setup.configuration.transaction_date(), TransactionDate::CloseDate);
    assert_eq!(setup.first_run_at, None, "everything that is known was meant to be posted");
    let again = serde_json::to_string(&settings).unwrap();
    assert_eq!(serde_json::from_str::<Settings>(&again).unwrap(), settings);
}
