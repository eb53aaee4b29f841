//! Doing what the schedule says, all tenants side by side.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use futures_util::StreamExt;
use futures_util::future::join_all;
use reqwest::Method;
use serde_json::{Value, json};

use super::host::Host;
use super::ledger::Deeds;
use super::schedule::{Act, Company, Deed, Fact, Fault, Record, Story, TenantPlan};
use super::weather::{Faults, Weather};
use crate::http::client;
use crate::{Answer, BILLING, Tenant, aws};

/// Stories of one tenant that go on at a time.
const STORIES: usize = 3;
/// How long a person waits for a document to do something to.
const PATIENCE: Duration = Duration::from_secs(30);
/// Between two looks.
const LOOK: Duration = Duration::from_millis(700);

/// A tenant and all that is known of it.
pub(super) struct Subject {
    pub(super) tenant: Tenant,
    pub(super) company: Company,
    pub(super) stories: Vec<Story>,
    /// What was done in each story.
    pub(super) deeds: Vec<Deeds>,
    /// What struck it.
    pub(super) faults: Faults,
    /// Calls that were never answered, and answers that no host should get.
    pub(super) unanswered: Vec<String>,
}

/// Makes a tenant with a company of the planned kind, connected, and everything set up.
pub(super) async fn prepare(plan: TenantPlan) -> Subject {
    let TenantPlan { mut company, stories } = plan;
    let switches = json!({
        "requestid": if company.remembers_requests { "on" } else { "off" },
        "rotation": company.rotation,
        "book_close_date": company.year_closed.then_some("2025-12-31"),
        "webhooks": if company.tells { "on" } else { "off" },
        "webhook_duplicates": 1,
        "webhook_order": "reversed",
    });
    let tenant = Tenant::with_company(json!({"switches": switches})).await;
    tenant.connects().await;
    let mut rule = json!({"transaction_date": "close_date"});
    if tenant.ask("templates/agent_billing").await.body.to_string().contains("\"overwrite\"") {
        rule["overwrite"] = json!(company.overwrite);
    } else {
        company.overwrite = "always";
    }
    tenant.set_up_with(BILLING, rule).await;
    for template in [company.income, company.expense] {
        tenant.set_up(template).await;
    }
    if company.has_bills() {
        tenant.pull_on().await;
    }
    let deeds = vec![Deeds::new(); stories.len()];
    Subject { tenant, company, stories, deeds, faults: Faults::new(), unanswered: Vec::new() }
}

/// Lets a tenant live through its stories. `sent` counts records whose story has been told.
pub(super) async fn live(subject: &mut Subject, host: &Host, sent: &AtomicUsize) {
    let weather = Weather::over(&subject.tenant);
    let told: Vec<(usize, Scene)> = futures_util::stream::iter(subject.stories.iter().enumerate())
        .map(async |(place, story)| {
            let mut scene = Scene::default();
            for (at, act) in story.acts.iter().enumerate() {
                scene.play(at, act, story, &subject.tenant, host, &weather).await;
            }
            sent.fetch_add(story.records.len(), Ordering::Relaxed);
            (place, scene)
        })
        .buffer_unordered(STORIES)
        .collect()
        .await;
    let faults = weather.clear().await;
    for (place, scene) in told {
        subject.deeds[place] = scene.deeds;
        subject.unanswered.extend(scene.unanswered);
    }
    subject.faults = faults;
}

/// One story while it is told.
#[derive(Default)]
struct Scene {
    deeds: Deeds,
    unanswered: Vec<String>,
    /// What a person paid, by record.
    payments: BTreeMap<usize, String>,
}

impl Scene {
    async fn play(
        &mut self,
        at: usize,
        act: &Act,
        story: &Story,
        tenant: &Tenant,
        host: &Host,
        weather: &Weather<'_>,
    ) {
        match act {
            Act::Put { record, version, copies } => {
                let record = &story.records[*record];
                let body = record.body(*version);
                // The same death that strikes one story may keep another one waiting: it is ordered while they go on.
                let path = record.path();
                let call =
                    |_| host.call(tenant, record.function(), Method::PUT, &path, Some(&body));
                for answer in join_all((0..*copies).map(call)).await {
                    self.note(answer, &path);
                }
            }
            Act::TakeBack { record } => {
                let record = &story.records[*record];
                let path = record.path();
                let answer =
                    host.call(tenant, record.function(), Method::DELETE, &path, None).await;
                self.note(answer, &path);
            }
            Act::Messages { records } => {
                for record in records.iter().map(|record| &story.records[*record]) {
                    let body =
                        json!({"schema": 1, "tenant": tenant.id, "posting": record.posting()});
                    aws::send_message(record.function(), tenant, &body).await;
                }
            }
            Act::Person { record, deed } => {
                if let Some(id) = self.act(*record, *deed, story, tenant, host).await {
                    self.deeds.insert(at, id);
                }
            }
            // A death takes time, in which the next act is to happen.
            Act::Fault(fault @ Fault::Death { .. }) => {
                let next = story.acts.get(at + 1).filter(|act| matches!(act, Act::Put { .. }));
                let next = async {
                    if let Some(act) = next {
                        Box::pin(self.play(at + 1, act, story, tenant, host, weather)).await;
                    }
                };
                tokio::join!(weather.worsen(fault), next);
            }
            Act::Fault(fault) => weather.worsen(fault).await,
            Act::Pull => {
                let path = "payment-pulls";
                let answer = host.call(tenant, "payment-pull", Method::POST, path, None).await;
                self.note(answer, path);
            }
            Act::Advance { seconds } => tenant.advance(*seconds).await,
        }
    }

    fn note(&mut self, answer: Result<Answer, String>, path: &str) {
        match answer {
            Ok(answer) if [200, 202].contains(&answer.status) => {}
            // Nobody has heard of a payment whose first call is refused; those are not taken back.
            Ok(answer) => {
                self.unanswered.push(format!("{path}: {} {}", answer.status, answer.body))
            }
            Err(error) => self.unanswered.push(error),
        }
    }

    /// A person does something to a document of what is posted, if there is one in time; what it was done to or made.
    async fn act(
        &mut self,
        place: usize,
        deed: Deed,
        story: &Story,
        tenant: &Tenant,
        host: &Host,
    ) -> Option<String> {
        let record = &story.records[place];
        if matches!(deed, Deed::VoidPay | Deed::DeletePay) {
            let payment = self.payments.get(&place)?.clone();
            let word = if deed == Deed::VoidPay { "void" } else { "delete" };
            done(tenant, &format!("billpayment/{payment}/{word}"), &json!({})).await?;
            return Some(payment);
        }
        let (entity, id) = posted_document(record, tenant, host).await?;
        let of = format!("{entity}/{id}");
        match deed {
            Deed::Note => {
                let body = json!({"Id": id, "CustomerMemo": {"value": "Thank you"}});
                done(tenant, entity, &body).await?;
            }
            Deed::Amount(amount) => {
                let body = json!({"amount": amount.to_string()});
                done(tenant, &format!("{of}/edit"), &body).await?;
            }
            Deed::Void => drop(done(tenant, &format!("{of}/void"), &json!({})).await?),
            Deed::Delete => drop(done(tenant, &format!("{of}/delete"), &json!({})).await?),
            Deed::Pay(amount) => {
                let body = json!({"amount": amount.to_string()});
                let paid = done(tenant, &format!("{of}/pay"), &body).await?;
                let payment = paid["BillPayment"]["Id"].as_str()?.to_owned();
                self.payments.insert(place, payment.clone());
                return Some(payment);
            }
            Deed::VoidPay | Deed::DeletePay => {}
        }
        Some(id)
    }
}

/// The document that a person would find: the invoice, the payment, or the first payee's bill.
async fn posted_document(
    record: &Record,
    tenant: &Tenant,
    host: &Host,
) -> Option<(&'static str, String)> {
    let begun = Instant::now();
    while begun.elapsed() < PATIENCE {
        let looked = host.call(tenant, record.function(), Method::GET, &record.path(), None).await;
        let body = looked.ok()?.body;
        let (part, kind, entity) = match &record.fact {
            Fact::Bill(_) => (body["posting"].clone(), "Invoice", "invoice"),
            Fact::Payment(_) => (body["posting"].clone(), "Payment", "payment"),
            Fact::Disbursement(disbursement) => {
                let payee = format!("A{}", disbursement.versions[0].splits[0].0);
                let parts = body["parts"].as_array().into_iter().flatten();
                let part = parts.into_iter().find(|part| part["payee"] == json!(payee));
                (part.cloned().unwrap_or_default(), "Bill", "bill")
            }
        };
        let objects = part["objects"].as_array().into_iter().flatten();
        let living = |object: &&Value| object["type"] == kind && object["removal"].is_null();
        let found = objects.into_iter().find(living).and_then(|object| object["id"].as_str());
        if let (Some("posted"), Some(id)) = (part["state"].as_str(), found) {
            return Some((entity, id.to_owned()));
        }
        tokio::time::sleep(LOOK).await;
    }
    None
}

/// Presses a button in QuickBooks; nothing when QuickBooks does not want it.
async fn done(tenant: &Tenant, what: &str, body: &Value) -> Option<Value> {
    let url = tenant.simulator(&format!("bookkeeper/{what}"));
    let answer = Answer::of(client().post(url).json(body).send().await.ok()?).await;
    (answer.status == 200).then_some(answer.body)
}
