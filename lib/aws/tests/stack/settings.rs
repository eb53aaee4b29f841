//! Settings: compared by revision, never mixed.

use aws::table::{HistorySpan, Keys, SaveError};
use domain::id::ObjectId;
use domain::settings::{Account, Settings};

use crate::support::{Stack, line};

#[tokio::test]
async fn settings_are_saved_once_per_revision_and_each_save_leaves_a_line() {
    let Some(stack) = Stack::open().await else { return };
    let (table, tenant) = (&stack.aws.table, &stack.tenant);
    let account = |id: &str| Account { id: ObjectId::parse(id).unwrap(), name: "Sales".to_owned() };
    let one = Settings { revision: 1, income_account: Some(account("79")), ..Settings::default() };
    for _ in 0..2 {
        table.save_settings(tenant, &one, &line("settings")).await.unwrap();
    }
    let other = Settings { income_account: Some(account("80")), ..one.clone() };
    let result = table.save_settings(tenant, &other, &line("settings")).await;
    assert!(matches!(result, Err(SaveError::Conflict)), "{result:?}");
    let two = Settings { revision: 2, ..other };
    table.save_settings(tenant, &two, &line("settings")).await.unwrap();
    let keys = Keys { settings: true, ..Keys::default() };
    let loaded = table.load(tenant, &keys).await.unwrap().settings;
    assert_eq!(loaded, Settings { schema: 1, ..two });
    assert_eq!(
        table.history(tenant, &HistorySpan::default(), 10, None).await.unwrap().lines.len(),
        2
    );
}
