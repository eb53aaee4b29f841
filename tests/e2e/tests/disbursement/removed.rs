//! What a person deletes or voids in QuickBooks is noticed, never made again behind their back, and theirs to decide.

use e2e::books::outline;
use e2e::records::Disbursement;
use e2e::{Answer, Tenant};
use futures_util::future::join_all;
use serde_json::{Value, json};

use super::{
    PAIRS, booked, did, documents, id, kind, living, put, side_by_side, stands, sync, sync_with,
};

/// One document of a disbursement, and how a person removes it.
struct Removal {
    income: &'static str,
    expense: &'static str,
    /// Of what Ann gets; otherwise of the income.
    of_expense: bool,
    deed: &'static str,
}

impl Removal {
    /// Each kind of document, deleted and voided.
    fn all() -> impl Iterator<Item = Self> {
        PAIRS.into_iter().flat_map(|(income, expense)| {
            [false, true].into_iter().flat_map(move |of_expense| {
                ["delete", "void"].map(|deed| Self { income, expense, of_expense, deed })
            })
        })
    }

    fn code(&self) -> &'static str {
        if self.deed == "delete" { "gone_in_quickbooks" } else { "voided_in_quickbooks" }
    }

    fn entity(&self) -> String {
        kind(if self.of_expense { self.expense } else { self.income }).to_lowercase()
    }

    /// The part whose document it is.
    fn part<'a>(&self, answer: &'a Answer) -> &'a Value {
        if self.of_expense { answer.expense("A1") } else { answer.income() }
    }

    async fn tenant(&self) -> Tenant {
        let tenant = Tenant::disbursing(self.income, self.expense).await;
        // People can void what the API cannot.
        tenant.switch(json!({"undocumented_void": "accept"})).await;
        tenant
    }

    /// Posts a disbursement, and removes the document.
    async fn happens(&self, tenant: &Tenant) -> Answer {
        let record = Disbursement::new(1, "D-1");
        let created = put(tenant, "D1", &record).await.posted();
        tenant.bookkeeper_does(self.deed, &self.entity(), &id(self.part(&created))).await;
        created
    }

    /// Reported with what a person may choose, and nothing in its place.
    fn is_reported(&self, answer: Answer) -> Answer {
        let answer = stands(answer, "rejected", self.code());
        let part = self.part(&answer);
        assert_eq!(part["reason"]["choices"], json!(["recreate", "unlink"]), "{}", answer.body);
        assert!(living(part).is_null(), "{}", answer.body);
        answer
    }
}

/// S1-27: noticed when the document is to be changed; the other parts go on; a person's sync makes it again, once.
#[tokio::test]
async fn a_document_removed_in_quickbooks_is_reported_on_the_next_write_and_made_again_when_asked()
{
    side_by_side(
        4,
        Removal::all().map(async |removal| {
            let tenant = removal.tenant().await;
            removal.happens(&tenant).await;
            let Removal { income, expense, .. } = removal;
            let left = tenant.objects(&removal.entity()).await.len();
            let changed = Disbursement::new(2, "D-1").share("3000.00").split("A1", "10000.00");
            let reported = removal.is_reported(put(&tenant, "D1", &changed).await);
            let other = if removal.of_expense { reported.income() } else { reported.expense("A1") };
            assert_eq!((&other["state"], &other["posted_version"]), (&json!("posted"), &json!(2)));
            assert_eq!(tenant.objects(&removal.entity()).await.len(), left);

            // The host repeats itself: nothing happens, nothing is asked.
            let mark = tenant.mark().await;
            removal.is_reported(put(&tenant, "D1", &changed).await);
            assert_eq!(outline(&tenant.calls_since(mark).await), Vec::<String>::new());
            assert_eq!(tenant.postings("rejected", "&kind=disbursement").await.len(), 1);

            let again = sync(&tenant, "D1").await.posted();
            assert_eq!(documents(&again).len(), 4, "{}", again.body);
            assert_eq!(tenant.objects(&removal.entity()).await.len(), left + 1);
            assert_eq!(tenant.effect().await, booked(income, 1_500_000, expense, 1_170_500));
            let unchanged = sync(&tenant, "D1").await.posted();
            assert_eq!(
                (unchanged.outcome(), documents(&unchanged)),
                ("unchanged", documents(&again))
            );
            tenant.assert_balanced().await;
        }),
    )
    .await;
}

/// S1-27: a person can have it looked for before anything changes, and can leave it removed.
#[tokio::test]
async fn a_removed_document_is_found_by_looking_and_left_removed_when_unlinked() {
    side_by_side(
        4,
        Removal::all().map(async |removal| {
            let tenant = removal.tenant().await;
            removal.happens(&tenant).await;
            let Removal { income, expense, of_expense, .. } = removal;
            let left = tenant.objects(&removal.entity()).await.len();
            // Looking makes nothing, however often.
            for _ in 0..2 {
                let mark = tenant.mark().await;
                let looked = sync_with(&tenant, "D1", json!({"verify": true})).await;
                removal.is_reported(looked);
                let calls = outline(&tenant.calls_since(mark).await);
                assert!(calls.iter().all(|call| call.ends_with(" read")), "{calls:?}");
            }
            let unlinked = tenant.unlink("disbursement", "D1").await;
            assert_eq!(
                (unlinked.status, &unlinked.body["unlinked"]),
                (200, &json!(1)),
                "{}",
                unlinked.body
            );
            tenant.unlink("disbursement", "D1").await.problem(409, "nothing_to_unlink");
            let stands = tenant.disbursement("D1").await;
            let part = removal.part(&stands);
            assert_eq!(
                (&part["state"], &part["reason"]["code"]),
                (&json!("skipped"), &json!("unlinked"))
            );
            assert_eq!(stands.state(), "posted", "{}", stands.body);

            // Later versions leave it so, and bring the others up to date.
            let changed = Disbursement::new(2, "D-1").share("3000.00").split("A1", "10000.00");
            let updated = put(&tenant, "D1", &changed).await.posted();
            assert_eq!(removal.part(&updated)["state"], "skipped", "{}", updated.body);
            assert_eq!(tenant.objects(&removal.entity()).await.len(), left);
            let (gross, paid_out) = if of_expense { (1_500_000, 200_000) } else { (0, 1_170_500) };
            assert_eq!(tenant.effect().await, booked(income, gross, expense, paid_out));

            // Until a person presses Sync.
            sync(&tenant, "D1").await.posted();
            assert_eq!(tenant.effect().await, booked(income, 1_500_000, expense, 1_170_500));
            tenant.assert_balanced().await;
        }),
    )
    .await;
}

/// S1-27: everything is where it was posted, and looking costs a read for each document.
#[tokio::test]
async fn looking_at_documents_that_are_all_there_changes_nothing() {
    join_all(PAIRS.map(async |(income, expense)| {
        let tenant = Tenant::disbursing(income, expense).await;
        let record = Disbursement::new(1, "D-1");
        let created = put(&tenant, "D1", &record).await.posted();
        let mark = tenant.mark().await;
        let looked = sync_with(&tenant, "D1", json!({"verify": true})).await.posted();
        did(&looked, "unchanged");
        assert_eq!(documents(&looked), documents(&created));
        let (income, expense) =
            (format!("{} read", kind(income)), format!("{} read", kind(expense)));
        let expected = [income, expense.clone(), expense.clone(), expense];
        assert_eq!(outline(&tenant.calls_since(mark).await), expected);
    }))
    .await;
}

/// S1-27: what is to be removed anyway and is gone already is no reason to wait.
#[tokio::test]
async fn a_canceled_disbursement_whose_documents_were_deleted_by_hand_is_done() {
    join_all(PAIRS.map(async |(income, expense)| {
        let tenant = Tenant::disbursing(income, expense).await;
        let record = Disbursement::new(1, "D-1");
        let created = put(&tenant, "D1", &record).await.posted();
        let of_income = kind(income).to_lowercase();
        tenant.bookkeeper_does("delete", &of_income, &id(created.income())).await;
        let of_expense = kind(expense).to_lowercase();
        tenant.bookkeeper_does("delete", &of_expense, &id(created.expense("A1"))).await;
        let canceled = record.version(2).status("canceled");
        let done = put(&tenant, "D1", &canceled).await.posted();
        assert_eq!(documents(&done), Vec::<String>::new(), "{}", done.body);
        assert!(tenant.effect().await.is_empty());
    }))
    .await;
}
