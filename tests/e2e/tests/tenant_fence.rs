//! Whatever one tenant's calls carry of another's, they see nothing of it and change nothing: on every route there is.

use std::time::{Duration, Instant};

use e2e::api::{Operation, operations};
use e2e::aws;
use e2e::records::{Disbursement, bill, paid, payment};
use e2e::workflows::BILLING;
use e2e::{Answer, Receiver, Tenant, request, send, stack, until};
use futures_util::{StreamExt, stream};
use reqwest::Method;
use serde_json::{Value, json};

/// Calls at a time; more would only wait for the emulator.
const AT_ONCE: usize = 8;
/// Calls with generated ids: as many, or as many as this time allows.
const GENERATED: usize = 300;
const GENERATING: Duration = Duration::from_secs(12);
/// Where the generated ids begin. The same every time, so that a failure can be had again.
const SEED: u64 = 0x5eed;

/// A tenant with some of everything, and all the names that its things go by.
struct Owner {
    tenant: Tenant,
    ids: Vec<String>,
    cursors: Vec<String>,
    /// Is in every text that the owner wrote, and in nothing that is sent here.
    mark: String,
    /// What signs its events.
    secret: String,
    _receiver: Receiver,
}

/// One call that carries something of the owner's.
struct Attack {
    operation: Operation,
    path: String,
    body: Option<Value>,
}

impl Attack {
    async fn send(&self, key: &str) -> Answer {
        let Self { operation, path, body } = self;
        let mut call = request(&operation.function, operation.method.clone(), path);
        if operation.role.is_some() {
            call = call.bearer_auth(key);
        }
        if let Some(body) = body {
            call = call.json(body);
        }
        send(call).await
    }
}

impl Owner {
    async fn new() -> Self {
        let mark = format!("own{}", &uuid::Uuid::new_v4().simple().to_string()[..16]);
        let receiver = Receiver::start().await;
        let tenant = Tenant::with_company(json!({"name": format!("{mark} Realty")})).await;
        tenant.connects().await;
        let secret = tenant.sends_to(&receiver).await;
        for template in [BILLING, "brokerage_income_invoice", "agent_expense_bill"] {
            tenant.set_up(template).await;
        }
        tenant.pull_on().await;
        let mut record = paid(bill(1, &mark[..12], "10.00"));
        record["agent"] = json!({"id": "owned-agent", "name": format!("Ann {mark}"), "email": format!("{mark}@example.com")});
        record["memo"] = json!(mark);
        tenant.put_bill("owned-bill", &record).await.posted();
        record["lines"][0]["amount"] = json!("oops");
        let mut waiting = payment(1, "1.00", &[("owned-nowhere", "1.00")]);
        waiting["memo"] = json!(mark);
        tenant.put_payment("owned-payment", &waiting).await.waits("blocked", "waiting_for_bill");
        let shared =
            Disbursement::simple(1, "D-1", "100.00", "9000.00").with("/memo", json!(mark)).value();
        let owed = tenant.bills_of("owned-disbursement", &shared, &["A1"]).await.remove(0);
        let vendor = tenant.vendor_of(&owed).await;
        let lines = json!([{"bill": owed, "amount": "10.00"}]);
        let entered = tenant.enter_payment(&vendor, lines, json!({"memo": mark})).await;
        tenant.pull().await;
        let file = json!({"id": "owned-file", "name": mark});
        let added = json!({"number": mark, "attachments": [file]});
        assert_eq!(tenant.annotate(&entered, &added).await.status, 200);
        // A consent that was begun and not decided.
        let begun = tenant
            .call("oauth-callback", Method::POST, &tenant.path("connection"), Some(&json!({})))
            .await;
        let begun = url::Url::parse(begun.body["authorize_url"].as_str().unwrap_or_default())
            .expect("an address");
        let state = begun.query_pairs().find(|(name, _)| name == "state");
        let state = state.expect("a state").1.into_owned();

        tenant.comes_to_rest().await;
        tenant.everything_is_delivered().await;
        let events = tenant.events("").await;
        let event = events.last().expect("events")["id"].as_str().expect("an id").to_owned();
        let issued = tenant.issued_payment().await["id"].as_str().expect("an id").to_owned();
        let ids =
            ["owned-bill", "owned-payment", "owned-disbursement", "owned-agent", "owned-file"];
        let mut ids: Vec<String> = ids.map(str::to_owned).into();
        ids.extend([issued, event, tenant.realm.clone(), tenant.id.clone(), entered, owed]);
        ids.push(state.rsplit('.').next().expect("a state").to_owned());
        let cursors = Self::cursors(&tenant).await;
        Self { tenant, ids, cursors, mark, secret, _receiver: receiver }
    }

    /// A cursor of every list that has a next page.
    async fn cursors(tenant: &Tenant) -> Vec<String> {
        let mut cursors = Vec::new();
        for operation in operations() {
            let lists = operation.query.iter().any(|(name, _)| name == "cursor");
            if operation.method != Method::GET || !lists {
                continue;
            }
            let first: Vec<&str> = operation
                .places
                .iter()
                .filter_map(|(_, it)| it.first())
                .map(String::as_str)
                .collect();
            let limit = operation.query.iter().any(|(name, _)| name == "limit");
            let state = operation.query.iter().find(|(name, _)| name == "state");
            let state = state.filter(|_| operation.path.ends_with("/postings"));
            let query = format!(
                "?{}{}",
                if limit { "limit=1" } else { "" },
                state.map_or("", |_| "&state=blocked")
            );
            let path = operation.path_of(&tenant.id, &first) + &query;
            let page = tenant.call(&operation.function, Method::GET, &path, None).await;
            cursors.extend(page.body["next"].as_str().map(str::to_owned));
        }
        assert!(cursors.len() >= 4, "only {} lists have a next page", cursors.len());
        cursors
    }

    /// Everything that is stored of it: its partition, its company's claim, its tokens.
    async fn stored(&self) -> Value {
        let mut items = self.tenant.items().await;
        // Whoever comes from inside QuickBooks to /oauth/reconnect begins a consent for the company's tenant. It changes
        // nothing unless that company's admin decides it: no other company may be chosen in it.
        items.retain(|item| {
            let of_consent = item["sk"]["S"].as_str().is_some_and(|sk| sk.starts_with("STATE#"));
            !of_consent || item["company_change"]["S"] != "refused"
        });
        items.sort_by_key(|item| item["sk"]["S"].to_string());
        let claim = json!({"pk": {"S": format!("C#{}", self.tenant.realm)}, "sk": {"S": "CLAIM"}});
        let (claim, tokens) = (aws::item(&claim).await, self.tenant.stored_tokens().await);
        assert!(!claim.is_null() && !tokens.is_null());
        json!({"items": items, "claim": claim, "tokens": tokens})
    }

    /// The same, once nothing changes any more.
    #[expect(clippy::disallowed_methods, reason = "that nothing changes is seen by looking twice")]
    async fn at_rest(&self) -> Value {
        until("the tenant to be at rest", async || {
            let one = self.stored().await;
            tokio::time::sleep(Duration::from_millis(300)).await;
            (self.stored().await == one).then_some(one)
        })
        .await
    }

    /// Looks at an answer; what the owner wrote is not in it.
    fn is_not_in(&self, answer: &Answer, what: &str) {
        let text = answer.body.to_string();
        for secret in [&self.mark, &self.secret] {
            assert!(!text.contains(secret.as_str()), "{what} tells of another tenant: {text}");
        }
        assert!(answer.status != 500, "{what}: {text}");
    }
}

/// Every call of every route with each of the owner's names in each place where one can stand.
fn attacks(owner: &Owner, intruder: &Tenant) -> Vec<Attack> {
    let mut attacks = Vec::new();
    for operation in operations() {
        let first = |choices: &[String]| choices.first().map_or("x", String::as_str).to_owned();
        let usual: Vec<String> = operation.places.iter().map(|(_, it)| first(it)).collect();
        let path = |places: &[String]| {
            let places: Vec<&str> = places.iter().map(String::as_str).collect();
            operation.path_of(&intruder.id, &places)
        };
        let body = operation.bodies.first();
        let mut add = |path: String, body: Option<&Value>| {
            attacks.push(Attack { operation: operation.clone(), path, body: body.cloned() });
        };
        for (place, (_, choices)) in operation.places.iter().enumerate() {
            for value in if choices.is_empty() { &owner.ids } else { choices } {
                let mut places = usual.clone();
                places
                    .iter_mut()
                    .filter(|it| *it == "x")
                    .for_each(|it| it.clone_from(&owner.ids[0]));
                places[place].clone_from(value);
                add(path(&places), body);
            }
        }
        for (name, choices) in &operation.query {
            let of_owner = if name == "cursor" { &owner.cursors } else { &owner.ids };
            for value in if choices.is_empty() { of_owner } else { choices } {
                let needed = operation
                    .query
                    .iter()
                    .find(|(other, it)| other == "state" && name != other && !it.is_empty());
                let needed = needed.map_or(String::new(), |(_, it)| format!("state={}&", it[0]));
                add(format!("{}?{needed}{name}={value}", path(&usual)), None);
            }
        }
        for body in &operation.bodies {
            add(path(&usual), Some(body));
            for (number, pointer) in texts(body, String::new()).into_iter().enumerate() {
                for turn in 0..2 {
                    let mut body = body.clone();
                    let value = &owner.ids[(number + turn * 5) % owner.ids.len()];
                    *body.pointer_mut(&pointer).expect("it was there") = json!(value);
                    add(path(&usual), Some(&body));
                }
            }
        }
    }
    attacks
}

/// The places of all texts in a body.
fn texts(value: &Value, at: String) -> Vec<String> {
    match value {
        Value::String(_) => vec![at],
        Value::Object(members) => {
            members.iter().flat_map(|(name, it)| texts(it, format!("{at}/{name}"))).collect()
        }
        Value::Array(list) => {
            list.iter().enumerate().flat_map(|(n, it)| texts(it, format!("{at}/{n}"))).collect()
        }
        _ => Vec::new(),
    }
}

/// A little generator of numbers, so that a run can be had again.
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, bound: usize) -> usize {
        // <https://en.wikipedia.org/wiki/Xorshift#xorshift*>
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        let number = self.0.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 33;
        usize::try_from(number).expect("31 bits") % bound
    }

    fn one_of<'a>(&mut self, list: &'a [String]) -> &'a str {
        &list[self.below(list.len())]
    }

    /// An id made of the owner's: joined, escaped, cut, or as a key in the table.
    fn id(&mut self, owner: &Owner) -> String {
        let (one, other) = (self.one_of(&owner.ids).to_owned(), self.one_of(&owner.ids).to_owned());
        let tenant = &owner.tenant.id;
        match self.below(16) {
            0 => format!("{one}.{other}"),
            1 => format!("{}.{one}", owner.tenant.realm),
            2 => format!("{one}%23{other}"),
            3 => format!("agent_billing%23bill%23{one}"),
            4 => format!("POSTING%23agent_billing%23bill%23{one}"),
            5 => format!("T%23{tenant}"),
            6 => format!("{one}%00{other}"),
            7 => format!("{one}%2F{other}"),
            8 => format!("..%2F..%2F{tenant}%2Fbills%2F{one}"),
            9 => format!("%252e%252e%252F{tenant}%252F{one}"),
            10 => format!("{one}%20"),
            11 => one[..self.below(one.len()).max(1)].to_owned(),
            12 => one.to_uppercase(),
            13 => format!("{one}?tenant={tenant}"),
            14 => format!("{one}@{tenant}"),
            _ => format!("{one}={other}+{tenant}"),
        }
    }

    fn attack(&mut self, owner: &Owner, intruder: &Tenant, operations: &[Operation]) -> Attack {
        let operation = operations[self.below(operations.len())].clone();
        let places: Vec<String> = operation.places.iter().map(|_| self.id(owner)).collect();
        let places: Vec<&str> = places.iter().map(String::as_str).collect();
        let mut path = operation.path_of(&intruder.id, &places);
        for (name, _) in &operation.query {
            if self.below(3) == 0 {
                let joint = if path.contains('?') { '&' } else { '?' };
                let value = if name == "cursor" {
                    self.one_of(&owner.cursors).to_owned()
                } else {
                    self.id(owner)
                };
                path += &format!("{joint}{name}={value}");
            }
        }
        let mut body = operation.bodies.first().cloned();
        if let Some(body) = &mut body {
            for pointer in texts(body, String::new()) {
                if self.below(3) == 0 {
                    *body.pointer_mut(&pointer).expect("it was there") = json!(self.id(owner));
                }
            }
        }
        Attack { operation, path, body }
    }
}

/// Fails with what is different, rather than with everything that there is.
fn differ_in_nothing(before: &Value, after: &Value) {
    let items = |stored: &Value| stored["items"].as_array().cloned().unwrap_or_default();
    let (one, other) = (items(before), items(after));
    let gone: Vec<&Value> = one.iter().filter(|item| !other.contains(item)).collect();
    let new: Vec<&Value> = other.iter().filter(|item| !one.contains(item)).collect();
    assert!(gone.is_empty() && new.is_empty(), "changed from {gone:#?} to {new:#?}");
    for part in ["claim", "tokens"] {
        assert!(before[part] == after[part], "the {part} changed");
    }
}

async fn all(attacks: Vec<Attack>, owner: &Owner) -> usize {
    let count = attacks.len();
    stream::iter(attacks)
        .for_each_concurrent(AT_ONCE, async |attack| {
            let answer = attack.send(&stack().api_key).await;
            owner.is_not_in(&answer, &format!("{} {}", attack.operation.method, attack.path));
        })
        .await;
    count
}

#[tokio::test]
#[expect(clippy::print_stdout, reason = "how much was tried is to be seen")]
async fn nothing_of_a_tenant_is_seen_or_changed_by_calls_of_another_on_any_route() {
    let (owner, intruder) = tokio::join!(Owner::new(), Tenant::new());
    intruder.connects().await;
    let before = owner.at_rest().await;
    let journal = owner.tenant.mark().await;

    // Whoever ends the connection would spare the calls after it much work, so that comes last.
    let (ends, mut goes_on): (Vec<Attack>, Vec<Attack>) =
        attacks(&owner, &intruder).into_iter().partition(|attack| {
            attack.operation.method == Method::DELETE && attack.path.ends_with("/connection")
        });
    goes_on.sort_by_key(|attack| attack.operation.method != Method::GET);
    let enumerated = all(goes_on, &owner).await;

    let operations: Vec<Operation> = operations()
        .into_iter()
        .filter(|it| !(it.method == Method::DELETE && it.path.ends_with("/connection")))
        .collect();
    let (mut numbers, mut generated) = (Numbers(SEED), 0);
    let begun = Instant::now();
    while generated < GENERATED && begun.elapsed() < GENERATING {
        let some =
            (0..3 * AT_ONCE).map(|_| numbers.attack(&owner, &intruder, &operations)).collect();
        generated += all(some, &owner).await;
    }
    let last = all(ends, &owner).await;
    println!(
        "{} calls of {} operations, {generated} of them generated from seed {SEED:#x}",
        enumerated + generated + last,
        operations.len() + 1
    );

    differ_in_nothing(&before, &owner.at_rest().await);
    let calls = owner.tenant.journal(journal).await;
    assert!(calls.is_empty(), "the tenant's company was called: {calls:?}");
    // Whatever the intruder was told later, on the bus or by the log, is its own.
    for path in
        ["events?limit=100", "history?limit=100&include=hidden", "history.csv", "links?limit=100"]
    {
        owner.is_not_in(&intruder.ask(path).await, path);
    }
}

#[tokio::test]
#[expect(clippy::print_stdout, reason = "how much was tried is to be seen")]
async fn a_key_that_may_less_than_a_route_needs_is_told_nothing_on_any_route() {
    const ROLES: [&str; 3] = ["read", "sync", "admin"];
    let tenant = Tenant::with_company(json!({"name": "fenced Realty"})).await;
    let record = bill(1, "fenced", "10.00");
    tenant.put_bill("B1", &record).await.waits("blocked", "not_connected");
    tenant.events_come(1).await;
    let before = tenant.items().await;
    let (mut tried, mut open) = (0, Vec::new());
    for operation in operations() {
        let places: Vec<&str> = operation
            .places
            .iter()
            .map(|(_, it)| it.first().map_or("B1", String::as_str))
            .collect();
        let path = operation.path_of(&tenant.id, &places);
        let Some(needed) = &operation.role else {
            open.push(path);
            continue;
        };
        let needs = ROLES.iter().position(|role| role == needed).expect("a role");
        let keys = ROLES[..needs].iter().map(|role| (stack().api_keys_by_role[*role].clone(), 403));
        let part = stack().api_key[..stack().api_key.len() - 1].to_owned();
        let odd = [
            part,
            format!("{}x", stack().api_key),
            "unknown".to_owned(),
            stack().client_secret.clone(),
        ];
        for (key, status) in keys.chain(odd.map(|key| (key, 401))) {
            let body = operation.bodies.first().cloned();
            let answer =
                Attack { operation: operation.clone(), path: path.clone(), body }.send(&key).await;
            let what = format!("{} {path}: {} {}", operation.method, answer.status, answer.body);
            assert_eq!(answer.status, status, "{what}");
            assert!(!answer.body.to_string().contains("fenced"), "{what}");
            tried += 1;
        }
    }
    println!("{tried} calls with keys that do not suffice");
    // What is open to everybody is known by name: browsers come back there, and Intuit signs what it tells.
    let expected =
        ["/intuit/webhooks", "/oauth/callback", "/oauth/disconnected", "/oauth/reconnect"];
    open.sort_unstable();
    assert_eq!(open, expected);
    assert!(tenant.items().await == before, "something was changed");
}
