//! Carries plans out, step by step, the way a posting does: look up, read, write, plan again.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use jiff::civil::Date;
use rust_decimal::Decimal;

use super::books::Books;
use super::samples::{company, day, host, object_id, running};
use crate::connection::Company;
use crate::id::ObjectId;
use crate::ledger::{Document, Object, ObjectKind, Sent, Step, Trace};
use crate::link::{LinkKey, LinkProblem};
use crate::name;
use crate::plan::{Facts, Planned, needs, plan, warnings};
use crate::posting::{Posting, PostingKey, State, Wish};
use crate::reason::Reason;
use crate::record::{Bill, Disbursement, Payment, Record};
use crate::settings::{Configuration, Settings, Stage};
use crate::template::Template;

/// A tenant, its postings and its books.
pub(super) struct World {
    pub(super) company: Company,
    pub(super) settings: Settings,
    pub(super) wish: Wish,
    pub(super) today: Date,
    pub(super) look_first: bool,
    pub(super) links: BTreeMap<LinkKey, ObjectId>,
    pub(super) broken_links: BTreeMap<LinkKey, LinkProblem>,
    pub(super) postings: BTreeMap<PostingKey, Posting>,
    pub(super) books: Books,
    /// What the bookkeeper paid on invoices and bills.
    pub(super) paid: BTreeMap<ObjectId, Decimal>,
    /// Names that are taken. Customers and vendors share one name space.
    pub(super) names: BTreeSet<String>,
    next: u32,
}

impl World {
    /// A tenant for whom these templates run.
    pub(super) fn with(templates: &[Template]) -> Self {
        Self {
            company: company(),
            settings: running(templates),
            wish: Wish::PERSON,
            today: day("2026-05-03"),
            look_first: false,
            links: BTreeMap::new(),
            broken_links: BTreeMap::new(),
            postings: BTreeMap::new(),
            books: Books::default(),
            paid: BTreeMap::new(),
            names: BTreeSet::new(),
            next: 100,
        }
    }

    /// Changes a template's configuration.
    pub(super) fn configure(
        &mut self,
        template: Template,
        change: impl FnOnce(&mut Configuration),
    ) {
        let workflows = self.settings.companies.get_mut(&self.company.id).unwrap();
        change(&mut workflows.0.get_mut(&template).unwrap().configuration);
    }

    /// Moves a template's workflow to a stage.
    pub(super) fn stage(&mut self, template: Template, stage: Stage) {
        let workflows = self.settings.companies.get_mut(&self.company.id).unwrap();
        workflows.0.get_mut(&template).unwrap().stage = stage;
    }

    /// Runs another template in the place of those of its kind.
    pub(super) fn run(&mut self, template: Template) {
        let workflows = self.settings.companies.get_mut(&self.company.id).unwrap();
        workflows.0.retain(|known, _| known.workflow() != template.workflow());
        let running = running(&[template]);
        workflows.0.extend(running.workflows(&self.company.id).unwrap().0.clone());
    }

    pub(super) fn post_bill(&mut self, id: &str, bill: &Bill) -> Vec<String> {
        self.post(&PostingKey::bill(host(id)), &Record::Bill(bill.clone()))
    }

    pub(super) fn post_payment(&mut self, id: &str, payment: &Payment) -> Vec<String> {
        self.post(&PostingKey::payment(host(id)), &Record::Payment(payment.clone()))
    }

    pub(super) fn post_income(&mut self, disbursement: &Disbursement) -> Vec<String> {
        self.post(&income(), &Record::Disbursement(disbursement.clone()))
    }

    pub(super) fn post_expense(&mut self, payee: &str, disbursement: &Disbursement) -> Vec<String> {
        self.post(&expense(payee), &Record::Disbursement(disbursement.clone()))
    }

    /// Posts the income and what everybody gets who was ever on it; what was done, with whose it is before it.
    pub(super) fn post_disbursement(&mut self, disbursement: &Disbursement) -> Vec<String> {
        let mut done = self.post_income(disbursement);
        for payee in self.postings[&income()].payees.clone() {
            let key = PostingKey::expense(host("D-1"), payee.clone());
            let part = self.post(&key, &Record::Disbursement(disbursement.clone()));
            done.extend(part.into_iter().map(|step| format!("{payee}: {step}")));
        }
        done
    }

    /// Brings the books in line with a record, and says what was done: reads and writes in order, and what ended it.
    /// Whatever a plan announces is done next, and once all is done the plan is empty.
    pub(super) fn post(&mut self, key: &PostingKey, record: &Record) -> Vec<String> {
        let posting = Posting::new(key.clone(), State::Posted, seen_at());
        self.postings.entry(key.clone()).or_insert(posting).take_record(record, &[], self.wish);
        let mut facts = self.facts(key);
        let mut done = Vec::new();
        let mut announced: Option<Vec<String>> = None;
        for _ in 0..30 {
            match plan(record, &facts) {
                Planned::Steps(plan) => {
                    let names: Vec<String> = plan.steps.iter().map(Step::name).collect();
                    if let Some(announced) = announced {
                        assert_eq!(names, announced, "after {done:?}");
                    }
                    let Some(step) = plan.steps.first() else { return done };
                    self.perform(key, step);
                    done.push(step.name());
                    announced = Some(names[1..].to_vec());
                    facts.objects.clone_from(&self.postings[key].objects);
                    facts.links.clone_from(&self.links);
                }
                Planned::Lookup(lookups) => {
                    for lookup in lookups {
                        let name = self.free_name(&lookup.key, &lookup.name);
                        facts.free_names.insert(lookup.key, name);
                    }
                }
                Planned::Read(object) => {
                    assert!(facts.just_read.insert(object.id.clone()), "read twice: {object:?}");
                    done.push(format!("read {}", object.kind.as_str()));
                }
                Planned::LookAtBooks => {
                    assert!(!facts.books_just_read, "the books are asked for once");
                    facts.books_just_read = true;
                }
                other => {
                    done.push(outline(&other).remove(0));
                    return done;
                }
            }
        }
        panic!("planning does not come to an end: {done:?}");
    }

    /// What a plan would look at now.
    pub(super) fn facts(&self, key: &PostingKey) -> Facts {
        let posting = self.postings.get(key);
        let record = posting.and_then(|posting| posting.record.as_ref());
        let parents = record.map(|record| needs(key, record).parents).unwrap_or_default();
        let parents = parents
            .into_iter()
            .filter_map(|key| Some((key.clone(), self.postings.get(&key)?.clone())))
            .collect();
        let mut objects = posting.map(|posting| posting.objects.clone()).unwrap_or_default();
        for object in &mut objects {
            object.balance = object.balance.map(|balance| balance - self.paid_on(&object.id));
        }
        Facts {
            key: key.clone(),
            company: self.company.clone(),
            settings: self.settings.clone(),
            wish: self.wish,
            seen_at: seen_at(),
            today: self.today,
            links: self.links.clone(),
            broken_links: self.broken_links.clone(),
            free_names: BTreeMap::new(),
            parents,
            objects,
            just_read: BTreeSet::new(),
            found: BTreeMap::new(),
            record_at: None,
            books_just_read: false,
            look_first: self.look_first,
            open_balances: BTreeMap::new(),
            marker: "[lb:0123456789abcdef]".to_owned(),
        }
    }

    /// The documents of a posting that count.
    pub(super) fn living(&self, key: &PostingKey) -> Vec<&Object> {
        let objects = self.postings.get(key).map(|posting| posting.objects.iter());
        objects.into_iter().flatten().filter(|object| object.removal.is_none()).collect()
    }

    /// The one document of a posting that counts.
    pub(super) fn document(&self, key: &PostingKey) -> &Document {
        match self.living(key)[..] {
            [object] => self.books.document(&object.id),
            ref others => panic!("{others:?}"),
        }
    }

    /// What a person should look at.
    pub(super) fn warnings(&self, key: &PostingKey) -> Vec<Reason> {
        let posting = &self.postings[key];
        let record = posting.record.as_ref().unwrap();
        warnings(key, record, &posting.objects, &self.company, &self.settings)
    }

    fn perform(&mut self, key: &PostingKey, step: &Step) {
        let objects = &self.postings[key].objects;
        let written = match step {
            Step::CreateEntry(entry) => {
                let id = self.fresh();
                self.names.insert(entry.name.to_lowercase());
                if let Some(account) = &entry.income_account {
                    self.books.items.insert(id.clone(), account.clone());
                }
                self.links.insert(entry.key.clone(), id);
                return;
            }
            Step::Create(document) => {
                let same =
                    |object: &&Object| object.kind == document.kind() && object.removal.is_none();
                assert_eq!(objects.iter().find(same), None, "never two for one: {document:?}");
                let id = self.fresh();
                self.books.book(&id, document);
                self.shown(id, document, None)
            }
            Step::Update(object, document, _) => {
                self.books.book(&object.id, document);
                self.shown(object.id.clone(), document, Some(object))
            }
            Step::Void(object) | Step::Delete(object) => {
                assert_eq!(matches!(step, Step::Void(_)), object.kind.can_be_voided());
                self.books.remove(&object.id);
                Object { removal: step.removal(), ..object.clone() }
            }
        };
        self.postings.get_mut(key).unwrap().remember(written);
    }

    /// A document as QuickBooks answers it: what it was not told, it chooses or keeps.
    fn shown(&self, id: ObjectId, document: &Document, before: Option<&Object>) -> Object {
        let number =
            before.map_or_else(|| Some(id.to_string()), |before| before.doc_number.clone());
        let given = number_of(document);
        let total = document.total();
        let kind = document.kind();
        let unapplied = match document {
            Document::Payment(receipt) => {
                Some(total - receipt.lines.iter().map(|line| line.amount).sum::<Decimal>())
            }
            _ => None,
        };
        let date = date_of(document);
        let has_balance = matches!(kind, ObjectKind::Invoice | ObjectKind::Bill);
        Object {
            kind,
            id,
            company: self.company.id.clone(),
            sync_token: "0".to_owned(),
            doc_number: given.or(number),
            date: date.or(before.and_then(|before| before.date)).or(Some(self.today)),
            total: Some(total),
            balance: has_balance.then_some(total),
            unapplied,
            party: document.party().id().cloned(),
            removal: None,
            line_ids: Vec::new(),
            content: document.content(),
            trace: Some(Trace::after(
                Sent::of(document, BTreeSet::new()),
                &document.image(),
                "0",
                before.and_then(|before| before.trace.as_ref()),
            )),
            edits: Vec::new(),
        }
    }

    fn paid_on(&self, id: &ObjectId) -> Decimal {
        self.paid.get(id).copied().unwrap_or_default()
    }

    fn free_name(&self, key: &LinkKey, wanted: &str) -> String {
        (0..)
            .map_while(|attempt| name::alternative(key.kind, wanted, key.host_id.as_str(), attempt))
            .find(|name| !self.names.contains(&name.to_lowercase()))
            .expect("some alternative is free")
    }

    fn fresh(&mut self) -> ObjectId {
        self.next += 1;
        object_id(&self.next.to_string())
    }
}

/// The names of the steps, or what else planning came to.
pub(super) fn outline(planned: &Planned) -> Vec<String> {
    match planned {
        Planned::Steps(plan) => plan.steps.iter().map(Step::name).collect(),
        Planned::Lookup(lookups) => {
            lookups.iter().map(|l| format!("look up {} {}", l.key.kind.as_str(), l.name)).collect()
        }
        Planned::Read(object) => vec![format!("read {}", object.kind.as_str())],
        Planned::LookAtBooks => vec!["look at the books".to_owned()],
        Planned::Fail(failure) => vec![format!("fail {}", failure.reason.code)],
        Planned::Hold(reason) => vec![format!("hold {}", reason.code)],
        Planned::Skip(reason) => vec![format!("skip {}", reason.code)],
    }
}

pub(super) fn date_of(document: &Document) -> Option<Date> {
    match document {
        Document::Invoice(sale) | Document::SalesReceipt(sale) => sale.date,
        Document::Payment(receipt) => receipt.date,
        Document::Deposit(booking)
        | Document::Bill(booking)
        | Document::Check(booking)
        | Document::JournalEntry(booking) => booking.date,
    }
}

pub(super) fn number_of(document: &Document) -> Option<String> {
    match document {
        Document::Invoice(sale) | Document::SalesReceipt(sale) => sale.number.clone(),
        Document::Payment(_) => None,
        Document::Deposit(booking)
        | Document::Bill(booking)
        | Document::Check(booking)
        | Document::JournalEntry(booking) => booking.number.clone(),
    }
}

/// The income posting of the disbursement.
pub(super) fn income() -> PostingKey {
    PostingKey::income(host("D-1"))
}

/// The expense posting of one of its payees.
pub(super) fn expense(payee: &str) -> PostingKey {
    PostingKey::expense(host("D-1"), host(payee))
}

/// When every record was first seen.
pub(super) fn seen_at() -> Timestamp {
    "2026-05-02T08:00:00Z".parse().unwrap()
}
