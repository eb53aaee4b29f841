//! Secrets: tokens come and go with the connection; the application secret is kept for a while.

use aws::secrets::{Error, Tokens};
use secrecy::ExposeSecret;

use crate::support::{Stack, later, now};

fn tokens(stack: &Stack, generation: u64) -> Tokens {
    Tokens {
        company_id: stack.company.clone(),
        generation,
        access_token: format!("access {generation}").into(),
        access_expires_at: later(3600),
        refresh_token: format!("refresh {generation}").into(),
        refresh_expires_at: later(8_640_000),
        hard_expires_at: None,
    }
}

async fn stored(stack: &Stack) -> Option<(u64, String)> {
    let tokens = stack.aws.secrets.tokens(&stack.tenant, &stack.company).await.unwrap()?;
    Some((tokens.generation, tokens.refresh_token.expose_secret().to_owned()))
}

#[tokio::test]
async fn tokens_are_there_from_connecting_to_disconnecting() {
    let Some(stack) = Stack::open().await else { return };
    let (secrets, tenant) = (&stack.aws.secrets, &stack.tenant);
    assert_eq!(stored(&stack).await, None);
    let result = secrets.put_tokens(tenant, &tokens(&stack, 1)).await;
    assert!(matches!(result, Err(Error::Gone { .. })), "{result:?}");
    secrets.create_tokens(tenant, &tokens(&stack, 1)).await.unwrap();
    secrets.put_tokens(tenant, &tokens(&stack, 2)).await.unwrap();
    assert_eq!(stored(&stack).await, Some((2, "refresh 2".to_owned())));
    secrets.create_tokens(tenant, &tokens(&stack, 3)).await.unwrap();
    assert_eq!(stored(&stack).await, Some((3, "refresh 3".to_owned())));
    for _ in 0..2 {
        secrets.delete_tokens(tenant, &stack.company).await.unwrap();
    }
    assert_eq!(stored(&stack).await, None);
    secrets.create_tokens(tenant, &tokens(&stack, 4)).await.unwrap();
    assert_eq!(stored(&stack).await, Some((4, "refresh 4".to_owned())));
    secrets.delete_tokens(tenant, &stack.company).await.unwrap();
}

#[tokio::test]
async fn tokens_scheduled_for_deletion_are_gone_and_restored_by_connecting() {
    let Some(stack) = Stack::open().await else { return };
    let (secrets, tenant) = (&stack.aws.secrets, &stack.tenant);
    secrets.create_tokens(tenant, &tokens(&stack, 1)).await.unwrap();
    let name = format!("{}/connection/{tenant}/{}", stack.secret_prefix(), stack.company);
    let client = aws_sdk_secretsmanager::Client::new(&stack.config);
    client.delete_secret().secret_id(&name).recovery_window_in_days(7).send().await.unwrap();
    assert_eq!(stored(&stack).await, None);
    secrets.create_tokens(tenant, &tokens(&stack, 2)).await.unwrap();
    assert_eq!(stored(&stack).await, Some((2, "refresh 2".to_owned())));
    secrets.delete_tokens(tenant, &stack.company).await.unwrap();
}

#[tokio::test]
async fn the_application_secret_is_read_again_after_five_minutes() {
    let Some(stack) = Stack::open().await else { return };
    let name = format!("{}/application", stack.secret_prefix());
    let client = aws_sdk_secretsmanager::Client::new(&stack.config);
    let text =
        |key: &str| format!(r#"{{"client_id":"c","client_secret":"s","api_keys":["{key}"]}}"#);
    client.create_secret().name(&name).secret_string(text("k1")).send().await.unwrap();
    for (seconds, stored, seen) in [(0, "k2", "k1"), (299, "k2", "k1"), (300, "k3", "k2")] {
        let application = stack.aws.secrets.application(later(seconds)).await.unwrap();
        assert_eq!(application.api_keys[0].key.expose_secret(), seen, "after {seconds} s");
        client
            .put_secret_value()
            .secret_id(&name)
            .secret_string(text(stored))
            .send()
            .await
            .unwrap();
    }
    client
        .delete_secret()
        .secret_id(&name)
        .force_delete_without_recovery(true)
        .send()
        .await
        .unwrap();
    assert!(stack.aws.secrets.application(now()).await.is_err());
}
