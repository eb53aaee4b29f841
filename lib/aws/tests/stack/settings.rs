//! Settings: compared by revision, never mixed, and read in every layout that was ever stored.

use std::collections::HashMap;

use aws::table::{HistorySpan, Keys, SaveError};
use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::types::AttributeValue;
use domain::id::{HostId, ObjectId};
use domain::posting::Workflow;
use domain::settings::{
    Choice, Configuration, InitialSync, SCHEMA, Settings, Switches, TransactionDate, Value,
};
use domain::template::{Field, Template};

use crate::support::{Stack, company, line, now};

fn choice(id: &str) -> Choice {
    Choice { id: ObjectId::parse(id).unwrap(), name: "Sales".to_owned() }
}

/// Settings with a value of every kind.
fn settings(revision: u64, account: &str) -> Settings {
    let host = |id| HostId::parse(id).unwrap();
    let mut configuration = Configuration::default();
    for (field, value) in [
        (Field::IncomeAccount, Value::Entry(choice(account))),
        (Field::AccountsByItem, Value::Entries([(host("desk-fee"), choice("80"))].into())),
        (Field::InitialSync, Value::Word("from_date".to_owned())),
        (Field::InitialSyncFrom, Value::Day("2026-01-01".parse().unwrap())),
        (Field::NumberPrefix, Value::Text("LB-".to_owned())),
    ] {
        configuration.set(field, Some(value));
    }
    let mut settings = Settings { revision, ..Settings::default() };
    settings.switches =
        Switches { auto_sync_disbursement_at_100_percent: true, ..Switches::default() };
    let workflows = settings.companies.entry(company()).or_default();
    workflows.configure(Template::AgentBilling, configuration).unwrap();
    workflows.configure(Template::AgentExpenseCheck, Configuration::default()).unwrap();
    workflows.0.get_mut(&Template::AgentBilling).unwrap().first_run_at = Some(now());
    settings
}

async fn loaded(stack: &Stack) -> Settings {
    let keys = Keys { settings: true, ..Keys::default() };
    stack.aws.table.load(&stack.tenant, &keys).await.unwrap().settings
}

#[tokio::test]
async fn settings_are_saved_once_per_revision_and_each_save_leaves_a_line() {
    let Some(stack) = Stack::open().await else { return };
    let (table, tenant) = (&stack.aws.table, &stack.tenant);
    let one = settings(1, "79");
    for _ in 0..2 {
        table.save_settings(tenant, &one, Some(&line("settings")), now()).await.unwrap();
    }
    let result =
        table.save_settings(tenant, &settings(1, "81"), Some(&line("settings")), now()).await;
    assert!(matches!(result, Err(SaveError::Conflict)), "{result:?}");
    let two = settings(2, "81");
    table.save_settings(tenant, &two, Some(&line("settings")), now()).await.unwrap();
    assert_eq!(loaded(&stack).await, Settings { schema: SCHEMA, ..two });
    assert_eq!(
        table.history(tenant, &HistorySpan::default(), 10, None).await.unwrap().lines.len(),
        2
    );
}

#[tokio::test]
async fn settings_of_the_first_layout_are_read_and_saved_in_the_newest() {
    let Some(stack) = Stack::open().await else { return };
    let text = |text: &str| AttributeValue::S(text.to_owned());
    let number = |number: &str| AttributeValue::N(number.to_owned());
    let account = |id: &str| {
        AttributeValue::M(HashMap::from([
            ("id".to_owned(), text(id)),
            ("name".to_owned(), text("Sales")),
        ]))
    };
    let item = [
        ("pk", text(&format!("T#{}", stack.tenant))),
        ("sk", text("SETTINGS")),
        ("schema", number("1")),
        ("revision", number("3")),
        ("company", text(company().as_str())),
        ("income_account", account("79")),
        ("deposit_account", account("35")),
        ("transaction_date", text("close_date")),
    ];
    let item = item.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
    let put = Client::new(&stack.config).put_item().table_name(stack.names().table);
    put.set_item(Some(item)).send().await.unwrap();

    let old = loaded(&stack).await;
    assert_eq!((old.schema, old.revision), (1, 3));
    let workflows = old.workflows(&company()).unwrap();
    let (template, setup) = workflows.active(Workflow::AgentBilling).unwrap();
    assert_eq!(template, Template::AgentBilling);
    for (field, id) in [(Field::IncomeAccount, "79"), (Field::DepositAccount, "35")] {
        assert_eq!(setup.configuration.entry(field).unwrap().as_str(), id);
    }
    assert_eq!(setup.configuration.transaction_date(), TransactionDate::CloseDate);
    assert_eq!(setup.configuration.initial_sync(), InitialSync::All);

    let saved = Settings { revision: 4, ..old };
    stack
        .aws
        .table
        .save_settings(&stack.tenant, &saved, Some(&line("settings")), now())
        .await
        .unwrap();
    assert_eq!(loaded(&stack).await, Settings { schema: SCHEMA, ..saved });
}
