//! Bills that are paid, set off and un-paid, and how one hears of it, against a QuickBooks that keeps books.

use std::io::Write as _;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use quickbooks::entity::{
    Account, AccountLine, AccountType, Applied, Bill, BillPayment, Line, LinkedTxnType, Vendor,
    VendorCredit,
};
use quickbooks::webhook::{self, Operation};
use quickbooks::{
    Change, Changes, Direction, Entity, EntityKind, Field, ObjectId, Op, Query, WebhookVerifier,
    Write,
};
use rust_decimal::Decimal;
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::time::timeout;

use super::spending::{cents, id, request};
use super::{Books, control};
use crate::server;

/// Longer than any delivery takes.
const PATIENCE: Duration = Duration::from_secs(20);

/// A vendor, the accounts around it, and what is booked there.
struct Paying {
    books: Books,
    vendor: ObjectId,
    expense: ObjectId,
    bank: ObjectId,
    card: ObjectId,
}

impl Paying {
    async fn set_up() -> Self {
        let books = Books::connected().await;
        let vendor = id(&books.made("vendor", &Vendor::named("Norton Lumber")).await);
        let expense = books.account("Lumber", AccountType::Expense).await;
        let bank = books.account("Bank P", AccountType::Bank).await;
        let card = books.account("Card P", AccountType::CreditCard).await;
        Self { books, vendor, expense, bank, card }
    }

    fn spent(&self, amount: Decimal) -> [Line; 1] {
        [AccountLine::of_account(&self.expense, amount).into()]
    }

    async fn bill(&self, name: &str, amount: i64) -> Bill {
        let bill = Bill::from_vendor(&self.vendor, self.spent(cents(amount)));
        self.books.made(name, &bill).await
    }

    async fn check(
        &self,
        name: &str,
        total: i64,
        lines: impl IntoIterator<Item = Line>,
    ) -> BillPayment {
        let paid = BillPayment::by_check(&self.vendor, &self.bank, cents(total), lines);
        self.books.made(name, &paid).await
    }

    async fn voided(&self, name: &str, paid: &BillPayment) -> BillPayment {
        let token = paid.sync_token().unwrap();
        self.books
            .write(&Write::void::<BillPayment>(request(name), paid.id().unwrap(), token))
            .await
    }

    async fn open(&self, bill: &Bill) -> Option<Decimal> {
        self.books.read::<Bill>(bill.id().unwrap()).await.balance
    }

    /// The company's own time, which stands still unless it is moved.
    async fn now(&self) -> Timestamp {
        let path = format!("companies/{}/clock", self.books.access.realm);
        let answer = reqwest::get(format!("{}sim/{path}", self.books.base)).await.unwrap();
        let clock: Value = serde_json::from_slice(&answer.bytes().await.unwrap()).unwrap();
        clock["now"].as_str().unwrap().parse().unwrap()
    }

    async fn later(&self) {
        let path = format!("companies/{}/clock", self.books.access.realm);
        control(&self.books.base, &path, json!({"advance_seconds": 60})).await;
    }

    async fn changes(&self, since: Timestamp) -> Changes {
        let kinds = [EntityKind::VendorCredit, EntityKind::BillPayment, EntityKind::Bill];
        self.books.client.changes(&self.books.access, &kinds, since).await.unwrap()
    }
}

fn seen<T: Entity>(changes: &Changes) -> Vec<(ObjectId, &'static str)> {
    let seen = |change| match change {
        Change::Is(object) => (id::<T>(&object), "is"),
        Change::Deleted { id, .. } => (id, "deleted"),
    };
    changes.of().unwrap().into_iter().map(seen).collect()
}

#[tokio::test]
async fn bills_are_paid_in_parts_by_check_and_by_card_and_voids_open_them_again() {
    let paying = Paying::set_up().await;
    let (one, two) = (paying.bill("bill-1", 10_355).await, paying.bill("bill-2", 30).await);
    let [first, second] = [&one, &two].map(id);
    let lines = [Line::paying_bill(&first, cents(5_000)), Line::paying_bill(&second, cents(30))];
    let check = paying.check("check", 5_030, lines).await;
    assert_eq!(
        [paying.open(&one).await, paying.open(&two).await],
        [Some(cents(5_355)), Some(Decimal::ZERO)]
    );
    let applied = |id: &ObjectId, amount| Applied {
        id: id.clone(),
        txn_type: LinkedTxnType::Bill,
        amount: Some(cents(amount)),
    };
    assert_eq!(check.applied().collect::<Vec<_>>(), [applied(&first, 5_000), applied(&second, 30)]);
    assert_eq!(check.pay_account().map(|account| &account.value), Some(&paying.bank));

    let rest = [Line::paying_bill(&first, cents(5_355))];
    let card = BillPayment::by_card(&paying.vendor, &paying.card, cents(5_355), rest);
    let card = paying.books.made("card", &card).await;
    assert_eq!(card.pay_account().map(|account| &account.value), Some(&paying.card));
    let paid = paying.books.read::<Bill>(&first).await;
    let links: Vec<_> =
        paid.linked_txn.iter().flatten().map(|link| link.txn_type.clone()).collect();
    assert_eq!(
        (paid.balance, links),
        (Some(Decimal::ZERO), vec![Some(LinkedTxnType::BillPaymentCheck); 2])
    );

    let whole = BillPayment { doc_number: Some("777".to_owned()), ..check };
    let whole: BillPayment =
        paying.books.write(&Write::update(request("number"), &whole).unwrap()).await;
    assert_eq!(paying.books.found(BillPayment::DOC_NUMBER, "777").await, [id(&whole)]);
    let voided = paying.voided("void", &whole).await;
    assert!(voided.is_voided() && !card.is_voided(), "{voided:?}");
    assert_eq!(
        [paying.open(&one).await, paying.open(&two).await],
        [Some(cents(5_000)), Some(cents(30))]
    );
    paying.books.deleted("delete", &card).await;
    assert_eq!(paying.open(&one).await, Some(cents(10_355)));
}

#[tokio::test]
async fn a_vendor_credit_is_set_off_against_a_bill_without_money() {
    let paying = Paying::set_up().await;
    let bill = paying.bill("bill", 10_355).await;
    let credit = VendorCredit::from_vendor(&paying.vendor, paying.spent(cents(355)));
    let credit = VendorCredit { doc_number: Some("VC-1".to_owned()), ..credit };
    let credit = paying.books.made("credit", &credit).await;
    assert_eq!(credit.total_amt, Some(cents(355)));
    assert_eq!(paying.books.found(VendorCredit::DOC_NUMBER, "VC-1").await, [id(&credit)]);
    let lines = [
        Line::paying_bill(&id(&bill), cents(355)),
        Line::using_vendor_credit(&id(&credit), cents(355)),
    ];
    let netting = paying.check("netting", 0, lines).await;
    assert!(!netting.is_voided());
    let types: Vec<_> = netting.applied().map(|applied| applied.txn_type).collect();
    assert_eq!(types, [LinkedTxnType::Bill, LinkedTxnType::VendorCredit]);
    assert_eq!(paying.open(&bill).await, Some(cents(10_000)));
    assert_eq!(
        paying.books.read::<Account>(&paying.bank).await.current_balance,
        Some(Decimal::ZERO)
    );
    assert!(paying.voided("void", &netting).await.is_voided());
    assert_eq!(paying.open(&bill).await, Some(cents(10_355)));
    let open = paying.books.read::<VendorCredit>(&id(&credit)).await;
    let whole = VendorCredit { private_note: Some("x".to_owned()), ..open };
    let whole: VendorCredit =
        paying.books.write(&Write::update(request("note"), &whole).unwrap()).await;
    paying.books.deleted("delete", &whole).await;
}

#[tokio::test]
async fn what_changed_since_the_last_look_is_told_deletions_included() {
    let paying = Paying::set_up().await;
    let bill = paying.bill("bill", 10_355).await;
    let first = paying.check("first", 30, [Line::paying_bill(&id(&bill), cents(30))]).await;
    let second = paying.check("second", 40, [Line::paying_bill(&id(&bill), cents(40))]).await;
    paying.later().await;
    let quiet = paying.changes(paying.now().await).await;
    assert_eq!((quiet.objects, quiet.is_full()), (0, false));

    let since = quiet.time;
    paying.later().await;
    paying.books.deleted("delete", &first).await;
    let voided = paying.voided("void", &second).await;
    let changes = paying.changes(since).await;
    assert_eq!(seen::<BillPayment>(&changes), [(id(&voided), "is"), (id(&first), "deleted")]);
    assert_eq!(seen::<Bill>(&changes), [(id(&bill), "is")]);
    assert_eq!(seen::<VendorCredit>(&changes), []);
    assert_eq!(changes.objects, 3);
    let payments = changes.of::<BillPayment>().unwrap();
    assert!(matches!(&payments[0], Change::Is(payment) if payment.is_voided()));
    assert!(matches!(&payments[1], Change::Deleted { at: Some(at), .. } if *at >= since));

    let query = Query::<BillPayment>::new()
        .filter(Field::UPDATED, Op::Ge, since)
        .order_by(Field::UPDATED, Direction::Ascending)
        .order_by(Field::ID, Direction::Ascending)
        .max(1000);
    let page = paying.books.client.query(&paying.books.access, &query).await.unwrap();
    assert_eq!(page.objects.iter().map(id).collect::<Vec<_>>(), [id(&voided)], "but no deletions");
    assert!(page.time.is_some_and(|time| time > since));
}

#[tokio::test]
async fn a_look_too_far_back_can_be_told_whichever_fault_it_brings() {
    let paying = Paying::set_up().await;
    let long_ago = paying.now().await - quickbooks::CDC_LOOK_BACK - SignedDuration::from_hours(1);
    let (client, access) = (&paying.books.client, &paying.books.access);
    for fault in ["fault4001", "fault2060"] {
        let address = format!("{}sim/companies/{}/switches", paying.books.base, access.realm);
        let order = json!({"cdc_over_30_days": fault}).to_string();
        let answer = reqwest::Client::new().patch(address).body(order).send().await.unwrap();
        assert_eq!(answer.status().as_u16(), 200, "{}", answer.text().await.unwrap());
        let error = client.changes(access, &[EntityKind::Bill], long_ago).await.unwrap_err();
        assert!(error.is_too_long_ago(), "{fault}: {error}");
    }
    let recent = long_ago + SignedDuration::from_hours(2);
    assert!(client.changes(access, &[EntityKind::Bill], recent).await.is_ok());
}

#[tokio::test]
async fn notifications_are_genuine_and_read_in_both_formats() {
    const TOKEN: &str = "b5771f19b12ddb4bcdb9f08bdc50bc63878a";
    let paying = Paying::set_up().await;
    let bill = paying.bill("bill", 10_355).await;
    let paid = paying.check("check", 30, [Line::paying_bill(&id(&bill), cents(30))]).await;
    for format in ["classic", "cloudevents"] {
        let endpoint = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/hooks", endpoint.local_addr().unwrap());
        let heard = tokio::spawn(hear(endpoint));
        let order = json!({"url": url, "verifier_token": TOKEN, "format": format}).to_string();
        let address = format!("{}sim/webhooks", paying.books.base);
        let answer = reqwest::Client::new().put(address).body(order).send().await.unwrap();
        assert_eq!(answer.status().as_u16(), 200, "{}", answer.text().await.unwrap());
        let changed = BillPayment {
            private_note: Some(format.to_owned()),
            ..paying.books.read(&id(&paid)).await
        };
        let _: BillPayment =
            paying.books.write(&Write::update(request(format), &changed).unwrap()).await;

        let (signature, body) = heard.await.unwrap();
        let verifier = WebhookVerifier::new(TOKEN);
        assert!(webhook::is_signed(body.as_bytes(), &signature, &verifier), "{body}");
        assert!(!webhook::is_signed(&body.as_bytes()[1..], &signature, &verifier));
        let parsed = webhook::parse(body.as_bytes()).unwrap();
        assert_eq!((parsed.unreadable, parsed.left_out), (0, 0), "{body}");
        let told = parsed
            .notifications
            .iter()
            .find(|told| told.kind() == Some(EntityKind::BillPayment))
            .unwrap_or_else(|| panic!("{body}"));
        assert_eq!((&told.id, &told.realm), (&id(&paid), &paying.books.access.realm));
        assert_eq!((&told.operation, told.entity.as_str()), (&Operation::Update, "BillPayment"));
        assert_eq!(told.event_id.is_some(), format == "cloudevents");
    }
}

/// One delivery: its signature and its body.
async fn hear(endpoint: TcpListener) -> (String, String) {
    let (stream, _) = timeout(PATIENCE, endpoint.accept()).await.unwrap().unwrap();
    let mut stream = stream.into_std().unwrap();
    stream.set_nonblocking(false).unwrap();
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    let answered = tokio::task::spawn_blocking(move || {
        let seen = server::request(&mut stream, 0).unwrap();
        stream.write_all(&server::json("200 OK", "")).unwrap();
        seen
    });
    let seen = answered.await.unwrap();
    let signature = |line: &str| {
        let (name, value) = line.split_once(": ")?;
        name.eq_ignore_ascii_case("intuit-signature").then(|| value.to_owned())
    };
    (seen.raw_head.lines().find_map(signature).unwrap(), seen.body)
}
