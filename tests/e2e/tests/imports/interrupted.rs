//! A process that dies while it imports: every record is posted once all the same. Every single death of a small import is
//! in the crash matrix; here it comes while batches are on their way.

use std::time::Duration;

use e2e::imports::file;
use e2e::{Crash, Tenant, When, until, within};
use futures_util::future::join_all;

use super::{assert_exact, bills};

/// Enough for several batches after each death: about 150 are in work at once.
const RECORDS: usize = 240;
/// What was on its way when a process died waits for its company's turn, one after the other.
const LIMIT: Duration = Duration::from_secs(300);

#[tokio::test]
async fn an_import_whose_process_dies_between_its_batches_ends_exact() {
    join_all([When::Before, When::After].map(async |when| {
        let tenant = Tenant::connected().await;
        let text = file(&bills(RECORDS));
        let crash = Crash::at_operation(&tenant, &tenant.realm, "/batch", 2, when).await;
        let id = tenant.import_uploaded(&text).await;
        until("the process to die", async || crash.struck().await.then_some(())).await;
        crash.revive().await;
        let import = tenant.import_becomes(&id, "done").await;
        let done = import["records"]["done"].as_u64();
        assert_eq!(done, Some(RECORDS as u64), "counted once: {import}");
        within(LIMIT, "what was on its way to be posted", async || {
            tenant.is_at_rest().await.then_some(())
        })
        .await;
        assert_exact(&tenant, &text).await;
    }))
    .await;
}
