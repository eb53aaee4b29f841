//! The state of a consent: taken once, by its tenant.

use aws::table::{CompanyChange, OauthState};

use crate::support::{Stack, later};

#[tokio::test]
async fn of_many_takers_one_gets_the_state_as_often_as_it_asks_and_another_tenant_never() {
    let Some(stack) = Stack::open().await else { return };
    let Some(other) = Stack::open().await else { return };
    let state = OauthState {
        company_change: CompanyChange::Allowed,
        expires_at: later(600),
        return_url: Some("https://host.example/done".to_owned()),
    };
    stack.aws.table.put_state(&stack.tenant, "ab12", &state).await.unwrap();
    assert_eq!(other.aws.table.take_state(&other.tenant, "ab12", "0").await.unwrap(), None);
    let mut callers = tokio::task::JoinSet::new();
    for caller in 0..10 {
        let (table, tenant) = (stack.aws.table.clone(), stack.tenant.clone());
        callers.spawn(async move {
            let taken = table.take_state(&tenant, "ab12", &caller.to_string()).await.unwrap();
            // As the SDK does after a lost answer.
            let again = table.take_state(&tenant, "ab12", &caller.to_string()).await.unwrap();
            assert_eq!(again, taken);
            taken
        });
    }
    let taken: Vec<_> = callers.join_all().await.into_iter().flatten().collect();
    assert_eq!(taken, [state]);
}
