//! The stack under test, and values to store in it.

use aws::queues::QueueUrls;
use aws::table::{Extras, Guard};
use aws::{Aws, Names, SdkConfig};
use aws_config::Region;
use aws_sdk_dynamodb::config::Credentials;
use domain::connection::{Books, Company, Connection, Status};
use domain::history::HistoryLine;
use domain::id::{CompanyId, HostId, ObjectId, TenantId};
use domain::link::{Link, LinkKey, ListKind, Origin};
use domain::money::Currency;
use domain::posting::{Posting, PostingKey, State, Workflow};
use domain::record::RecordKind;
use jiff::Timestamp;
use serde::Deserialize;
use uuid::Uuid;

/// A running stack, seen by one test.
pub(crate) struct Stack {
    pub(crate) aws: Aws,
    pub(crate) config: SdkConfig,
    pub(crate) tenant: TenantId,
    pub(crate) company: CompanyId,
    names: Names,
}

#[derive(Deserialize)]
struct StackFile {
    region: String,
    aws_endpoint: String,
    table: String,
    import_bucket: String,
}

impl Stack {
    /// The stack, with a tenant and a company that nobody else has; none when no stack was named.
    pub(crate) async fn open() -> Option<Self> {
        let Ok(path) = std::env::var("LEDGERBRIDGE_STACK") else {
            eprintln!("NOT RUN: LEDGERBRIDGE_STACK does not name a stack.json");
            return None;
        };
        let text =
            std::fs::read_to_string(&path).expect("LEDGERBRIDGE_STACK names a readable file");
        let file: StackFile = serde_json::from_str(&text).expect("stack.json has what is needed");
        let loader = aws::defaults()
            .region(Region::new(file.region))
            .endpoint_url(file.aws_endpoint)
            .credentials_provider(Credentials::new("test", "test", None, None, "stack"));
        let config = aws::configure(loader).await;
        let own = Uuid::new_v4().simple().to_string();
        let names = Names {
            table: file.table,
            secret_prefix: format!("aws-test-{own}"),
            queues: QueueUrls {
                billing_invoice: String::new(),
                billing_invoice_dead_letter: String::new(),
                billing_payment: String::new(),
                billing_payment_dead_letter: String::new(),
                disbursement: String::new(),
                disbursement_dead_letter: String::new(),
                payment_pull: String::new(),
                payment_pull_dead_letter: String::new(),
                intuit_webhook: String::new(),
                intuit_webhook_dead_letter: String::new(),
                event_publisher: String::new(),
                event_publisher_dead_letter: String::new(),
                import: String::new(),
                import_dead_letter: String::new(),
            },
            event_bus: "aws-test".to_owned(),
            import_bucket: file.import_bucket,
        };
        Some(Self {
            aws: aws::open(&config, names.clone()),
            config,
            tenant: TenantId::parse(&format!("aws-test-{own}")).unwrap(),
            company: CompanyId::parse(&own).unwrap(),
            names,
        })
    }

    /// What the deployment calls its resources, with secrets of this test only.
    pub(crate) fn names(&self) -> Names {
        self.names.clone()
    }

    /// What every secret's name of this test starts with.
    pub(crate) fn secret_prefix(&self) -> &str {
        &self.names.secret_prefix
    }

    /// A connection of this test's tenant.
    pub(crate) fn connection(&self) -> Connection {
        Connection {
            schema: 1,
            status: Status::Connected,
            company: Company {
                id: self.company.clone(),
                name: "Craig's Design".to_owned(),
                country: "US".to_owned(),
                edition: None,
                currency: Currency::parse("USD").unwrap(),
                multicurrency: false,
                books: Books::default(),
            },
            connected_at: now(),
            token_generation: 1,
            refresh_expires_at: later(100),
            hard_expires_at: None,
            paused_until: None,
            wake_pending: false,
        }
    }
}

pub(crate) fn now() -> Timestamp {
    "2026-03-01T08:00:00Z".parse().unwrap()
}

pub(crate) fn later(seconds: i64) -> Timestamp {
    now() + jiff::SignedDuration::from_secs(seconds)
}

pub(crate) fn key(id: &str) -> PostingKey {
    PostingKey::new(Workflow::AgentBilling, RecordKind::Bill, HostId::parse(id).unwrap())
}

/// The company of [`link`].
pub(crate) fn company() -> CompanyId {
    CompanyId::parse("4620").unwrap()
}

/// A posting as it is written for the first time.
pub(crate) fn first(id: &str, state: State) -> Posting {
    next(&Posting::new(key(id), state, now()))
}

/// The posting with the revision of the next write.
pub(crate) fn next(posting: &Posting) -> Posting {
    Posting { revision: posting.revision + 1, ..posting.clone() }
}

/// A link into a company whose id does not matter.
pub(crate) fn link(host: &str, object: &str) -> Link {
    Link {
        schema: 1,
        company: company(),
        key: LinkKey::new(ListKind::Customer, HostId::parse(host).unwrap()),
        object_id: ObjectId::parse(object).unwrap(),
        name: "Ann Agent".to_owned(),
        origin: Origin::Created,
        changed_at: None,
        problem: None,
    }
}

pub(crate) fn line(action: &str) -> HistoryLine {
    HistoryLine {
        schema: 1,
        at: now(),
        record: None,
        record_id: None,
        version: None,
        action: action.to_owned(),
        description: format!("{action}."),
        objects: Vec::new(),
    }
}

/// A posting is written alone.
pub(crate) fn alone() -> Extras<'static> {
    Extras::default()
}

/// A posting is written with a link.
pub(crate) fn with_link(link: &Link) -> Extras<'_> {
    Extras { link: Some(link), ..Extras::default() }
}

/// A posting is written with its line of history.
pub(crate) fn with_history(line: &HistoryLine) -> Extras<'_> {
    Extras { history: Some(line), ..Extras::default() }
}

/// A posting starts to wait.
pub(crate) fn waits(guard: &Guard) -> Extras<'_> {
    Extras { wait: Some(guard), ..Extras::default() }
}
