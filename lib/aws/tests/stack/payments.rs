//! Issued payments, the bills by which they are recognised, how they are pulled, and what Intuit told.

use aws::table::{DuePlace, Extras, MadeBill, Noted, Put};
use domain::id::{HostId, ObjectId};
use domain::issued::{Applied, IssuedId, IssuedPayment, IssuedState, Linked, Named, PayType, Seen};
use domain::ledger::{Object, ObjectKind};
use domain::money::Currency;
use domain::notice::Notice;
use domain::posting::{Posting, PostingKey, State};
use domain::pull::{Pass, PassStage, Pull};

use crate::support::{Stack, later, line, next, now};

fn object(id: &str) -> ObjectId {
    ObjectId::parse(id).unwrap()
}

fn expense() -> PostingKey {
    let id = |text| HostId::parse(text).unwrap();
    PostingKey::expense(id("D1"), id("A1"))
}

pub(crate) fn payment(stack: &Stack, id: &str) -> IssuedPayment {
    let amount = "400.00".parse().unwrap();
    let bill = object("145");
    IssuedPayment {
        schema: 1,
        revision: 1,
        id: IssuedId { company: stack.company.clone(), payment: object(id) },
        state: IssuedState::Synced,
        number: None,
        attachments: Vec::new(),
        seen: Seen {
            id: object(id),
            sync_token: "0".to_owned(),
            entered_at: now(),
            changed_at: now(),
            doc_number: Some("1042".to_owned()),
            date: Some("2026-03-01".parse().unwrap()),
            pay_type: PayType::CreditCard,
            account: Some(Named { id: object("41"), name: None }),
            vendor: Named { id: object("56"), name: Some("Ann".to_owned()) },
            currency: Currency::parse("USD").unwrap(),
            total: amount,
            memo: None,
            voided: false,
            lines: vec![Linked { kind: Linked::BILL.to_owned(), id: bill.clone(), amount }],
        },
        applied: vec![Applied {
            posting: expense(),
            bill,
            doc_number: None,
            balance: Some("600.00".parse().unwrap()),
            amount,
        }],
        first_seen_at: now(),
        updated_at: now(),
    }
}

pub(crate) fn made(stack: &Stack, id: &str) -> Object {
    Object {
        kind: ObjectKind::Bill,
        id: object(id),
        company: stack.company.clone(),
        sync_token: "0".to_owned(),
        doc_number: None,
        date: None,
        total: None,
        balance: None,
        unapplied: None,
        party: None,
        removal: None,
        line_ids: Vec::new(),
        content: String::new(),
        trace: None,
        edits: Vec::new(),
    }
}

#[tokio::test]
async fn payments_are_stored_all_or_none_and_only_over_what_was_seen() {
    let Some(stack) = Stack::open().await else { return };
    let (table, tenant, company) = (&stack.aws.table, &stack.tenant, &stack.company);
    let two: Vec<_> =
        ["171", "172"].map(|id| (payment(&stack, id), line("payment_created"))).into();
    for _ in 0..2 {
        // The second time is the echo of the first, whose answer was lost.
        assert_eq!(table.put_issued(tenant, &two).await.unwrap(), Put::Done);
    }
    let changed = |id: &str, revision| {
        let number = Some("CHK-1".to_owned());
        IssuedPayment { revision, number, ..payment(&stack, id) }
    };
    let mixed = [changed("171", 2), changed("172", 3)].map(|it| (it, line("payment_updated")));
    assert_eq!(table.put_issued(tenant, &mixed).await.unwrap(), Put::Changed);
    let ids = [object("171"), object("172"), object("173")];
    let known = table.issued(tenant, company, &ids).await.unwrap();
    assert_eq!(
        known.into_values().collect::<Vec<_>>(),
        two.iter().map(|it| it.0.clone()).collect::<Vec<_>>()
    );

    let page = table.issued_page(tenant, company, 1, None).await.unwrap();
    assert_eq!((page.payments.len(), page.next.clone()), (1, Some(object("171"))));
    let rest = table.issued_page(tenant, company, 9, page.next.as_ref()).await.unwrap();
    assert_eq!((rest.payments, rest.next), (vec![payment(&stack, "172")], None));

    let stale = changed("171", 7);
    let removed = table.remove_issued(tenant, &stale, &line("payment_removed")).await.unwrap();
    assert_eq!(removed, Put::Changed);
    let seen = payment(&stack, "171");
    let removed = table.remove_issued(tenant, &seen, &line("payment_removed")).await.unwrap();
    assert_eq!(removed, Put::Done);
    assert!(table.issued(tenant, company, &ids[..1]).await.unwrap().is_empty());
}

#[tokio::test]
async fn a_bill_leads_to_its_posting_from_the_moment_in_which_that_is_stored() {
    let Some(stack) = Stack::open().await else { return };
    let (table, tenant, company) = (&stack.aws.table, &stack.tenant, &stack.company);
    let posting = next(&Posting::new(expense(), State::Posted, now()));
    let known = MadeBill { bill: made(&stack, "145"), unknown_since: None };
    let extras = Extras { bill: Some(&known), ..Extras::default() };
    table.write_posting(tenant, &posting, extras).await.unwrap();
    let late = MadeBill { bill: made(&stack, "146"), unknown_since: Some(now()) };
    let extras = Extras { bill: Some(&late), ..Extras::default() };
    let refused = table.write_posting(tenant, &posting, extras).await;
    assert!(refused.is_ok(), "the same posting again is an echo: {refused:?}");
    table.write_posting(tenant, &next(&posting), extras).await.unwrap();
    let bills = [object("145"), object("146"), object("147")];
    let ours = table.our_bills(tenant, company, &bills).await.unwrap();
    assert_eq!(ours, bills[..2].iter().map(|id| (id.clone(), expense())).collect());
    let mut earlier = next(&Posting::new(expense(), State::Posted, now()));
    earlier.key.payee = Some(HostId::parse("A2").unwrap());
    earlier.objects = vec![made(&stack, "147")];
    table.write_posting(tenant, &earlier, Extras::default()).await.unwrap();
    for _ in 0..2 {
        table.note_bills(tenant, company).await.unwrap();
    }
    let ours = table.our_bills(tenant, company, &bills).await.unwrap();
    assert_eq!((ours.len(), ours.get(&object("147"))), (3, Some(&earlier.key)));
    assert_eq!(table.late_bills(tenant, company).await.unwrap(), [(object("146"), now())]);
    for _ in 0..2 {
        table.forget_late_bill(tenant, company, &object("146")).await.unwrap();
    }
    assert!(table.late_bills(tenant, company).await.unwrap().is_empty());
}

#[tokio::test]
async fn a_pull_is_found_while_it_is_due_and_never_overwritten_unseen() {
    let Some(stack) = Stack::open().await else { return };
    let (table, tenant, company) = (&stack.aws.table, &stack.tenant, &stack.company);
    assert_eq!(table.pull(tenant, company).await.unwrap(), None);
    let mut pull = Pull { on: true, revision: 1, ..Pull::beginning(company.clone(), now()) };
    pull.due_at = Some(later(60));
    let stage = PassStage::Changed { from: now(), start: 981 };
    pull.pass = Some(Pass {
        through: later(1),
        since: now(),
        began_at: later(2),
        late: [object("146")].into(),
        stage,
    });
    for _ in 0..2 {
        assert!(table.put_pull(tenant, &pull, Some(&line("payment_pull_saved"))).await.unwrap());
    }
    assert_eq!(table.pull(tenant, company).await.unwrap().as_ref(), Some(&pull));
    let other = Pull { on: false, ..pull.clone() };
    assert!(!table.put_pull(tenant, &other, None).await.unwrap());
    let is_due = async |seconds| {
        let mut place = Some(DuePlace::FIRST);
        while let Some(from) = place {
            let page = table.pulls_due(later(seconds), 100, &from).await.unwrap();
            if page.due.contains(&(tenant.clone(), company.clone(), later(60))) {
                return true;
            }
            place = page.next;
        }
        false
    };
    assert!(is_due(61).await && !is_due(60).await);
    let parked = Pull { due_at: None, revision: 2, ..pull };
    assert!(table.put_pull(tenant, &parked, None).await.unwrap());
    assert!(!is_due(61).await);
}

#[tokio::test]
async fn a_notice_is_known_when_it_comes_again_whether_or_not_it_was_seen_to() {
    let Some(stack) = Stack::open().await else { return };
    let (table, tenant) = (&stack.aws.table, &stack.tenant);
    let notice = |received| {
        let (company, id) = (stack.company.clone(), object("58"));
        let what = ("Customer".to_owned(), "Update".to_owned());
        Notice::new(company, what.0, id, what.1, now(), None, received)
    };
    let (first, again) = (notice(later(1)), notice(later(100)));
    assert_eq!(table.put_notice(tenant, &first).await.unwrap(), Noted::New);
    assert_eq!(table.put_notice(tenant, &again).await.unwrap(), Noted::Open);
    let keys = [first.key(), "unknown".to_owned()];
    assert_eq!(table.notices(tenant, &keys).await.unwrap(), std::slice::from_ref(&first));
    table.finish_notice(tenant, &first).await.unwrap();
    assert_eq!(table.put_notice(tenant, &again).await.unwrap(), Noted::Done);
}
