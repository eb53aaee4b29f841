//! A changed disbursement changes the entries it has; so does a changed way of booking it.

use e2e::records::Disbursement;
use e2e::{EXPENSES, INCOMES, SAVINGS, Tenant};
use futures_util::future::join_all;
use serde_json::json;

use super::{
    BILL, CHECK, DEPOSIT, INVOICE, PAIRS, RECEIPT, booked, did, documents, happens, id, kind,
    lines, living, put, stands, sync, with_a_second_agent,
};

/// S1-24, S1-26: the same entries, line by line, through everything that can change.
#[tokio::test]
async fn a_changed_disbursement_updates_the_same_entries_line_by_line() {
    join_all(PAIRS.map(async |(income, expense)| {
        let tenant = Tenant::disbursing(income, expense).await;
        let of_income = kind(income).to_lowercase();
        let of_expense = kind(expense).to_lowercase();
        let first = Disbursement::new(1, "D-1");
        let created = put(&tenant, "D1", &first).await.posted();
        let income_id = id(created.income());
        let income_lines = lines(&tenant.object(&of_income, &income_id).await);
        let ann = id(created.expense("A1"));
        let ann_lines = lines(&tenant.object(&of_expense, &ann).await);

        // Another split, and a payee more.
        let more = with_a_second_agent(first.version(2).split("A1", "9500.00"));
        let changed = put(&tenant, "D1", &more).await.posted();
        let what = format!("{income} {expense}: {}", changed.body);
        did(&changed, "created");
        assert_eq!(
            (id(changed.income()), id(changed.expense("A1"))),
            (income_id.clone(), ann.clone())
        );
        for payee in ["R1", "F1"] {
            assert_eq!(id(changed.expense(payee)), id(created.expense(payee)));
        }
        let now = lines(&tenant.object(&of_income, &income_id).await);
        assert_eq!((now.len(), &now[..4]), (5, &income_lines[..]), "{what}");
        assert_eq!(lines(&tenant.object(&of_expense, &ann).await), ann_lines, "{what}");
        assert_eq!(tenant.effect().await, booked(income, 1_550_000, expense, 1_220_500), "{what}");

        // A payee less.
        let less = more.version(3).without("R1");
        let changed = put(&tenant, "D1", &less).await.posted();
        let what = format!("{income} {expense}: {}", changed.body);
        assert_eq!(id(changed.income()), income_id, "{what}");
        assert_eq!(changed.expense("R1")["state"], "posted", "{what}");
        assert!(living(changed.expense("R1")).is_null(), "{what}");
        assert_eq!(tenant.effect().await, booked(income, 1_400_000, expense, 1_070_500), "{what}");

        // A line switched out: on no document, neither as income nor as expense.
        let partly = less.version(4).with("/franchise/0/sync", json!(false));
        let changed = put(&tenant, "D1", &partly).await.posted();
        assert_eq!(
            (id(changed.income()), id(changed.expense("A1"))),
            (income_id.clone(), ann.clone())
        );
        assert_eq!(
            tenant.effect().await,
            booked(income, 1_350_000, expense, 1_020_500),
            "{}",
            changed.body
        );

        // Called off: nothing is left.
        let off = partly.version(5).status("canceled");
        let canceled = put(&tenant, "D1", &off).await.posted();
        did(&canceled, "voided");
        assert_eq!(documents(&canceled), Vec::<String>::new(), "{}", canceled.body);
        assert!(tenant.effect().await.is_empty(), "{:?}", tenant.effect().await);

        // And on again: new documents, once.
        let on = off.version(6).status("approved").with("/franchise/0/sync", json!(true));
        let again = put(&tenant, "D1", &on).await.posted();
        assert_eq!(
            tenant.effect().await,
            booked(income, 1_400_000, expense, 1_070_500),
            "{}",
            again.body
        );
        let unchanged = put(&tenant, "D1", &on).await.posted();
        did(&unchanged, "unchanged");
        assert_eq!(documents(&unchanged), documents(&again));
        tenant.assert_balanced().await;
        tenant.comes_to_rest().await;
    }))
    .await;
}

/// S1-26: what a person wrote into the document is kept where the record does not govern it, and where the record did not
/// change it (S4-284); or written over, if the record always counts (S4-286).
#[tokio::test]
async fn an_entry_edited_in_quickbooks_is_updated_and_stays_the_same() {
    let rules = ["never", "always"].into_iter();
    join_all(rules.flat_map(|rule| PAIRS.map(|pair| (rule, pair))).map(
        async |(rule, (income, expense))| {
            let tenant = Tenant::disbursing(income, expense).await;
            for template in [income, expense] {
                let saved = tenant.configure(template, &json!({"overwrite": rule})).await;
                assert_eq!(saved.status, 200, "{}", saved.body);
            }
            let first = Disbursement::new(1, "D-1");
            let created = put(&tenant, "D1", &first).await.posted();
            for (part, template) in [(created.income(), income), (created.expense("A1"), expense)] {
                let edit = json!({"memo": "looked at", "date": "2026-06-01"});
                let entity = kind(template).to_lowercase();
                tenant.bookkeeper_does_with("edit", &entity, &id(part), edit).await;
            }
            let changed = first.version(2).share("3000.00").split("A1", "10000.00");
            let updated = put(&tenant, "D1", &changed).await.posted();
            assert_eq!(documents(&updated), documents(&created));
            for (part, template) in [(updated.income(), income), (updated.expense("A1"), expense)] {
                let document = tenant.object(&kind(template).to_lowercase(), &id(part)).await;
                let note = document["PrivateNote"].as_str().unwrap_or_default();
                let kept = note == "looked at";
                assert!(kept || note.starts_with("Disbursement D-1"), "{note}");
                assert_eq!(kept, rule == "never", "{template}: {note}");
                assert_eq!(
                    document["TxnDate"], "2026-06-01",
                    "the day is QuickBooks' own: {document}"
                );
            }
            assert_eq!(tenant.effect().await, booked(income, 1_500_000, expense, 1_170_500));
        },
    ))
    .await;
}

/// S1-17, S1-18, S1-26: the old document goes, the new one comes, and the money counts once. A voided document keeps its
/// number, so the new one has another and the answer says so.
#[tokio::test]
async fn a_disbursement_synced_under_another_template_changes_the_kind_of_its_documents() {
    join_all(["taken", "free"].map(async |voided_numbers| {
        let tenant = Tenant::disbursing(INVOICE, BILL).await;
        tenant.switch(json!({"voided_numbers": voided_numbers})).await;
        let record = Disbursement::new(1, "D-1").with("/agents/0/number", json!("A-77"));
        put(&tenant, "D1", &record).await.posted();
        let (mut income, mut expense) = (INVOICE, BILL);
        for round in 1..=3 {
            for (old, new) in
                [(&mut income, INCOMES[round % 3]), (&mut expense, EXPENSES[round % 3])]
            {
                assert_eq!(tenant.step(old, "pause").await.status, 200);
                tenant.set_up(new).await;
                *old = new;
            }
            let before = documents(&tenant.disbursement("D1").await);
            let synced = sync(&tenant, "D1").await.posted();
            let what = format!("{income} {expense}: {}", synced.body);
            let now = documents(&synced);
            assert!(now.iter().all(|document| !before.contains(document)), "{what}");
            assert!(
                now[0].starts_with(kind(income)) && now[1].starts_with(kind(expense)),
                "{what}"
            );
            assert_eq!(
                tenant.effect().await,
                booked(income, 1_500_000, expense, 1_070_500),
                "{what}"
            );
            tenant.assert_balanced().await;
            let number = &living(synced.income())["doc_number"];
            match round {
                1 => {
                    assert_eq!(*number, "D-1-2", "{what}");
                    assert_eq!(synced.income()["changes"][0]["to"], "D-1-2", "{what}");
                }
                2 => assert!(number.is_null(), "a deposit has no number: {what}"),
                _ => assert_eq!(*number, "D-1-3", "{what}"),
            }
            assert_eq!(
                living(synced.expense("A1"))["doc_number"],
                "A-77",
                "deleted, it is free: {what}"
            );
            let again = sync(&tenant, "D1").await.posted();
            did(&again, "unchanged");
            assert_eq!(documents(&again), now, "{}", again.body);
        }
        tenant.comes_to_rest().await;
    }))
    .await;
}

/// What was posted is no history to be left out: neither while its template is changed, nor when it comes back.
#[tokio::test]
async fn rules_about_history_do_not_take_away_what_was_posted_when_the_template_changes() {
    let tenant = Tenant::disbursing(INVOICE, BILL).await;
    tenant.auto_sync(true).await;
    let first = Disbursement::new(1, "D-1");
    happens(&tenant, "D1", &first).await.posted();
    assert_eq!(tenant.step(INVOICE, "pause").await.status, 200);
    tenant.set_up_with(RECEIPT, json!({"initial_sync": "none"})).await;
    let changed = first.version(2).share("4100.00");
    let synced = happens(&tenant, "D1", &changed).await.posted();
    assert_eq!(
        tenant.effect().await,
        booked(RECEIPT, 1_510_000, BILL, 1_070_500),
        "{}",
        synced.body
    );
}

/// S1-17: while one side is paused its part waits, and the other goes on.
#[tokio::test]
async fn each_side_waits_for_its_own_workflow() {
    let tenant = Tenant::disbursing(INVOICE, BILL).await;
    assert_eq!(tenant.step(BILL, "pause").await.status, 200);
    let record = Disbursement::new(1, "D-1");
    let waits = stands(put(&tenant, "D1", &record).await, "blocked", "workflow_paused");
    assert_eq!(waits.income()["state"], "posted", "{}", waits.body);
    assert_eq!(waits.expense("A1")["state"], "blocked", "{}", waits.body);
    assert_eq!(tenant.effect().await, booked(INVOICE, 1_500_000, BILL, 0));
    assert_eq!(tenant.step(BILL, "run").await.status, 200);
    tenant.disbursement_becomes("D1", "posted").await;
    assert_eq!(tenant.effect().await, booked(INVOICE, 1_500_000, BILL, 1_070_500));
    tenant.comes_to_rest().await;
}

/// S4-043, S0-12: accounts that are chosen anew move the same entries with the next sync, and not before.
#[tokio::test]
async fn accounts_that_are_chosen_anew_move_the_same_entries() {
    let tenant = Tenant::disbursing(DEPOSIT, CHECK).await;
    let record = Disbursement::new(1, "D-1");
    let created = put(&tenant, "D1", &record).await.posted();
    assert_eq!(living(created.income())["date"], tenant.today().await.as_str());
    for (template, choice) in [
        (DEPOSIT, json!({"income_account": {"id": "5"}, "deposit_account": {"id": SAVINGS}})),
        (CHECK, json!({"expense_account": {"id": "14"}})),
    ] {
        let saved = tenant.configure(template, &choice).await;
        assert_eq!(saved.status, 200, "{}", saved.body);
    }
    assert_eq!(tenant.effect().await, booked(DEPOSIT, 1_500_000, CHECK, 1_070_500));
    let synced = sync(&tenant, "D1").await.posted();
    assert_eq!(documents(&synced), documents(&created), "{}", synced.body);
    let effect = tenant.effect().await;
    let expected = [
        ("Checking", "-10705.00"),
        ("Fees Billed", "-15000.00"),
        ("Miscellaneous", "10705.00"),
        ("Savings", "15000.00"),
    ];
    let expected = expected.map(|(account, sum)| (account.to_owned(), sum.to_owned()));
    assert_eq!(effect, expected.into());
    tenant.assert_balanced().await;
}
