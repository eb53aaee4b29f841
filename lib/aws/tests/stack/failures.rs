//! Failures: what passes with time is told from what does not.

use aws::table::{Error, Keys};
use aws::{Names, secrets};

use crate::support::{Stack, now};

fn settings() -> Keys {
    Keys { settings: true, ..Keys::default() }
}

#[tokio::test]
async fn what_nobody_answers_is_unavailable() {
    let Some(stack) = Stack::open().await else { return };
    // Nothing listens on port 1 of a machine that runs tests.
    let config = stack.config.to_builder().endpoint_url("http://127.0.0.1:1").build();
    let aws = aws::open(&config, stack.names());
    let result = aws.table.load(&stack.tenant, &settings()).await;
    assert!(matches!(result, Err(Error::Unavailable(_))), "{result:?}");
    let result = aws.secrets.delete_tokens(&stack.tenant, &stack.company).await;
    assert!(matches!(result, Err(secrets::Error::Unavailable(_))), "{result:?}");
}

#[tokio::test]
async fn what_is_not_deployed_is_refused() {
    let Some(stack) = Stack::open().await else { return };
    let names = Names { table: "no-such-table".to_owned(), ..stack.names() };
    let aws = aws::open(&stack.config, names);
    let result = aws.table.load(&stack.tenant, &settings()).await;
    assert!(matches!(result, Err(Error::Refused(_))), "{result:?}");
    let result = aws.secrets.application(now()).await;
    assert!(matches!(result, Err(secrets::Error::Refused(_))));
}
