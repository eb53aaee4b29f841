//! The client against a QuickBooks that keeps books: consent, documents, replays, queries and faults.

mod batch;
mod paying;
mod spending;

use std::time::Duration;

use intuit_sim::Config;
use quickbooks::entity::{Account, AccountType, Customer, Invoice, Item, Line, Payment, SalesLine};
use quickbooks::oauth::{OauthError, authorize_url};
use quickbooks::{
    Access, Class, Client, Entity, Error, Field, ObjectId, Op, Query, RealmId, RequestId,
    Uncertainty, Write,
};
use rust_decimal::Decimal;
use secrecy::ExposeSecret;
use serde_json::{Value, json};
use tokio::net::TcpListener;
use url::Url;

use crate::oauth::app;
use crate::server::client_of;

struct Books {
    base: Url,
    client: Client,
    access: Access,
    refresh_token: quickbooks::RefreshToken,
}

impl Books {
    /// A simulator of its own, connected as a person would.
    async fn connected() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let base = Url::parse(&format!("http://{}", listener.local_addr().unwrap())).unwrap();
        let app = app();
        let config = Config {
            client_id: app.client_id.clone(),
            client_secret: app.client_secret.expose_secret().to_owned(),
            redirect_uris: vec![app.redirect_uri.clone()],
        };
        tokio::spawn(intuit_sim::run(listener, config, std::future::pending()));
        control(&base, "companies", json!({})).await;
        let client = client_of(&base, Duration::from_secs(10));
        let (code, realm) = consent(&client).await;
        let grant = client.exchange_code(&app, &code).await.unwrap();
        assert!(
            grant
                .hard_expires_in_seconds
                .is_some_and(|seconds| seconds > grant.refresh_expires_in_seconds)
        );
        let access = Access { realm: RealmId::new(realm), token: grant.access_token };
        Self { base, client, access, refresh_token: grant.refresh_token }
    }

    async fn write<T: Entity>(&self, write: &Write) -> T {
        self.client.write(&self.access, write).await.unwrap().parse().unwrap()
    }

    async fn refusal(&self, write: &Write) -> Error {
        self.client.write(&self.access, write).await.unwrap_err()
    }

    /// What the next matching call runs into.
    async fn script(&self, fault: Value) {
        control(&self.base, &format!("companies/{}/faults", self.access.realm), fault).await;
    }

    /// A customer and an invoice of 125.00 for it.
    async fn invoice(&self, customer: &str) -> Invoice {
        let account = Account::named(format!("{customer} fees"), AccountType::Income);
        let account: Account =
            self.write(&Write::create(request_id(customer, "account"), &account)).await;
        let item = Item::service(format!("{customer} referral"), account.id().unwrap());
        let item: Item = self.write(&Write::create(request_id(customer, "item"), &item)).await;
        let named = Customer::named(customer);
        let created: Customer =
            self.write(&Write::create(request_id(customer, "customer"), &named)).await;
        let line =
            SalesLine::of_item(item.id().unwrap(), Decimal::new(12_500, 2)).described("June");
        let invoice = Invoice::to_customer(created.id().unwrap(), [line.into()]);
        self.write(&Write::create(request_id(customer, "invoice"), &invoice)).await
    }
}

/// A call to the simulator itself.
async fn control(base: &Url, path: &str, body: Value) {
    let request = reqwest::Client::new().post(format!("{base}sim/{path}")).body(body.to_string());
    let answer = request.send().await.unwrap();
    assert_eq!(answer.status().as_u16(), 200, "{path}: {}", answer.text().await.unwrap());
}

fn request_id(customer: &str, step: &str) -> RequestId {
    let word: String = customer.chars().filter(char::is_ascii_alphanumeric).take(16).collect();
    RequestId::new(format!("{word}-{step}")).unwrap()
}

/// What the person's browser does: opens the page, presses the button, follows nothing.
async fn consent(client: &Client) -> (String, String) {
    let page = authorize_url(client.endpoints(), &app(), "state-1");
    let browser =
        reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).build().unwrap();
    let shown = browser.get(page.clone()).send().await.unwrap();
    assert_eq!(shown.status().as_u16(), 200);
    let html = shown.text().await.unwrap();
    let (_, after) = html.split_once("name=\"realm\" value=\"").expect("the page offers companies");
    let realm = after.split('"').next().unwrap().to_owned();
    let mut form =
        url::form_urlencoded::Serializer::new(page.query().unwrap_or_default().to_owned());
    let form = form.append_pair("realm", &realm).append_pair("decision", "connect").finish();
    let mut submit = page;
    submit.set_query(None);
    let pressed =
        browser.post(submit).header("content-type", "application/x-www-form-urlencoded").body(form);
    let back = pressed.send().await.unwrap();
    let back = Url::parse(back.headers()["location"].to_str().unwrap()).unwrap();
    let parameter = |name: &str| {
        back.query_pairs()
            .find(|(key, _)| key == name)
            .map(|(_, value)| value.into_owned())
            .expect("a parameter")
    };
    assert_eq!(parameter("state"), "state-1");
    assert_eq!(parameter("realmId"), realm);
    (parameter("code"), realm)
}

#[tokio::test]
async fn a_bill_is_posted_paid_and_voided() {
    let books = Books::connected().await;
    let invoice = books.invoice("Adam's Candy Shop").await;
    assert_eq!(invoice.total_amt, Some(Decimal::new(12_500, 2)));
    let customer = invoice.customer_ref.clone().unwrap().value;
    let invoice_id = invoice.id().unwrap().clone();

    let line = Line::paying_invoice(&invoice_id, Decimal::new(12_500, 2));
    let payment = Payment::from_customer(&customer, Decimal::new(12_500, 2), [line]);
    let payment: Payment =
        books.write(&Write::create(request_id("Adam", "payment"), &payment)).await;
    assert_eq!(payment.unapplied_amt, Some(Decimal::ZERO));
    let paid: Invoice = books.client.read(&books.access, &invoice_id).await.unwrap();
    assert_eq!(paid.balance, Some(Decimal::ZERO));
    assert_ne!(paid.sync_token, invoice.sync_token, "paying moves the token");

    let (id, token) = (payment.id().unwrap(), payment.sync_token().unwrap());
    let voided: Payment =
        books.write(&Write::void::<Payment>(request_id("Adam", "void-payment"), id, token)).await;
    assert!(voided.is_voided(), "{voided:?}");
    let open: Invoice = books.client.read(&books.access, &invoice_id).await.unwrap();
    assert_eq!(open.balance, Some(Decimal::new(12_500, 2)));

    let token = open.sync_token().unwrap();
    let voided: Invoice =
        books.write(&Write::void::<Invoice>(request_id("Adam", "void"), &invoice_id, token)).await;
    assert!(voided.is_voided(), "{voided:?}");
    let token = voided.sync_token().unwrap();
    let delete = Write::delete::<Invoice>(request_id("Adam", "delete"), &invoice_id, token);
    let deleted = books.client.write(&books.access, &delete).await.unwrap();
    assert_eq!(deleted.id, invoice_id);
    let gone = books.client.read::<Invoice>(&books.access, &invoice_id).await.unwrap_err();
    assert_eq!(gone.class(), Class::NotFound);
}

#[tokio::test]
async fn a_write_whose_answer_was_lost_is_settled_by_sending_it_again() {
    let books = Books::connected().await;
    let write = Write::create(RequestId::new("lost-1").unwrap(), &Customer::named("Lost & Found"));
    books.script(json!({"entity": "customer", "operation": "create", "action": {"kind": "commit_then_drop"}})).await;
    let error = books.refusal(&write).await;
    assert!(
        matches!(error, Error::Uncertain { why: Uncertainty::ConnectionLost, .. }),
        "{error:?}"
    );
    let replayed: Customer = books.write(&write).await;
    let named = Query::<Customer>::new().filter(Customer::DISPLAY_NAME, Op::Eq, "Lost & Found");
    let found = books.client.query(&books.access, &named).await.unwrap();
    let ids: Vec<Option<&ObjectId>> = found.objects.iter().map(Entity::id).collect();
    assert_eq!(ids, [replayed.id()]);
}

#[tokio::test]
async fn names_with_syntax_in_them_are_found_again() {
    let books = Books::connected().await;
    for (position, name) in
        ["Adam's Sweets", r"Back\slash", "100% & more + 1", "Søn 数"].into_iter().enumerate()
    {
        let id = RequestId::new(format!("name-{position}")).unwrap();
        let made: Customer = books.write(&Write::create(id, &Customer::named(name))).await;
        let query = Query::<Customer>::new().filter(Customer::DISPLAY_NAME, Op::Eq, name);
        let page = books.client.query(&books.access, &query).await.unwrap();
        assert_eq!(page.objects.iter().map(Entity::id).collect::<Vec<_>>(), [made.id()], "{name}");
    }
    let all = Query::<Customer>::new().one_of(Customer::ACTIVE, [true, false]).max(2);
    let first = books.client.query(&books.access, &all).await.unwrap();
    let second = all.clone().start(first.next_start.unwrap());
    let second = books.client.query(&books.access, &second).await.unwrap();
    assert_ne!(first.objects[0].id, second.objects[0].id);
    let many = Query::<Customer>::new().one_of(Field::ID, (0..600).map(|id| id.to_string()));
    assert!(!books.client.query(&books.access, &many).await.unwrap().objects.is_empty());
}

#[tokio::test]
async fn each_refusal_has_its_class() {
    let books = Books::connected().await;
    let invoice = books.invoice("Refused").await;
    let again = Write::create(RequestId::new("again").unwrap(), &Customer::named("Refused"));
    assert_eq!(books.refusal(&again).await.class(), Class::DuplicateName);

    let (id, token) = (invoice.id().unwrap(), invoice.sync_token().unwrap());
    let changes = Invoice { private_note: Some("x".to_owned()), ..Invoice::default() };
    let update =
        |request: &str| Write::sparse_update(RequestId::new(request).unwrap(), id, token, &changes);
    let updated: Invoice = books.write(&update("update-1")).await;
    assert_eq!(
        updated.line.as_ref().map(Vec::len),
        invoice.line.as_ref().map(Vec::len),
        "lines stay"
    );
    assert_eq!(books.refusal(&update("update-2")).await.class(), Class::StaleObject);

    let actions = [
        (json!({"kind": "throttle"}), Class::Throttled { retry_after: None }),
        (json!({"kind": "gateway_401"}), Class::TokenExpired),
        (json!({"kind": "gateway_403"}), Class::Reconnect),
        (
            json!({"kind": "status", "status": 502, "body": "<html>Bad Gateway</html>"}),
            Class::Uncertain,
        ),
        (json!({"kind": "commit_then_status", "status": 200, "body": "<html>"}), Class::Uncertain),
        (json!({"kind": "drop_before"}), Class::Uncertain),
        (json!({"kind": "reject", "code": "6210"}), Class::BooksClosed),
        (json!({"kind": "reject", "code": "6540"}), Class::Frozen),
        (json!({"kind": "reject", "code": "10000", "status": 500}), Class::Uncertain),
    ];
    for (position, (action, expect)) in actions.into_iter().enumerate() {
        books.script(json!({"entity": "customer", "operation": "create", "action": action})).await;
        let id = RequestId::new(format!("class-{position}")).unwrap();
        let write = Write::create(id, &Customer::named(format!("Class {position}")));
        let class = match books.refusal(&write).await.class() {
            Class::Throttled { .. } => Class::Throttled { retry_after: None },
            class => class,
        };
        assert_eq!(class, expect, "{action}");
    }
}

#[tokio::test]
async fn a_connection_is_renewed_and_ended() {
    let books = Books::connected().await;
    let info = books.client.company_info(&books.access).await.unwrap();
    assert!(info.company_name.is_some());
    let preferences = books.client.preferences(&books.access).await.unwrap();
    assert!(preferences.sales_forms_prefs.is_some());

    let grant = books.client.refresh(&app(), &books.refresh_token).await.unwrap();
    let access = Access { token: grant.access_token, ..books.access.clone() };
    books.client.company_info(&access).await.unwrap();

    books.client.revoke(&app(), &grant.refresh_token).await.unwrap();
    let dead = books.client.refresh(&app(), &grant.refresh_token).await.unwrap_err();
    assert!(matches!(dead, OauthError::InvalidGrant { .. }), "{dead:?}");
    let refused = books.client.company_info(&access).await.unwrap_err().class();
    assert!(matches!(refused, Class::TokenExpired | Class::Reconnect), "{refused:?}");
}
