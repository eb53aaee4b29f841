//! Items of a newer layout: refused by whoever reads them, left as they are by whoever would write them, of every kind.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Debug;

use aws::table::{
    CompanyChange, EndpointExtras, EventState, Extras, Guard, HistorySpan, Keys, LAYOUTS, MadeBill,
    OauthState, Table,
};
use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::types::AttributeValue;
use domain::batch::Batch;
use domain::dead_letter::{DeadLetter, Subject};
use domain::event::endpoint::Endpoint;
use domain::event::{Event, Mark, Origin};
use domain::governor::Governor;
use domain::id::{ObjectId, TenantId};
use domain::import::{Import, ImportId, Problem};
use domain::ledger::Object;
use domain::link::ListKind;
use domain::list::{List, ListCopy};
use domain::meter::{Ladder, Month, Usage};
use domain::notice::Notice;
use domain::posting::{Condition, Posting, State};
use domain::pull::Pull;
use domain::reason::{GivenUp, Reason};
use domain::settings::Settings;
use jiff::Timestamp;

use crate::support::{Stack, alone, company, first, key, later, line, link, now};

/// What came of an operation on an item of a newer layout.
type Outcome = (&'static str, String);

fn outcome<T, E: Debug>(name: &'static str, result: Result<T, E>) -> Outcome {
    (name, result.map_or_else(|error| format!("{error:?}"), |_| "done".to_owned()))
}

/// One kind of item after the other, each as a newer version would have left it.
struct Newer {
    stack: Stack,
    client: Client,
    tried: BTreeSet<&'static str>,
}

impl Newer {
    /// Stores an item with that sort key in `pk` that says nothing but that it is newer, tries the operations, and looks
    /// whether it is still there as it was.
    async fn refuses(
        &mut self,
        kind: &'static str,
        pk: String,
        sort_key: &str,
        operations: impl AsyncFn(&Table, &TenantId) -> Vec<Outcome>,
    ) {
        assert!(sort_key.starts_with(kind), "{sort_key} is no {kind}");
        let text = |text: &str| AttributeValue::S(text.to_owned());
        let item = BTreeMap::from([
            ("pk", text(&pk)),
            ("sk", text(sort_key)),
            ("schema", AttributeValue::N("99".to_owned())),
            ("revision", AttributeValue::N("1".to_owned())),
        ]);
        let owned = |item: &BTreeMap<&str, AttributeValue>| {
            item.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect()
        };
        let table = &self.stack.names().table;
        let put = self.client.put_item().table_name(table).set_item(Some(owned(&item)));
        put.send().await.unwrap();
        for (name, result) in operations(&self.stack.aws.table, &self.stack.tenant).await {
            assert!(result.contains("FromTheFuture"), "{name} of {sort_key}: {result}");
        }
        let get = self.client.get_item().table_name(table).consistent_read(true);
        let get = get.key("pk", text(&pk)).key("sk", text(sort_key));
        assert_eq!(get.send().await.unwrap().item, Some(owned(&item)), "{sort_key} was touched");
        let delete = self.client.delete_item().table_name(table);
        delete.key("pk", text(&pk)).key("sk", text(sort_key)).send().await.unwrap();
        self.tried.insert(kind);
    }
}

/// In a month that nobody else looks at.
fn long_ago() -> Timestamp {
    "1990-01-01T00:00:00Z".parse().unwrap()
}

fn object(id: &str) -> ObjectId {
    ObjectId::parse(id).unwrap()
}

fn event() -> Event {
    let origin =
        Origin { stream: "s/1".to_owned(), number: "1".to_owned(), item: "CONNECTION".to_owned() };
    Event {
        schema: 1,
        sequence: 1,
        kind: "posting.posted".to_owned(),
        subject: "bill/B1".to_owned(),
        at: now(),
        data: "{}".to_owned(),
        origin,
        added_at: now(),
    }
}

#[tokio::test]
async fn what_a_newer_version_stored_is_refused_and_left_as_it_is_whatever_its_kind() {
    let Some(stack) = Stack::open().await else { return };
    let client = Client::new(&stack.config);
    let (connection, own_company) = (stack.connection(), stack.company.clone());
    let pk = format!("T#{}", stack.tenant);
    let mut newer = Newer { stack, client, tried: BTreeSet::new() };
    let posting = first("B1", State::Posted);
    let (line, link) = (line("tried"), link("A1", "58"));
    let bill = Object { company: company(), ..crate::payments::made(&newer.stack, "145") };

    newer
        .refuses("CONNECTION", pk.clone(), "CONNECTION", async |table, tenant| {
            let keys = Keys { connection: true, ..Keys::default() };
            vec![
                outcome("load", table.load(tenant, &keys).await),
                outcome("connect", table.connect(tenant, &connection, None, &line).await),
                outcome("disconnect", table.disconnect(tenant, &line).await),
                outcome("mark_needs_reconnect", table.mark_needs_reconnect(tenant, 1, &line).await),
                outcome("pause", table.pause(tenant, later(60)).await),
                outcome(
                    "note_books",
                    table.note_books(tenant, &own_company, &connection.company.books, now()).await,
                ),
                outcome(
                    "mark_wake_pending",
                    table.mark_wake_pending(tenant, &own_company, now()).await,
                ),
                outcome(
                    "clear_wake_pending",
                    table.clear_wake_pending(tenant, &own_company, now()).await,
                ),
                outcome(
                    "acquire_refresh",
                    table.acquire_refresh(tenant, 1, "o", now(), later(15)).await,
                ),
                outcome(
                    "finish_refresh",
                    table.finish_refresh(tenant, "o", 2, later(100), None, now()).await,
                ),
                outcome("release_refresh", table.release_refresh(tenant, "o").await),
                outcome("event_state", table.event_state(tenant).await),
            ]
        })
        .await;
    newer
        .refuses("SETTINGS", pk.clone(), "SETTINGS", async |table, tenant| {
            let keys = Keys { settings: true, ..Keys::default() };
            let settings = Settings { revision: 2, ..Settings::default() };
            let saved = Settings { revision: 1, ..Settings::default() };
            vec![
                outcome("load", table.load(tenant, &keys).await),
                outcome(
                    "save_settings",
                    table.save_settings(tenant, &settings, Some(&line), now()).await,
                ),
                outcome("clear_settings_wake", table.clear_settings_wake(tenant, &saved).await),
            ]
        })
        .await;
    newer
        .refuses("POSTING#", pk.clone(), "POSTING#agent_billing#bill#B1", async |table, tenant| {
            let keys = Keys { postings: [key("B1")].into(), ..Keys::default() };
            let second = Posting { revision: 2, ..posting.clone() };
            vec![
                outcome("load", table.load(tenant, &keys).await),
                outcome("write_posting", table.write_posting(tenant, &second, alone()).await),
                outcome("write_posting anew", table.write_posting(tenant, &posting, alone()).await),
            ]
        })
        .await;
    newer
        .refuses("BATCH#", pk.clone(), "BATCH#b1", async |table, tenant| {
            let never = Batch::never_sent("b1".to_owned(), company(), now());
            vec![
                outcome("batch", table.batch(tenant, "b1").await),
                outcome("write_batch", table.write_batch(tenant, &never).await),
                outcome("write_batch again", table.write_batch(tenant, &never.closed()).await),
            ]
        })
        .await;
    newer
        .refuses("LINK#", pk.clone(), "LINK#4620#customer#A1", async |table, tenant| {
            let keys = Keys {
                links: [link.key.clone()].into(),
                company: Some(company()),
                ..Keys::default()
            };
            vec![
                outcome("load", table.load(tenant, &keys).await),
                outcome(
                    "links",
                    table.links(tenant, &company(), ListKind::Customer, 9, None).await,
                ),
                outcome("claim_link", table.claim_link(tenant, &link).await),
                outcome("relink", table.relink(tenant, &link, None, &line).await),
                outcome("unlink", table.unlink(tenant, &link, &line).await),
            ]
        })
        .await;
    newer
        .refuses("OBJECT#", pk.clone(), "OBJECT#4620#customer#58", async |table, tenant| {
            let objects = [object("58")];
            vec![
                outcome(
                    "links_to",
                    table.links_to(tenant, &company(), ListKind::Customer, &objects).await,
                ),
                outcome("claim_link", table.claim_link(tenant, &link).await),
            ]
        })
        .await;
    newer
        .refuses("OBJECT#", pk.clone(), "OBJECT#4620#bill#145", async |table, tenant| {
            let made = MadeBill { bill: bill.clone(), unknown_since: Some(now()) };
            let extras = Extras { bill: Some(&made), ..Extras::default() };
            vec![
                outcome("our_bills", table.our_bills(tenant, &company(), &[object("145")]).await),
                outcome("write_posting", table.write_posting(tenant, &posting, extras).await),
            ]
        })
        .await;
    newer
        .refuses("LATE_BILL#", pk.clone(), "LATE_BILL#4620#145", async |table, tenant| {
            let made = MadeBill { bill: bill.clone(), unknown_since: Some(now()) };
            let extras = Extras { bill: Some(&made), ..Extras::default() };
            vec![
                outcome("late_bills", table.late_bills(tenant, &company()).await),
                outcome("write_posting", table.write_posting(tenant, &posting, extras).await),
                outcome(
                    "forget_late_bill",
                    table.forget_late_bill(tenant, &company(), &object("145")).await,
                ),
            ]
        })
        .await;
    newer
        .refuses("PULL#", pk.clone(), "PULL#4620", async |table, tenant| {
            let pull = Pull { revision: 2, ..Pull::beginning(company(), now()) };
            vec![
                outcome("pull", table.pull(tenant, &company()).await),
                outcome("put_pull", table.put_pull(tenant, &pull, None).await),
            ]
        })
        .await;
    newer
        .refuses("GOVERNOR#", pk.clone(), "GOVERNOR#4620", async |table, tenant| {
            let governor = Governor { revision: 2, ..Governor::idle(company()) };
            vec![outcome("put_governor", table.put_governor(tenant, &governor).await)]
        })
        .await;
    let payment = {
        let mut payment = crate::payments::payment(&newer.stack, "171");
        payment.id.company = company();
        payment
    };
    newer
        .refuses("ISSUED#", pk.clone(), "ISSUED#4620#171", async |table, tenant| {
            let mut again = payment.clone();
            again.revision = 2;
            vec![
                outcome("issued", table.issued(tenant, &company(), &[object("171")]).await),
                outcome("issued_page", table.issued_page(tenant, &company(), 9, None).await),
                outcome("put_issued", table.put_issued(tenant, &[(again, line.clone())]).await),
                outcome("remove_issued", table.remove_issued(tenant, &payment, &line).await),
            ]
        })
        .await;
    let notice = Notice::new(
        company(),
        "Vendor".to_owned(),
        object("56"),
        "Update".to_owned(),
        now(),
        None,
        now(),
    );
    let notice_key = notice.key();
    newer
        .refuses("NOTICE#", pk.clone(), &format!("NOTICE#{notice_key}"), async |table, tenant| {
            let keys = [notice_key.clone()];
            vec![
                outcome("notices", table.notices(tenant, &keys).await),
                outcome("put_notice", table.put_notice(tenant, &notice).await),
                outcome("finish_notice", table.finish_notice(tenant, &notice).await),
            ]
        })
        .await;
    newer
        .refuses("LIST#", pk.clone(), "LIST#4620#items#!", async |table, tenant| {
            let copy = ListCopy {
                company: company(),
                list: List::Items,
                fetched_at: now(),
                note: None,
                entries: Vec::new(),
            };
            vec![
                outcome("list_copy", table.list_copy(tenant, &company(), List::Items).await),
                outcome("put_list_copy", table.put_list_copy(tenant, &copy).await),
            ]
        })
        .await;
    let waits = "WAIT#mapping#2026-03-01T08:00:00.000000Z#agent_billing#bill#B1";
    newer
        .refuses("WAIT#", pk.clone(), waits, async |table, tenant| {
            let blocked = Posting {
                blocked_by: Some(Condition::Mapping.as_text()),
                blocked_since: Some(now()),
                ..first("B1", State::Blocked)
            };
            let extras = Extras { wait: Some(&Guard::None), ..Extras::default() };
            vec![
                outcome(
                    "waiting",
                    table.waiting(tenant, Condition::Mapping, Timestamp::MAX, 9).await,
                ),
                outcome("write_posting", table.write_posting(tenant, &blocked, extras).await),
            ]
        })
        .await;
    let told = "HISTORY#2026-03-01T08:00:00.000000Z#7f9f2d3e-8d55-4b8e-9b7e-0e3f8b6a2c11";
    newer
        .refuses("HISTORY#", pk.clone(), told, async |table, tenant| {
            let span = HistorySpan { from: None, to: Some(later(1)) };
            vec![outcome("history", table.history(tenant, &span, 100, None).await)]
        })
        .await;
    newer
        .refuses("HISTORY_HIDDEN", pk.clone(), "HISTORY_HIDDEN", async |table, tenant| {
            vec![
                outcome("history_hidden_before", table.history_hidden_before(tenant).await),
                outcome("hide_history", table.hide_history(tenant, &line).await),
            ]
        })
        .await;
    let mark = Mark { stream: "s/1".to_owned(), number: "1".to_owned() };
    newer
        .refuses("EVENTS", pk.clone(), "EVENTS", async |table, tenant| {
            let state = EventState::default();
            vec![
                outcome("event_state", table.event_state(tenant).await),
                outcome(
                    "append_events",
                    table.append_events(tenant, &state, &[event()], &mark).await,
                ),
            ]
        })
        .await;
    newer
        .refuses("EVENT#", pk.clone(), "EVENT#00000000000000000001", async |table, tenant| {
            let state = EventState::default();
            let origins = BTreeSet::from([event().origin]);
            vec![
                outcome("events", table.events(tenant, 0, 9).await),
                outcome("events_of", table.events_of(tenant, &origins, now()).await),
                outcome(
                    "append_events",
                    table.append_events(tenant, &state, &[event()], &mark).await,
                ),
            ]
        })
        .await;
    newer
        .refuses("EVENT_ENDPOINT", pk.clone(), "EVENT_ENDPOINT", async |table, tenant| {
            let endpoint = Endpoint { revision: 2, ..Endpoint::new(0, now()) };
            let extras = EndpointExtras::default();
            vec![
                outcome("event_state", table.event_state(tenant).await),
                outcome("save_endpoint", table.save_endpoint(tenant, &endpoint, extras).await),
            ]
        })
        .await;
    let dead = "EVENT_DEAD#00000000000000000001";
    newer
        .refuses("EVENT_DEAD#", pk.clone(), dead, async |table, tenant| {
            let endpoint = Endpoint { revision: 1, ..Endpoint::new(0, now()) };
            let event = event();
            let buries = EndpointExtras { buried: Some(&event), ..EndpointExtras::default() };
            let raises = EndpointExtras { raised: Some(1), ..EndpointExtras::default() };
            vec![
                outcome("dead_events", table.dead_events(tenant, 0, 9).await),
                outcome("bury", table.save_endpoint(tenant, &endpoint, buries).await),
                outcome("raise", table.save_endpoint(tenant, &endpoint, raises).await),
            ]
        })
        .await;
    newer
        .refuses("STATE#", pk.clone(), "STATE#ab12", async |table, tenant| {
            let state = OauthState {
                company_change: CompanyChange::Refused,
                expires_at: later(600),
                return_url: None,
            };
            vec![
                outcome("take_state", table.take_state(tenant, "ab12", "0").await),
                outcome("put_state", table.put_state(tenant, "ab12", &state).await),
            ]
        })
        .await;
    let letter = DeadLetter {
        schema: 1,
        id: "5f0c".to_owned(),
        subject: Subject::Pull,
        about: None,
        reason: Reason::given_up(Subject::Pull, GivenUp::Failed),
        queue: "payment-pull".to_owned(),
        message: None,
        at: now(),
    };
    newer
        .refuses("DEAD_LETTER#", pk.clone(), "DEAD_LETTER#5f0c", async |table, tenant| {
            vec![
                outcome("dead_letters", table.dead_letters(tenant, 9, None).await),
                outcome("dead_letter", table.dead_letter(tenant, "5f0c").await),
                outcome("put", table.put_dead_letter(tenant, &letter, &line).await),
                outcome("forget", table.forget_dead_letters(tenant, &["5f0c"], &line).await),
            ]
        })
        .await;
    let import = ImportId::parse("20260301T080000Z-3f9ac1d2e4b5").unwrap();
    newer
        .refuses("IMPORT#", pk.clone(), &format!("IMPORT#{import}"), async |table, tenant| {
            let next = Import { revision: 2, ..Import::new(import.clone(), None, now()) };
            vec![
                outcome("import", table.import(tenant, &import).await),
                outcome("imports", table.imports(tenant, 9, None).await),
                outcome("put_import", table.put_import(tenant, &next, None).await),
                outcome("put_import, told", table.put_import(tenant, &next, Some(&line)).await),
            ]
        })
        .await;
    let bad_line = format!("IMPORT_PROBLEM#{import}#0000000007");
    newer
        .refuses("IMPORT_PROBLEM#", pk.clone(), &bad_line, async |table, tenant| {
            let problem = Problem {
                schema: 1,
                line: 7,
                kind: None,
                id: None,
                code: "c".to_owned(),
                message: "m".to_owned(),
            };
            let put = table.put_import_problems(tenant, &import, &[problem], now()).await;
            vec![
                outcome("import_problems", table.import_problems(tenant, &import, 9, None).await),
                outcome("put_import_problems", put),
            ]
        })
        .await;
    let month = Month::of(long_ago());
    let reads = format!("READS#{}", newer.stack.tenant);
    let partition = crate::meter::partition_of(&newer.stack, month).await;
    newer
        .refuses("READS#", partition, &reads, async |table, tenant| {
            vec![
                outcome("count_reads", table.count_reads(tenant, month, 0, 1).await),
                outcome("tenant_reads", table.tenant_reads(tenant, month).await),
                outcome("month_reads", table.month_reads(month).await),
            ]
        })
        .await;
    newer
        .refuses("LADDER", format!("METER#{month}"), "LADDER", async |table, _| {
            let usage = Usage { used: 9, forecast: 9, allowance: 10 };
            let ladder = Ladder::after(None, month, usage, now()).expect("a step");
            let ladder = Ladder { revision: 2, ..ladder };
            vec![
                outcome("ladder", table.ladder(month).await),
                outcome("put_ladder", table.put_ladder(&ladder).await),
            ]
        })
        .await;
    let claim = format!("C#{own_company}");
    newer
        .refuses("CLAIM", claim, "CLAIM", async |table, tenant| {
            vec![
                outcome("company_tenant", table.company_tenant(&own_company).await),
                outcome("connect", table.connect(tenant, &connection, None, &line).await),
            ]
        })
        .await;
    let all: BTreeSet<&str> = LAYOUTS.iter().map(|(kind, _)| *kind).collect();
    assert_eq!(newer.tried, all, "every kind of item is tried");
}
