//! The host's own ledger: what has to have come of every record, in whole cents, known without asking the product.
//!
//! Pure. What the schedule says is nearly all there is to know; the rest is which deeds of persons found a document to be
//! done to ([`Deeds`]).

use std::collections::BTreeMap;

use super::Cents;
use super::schedule::{
    Act, Bill, Company, Deed, Disbursement, DisbursementVersion, Fact, Payment, Record, Story,
    TAKEN_NUMBER,
};

/// What of a story's deeds was done: the act's place in the story, and the id of the object that it made or changed.
pub type Deeds = BTreeMap<usize, String>;

/// What has to have come of one posting.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Part {
    /// Its key.
    pub posting: String,
    /// It may have come to any of these, and to nothing else.
    pub ends: Vec<End>,
}

/// One way in which a posting may truthfully end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct End {
    /// `posted`, `blocked`, `rejected`, `skipped`.
    pub state: &'static str,
    /// The reasons that are true; none for what is posted.
    pub reasons: &'static [&'static str],
    /// Its documents in QuickBooks that are neither voided nor deleted.
    pub documents: Vec<Document>,
}

/// A document in QuickBooks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Document {
    /// Its kind in QuickBooks' words.
    pub entity: &'static str,
    /// Its total.
    pub total: Cents,
}

impl End {
    fn posted(documents: Vec<Document>) -> Self {
        Self { state: "posted", reasons: &[], documents }
    }

    fn rests(state: &'static str, reasons: &'static [&'static str]) -> Self {
        Self { state, reasons, documents: Vec::new() }
    }
}

/// What has to have come of a story's postings.
pub fn parts(company: Company, story: &Story, deeds: &Deeds) -> Vec<Part> {
    (0..story.records.len()).flat_map(|record| of_record(company, story, record, deeds)).collect()
}

fn of_record(company: Company, story: &Story, place: usize, deeds: &Deeds) -> Vec<Part> {
    let record = &story.records[place];
    let told = Told::of(story, place, deeds);
    match &record.fact {
        Fact::Bill(bill) => {
            vec![Part { posting: record.posting(), ends: of_bill(company, story, bill, &told) }]
        }
        Fact::Payment(payment) => {
            vec![Part { posting: record.posting(), ends: of_payment(story, payment, &told) }]
        }
        Fact::Disbursement(disbursement) => of_disbursement(company, record, disbursement, &told),
    }
}

/// What happened to one record.
struct Told {
    /// The highest version that was sent.
    newest: usize,
    taken_back: bool,
    /// What a person did to its document, and whether another version came after it.
    done: Option<(Deed, bool)>,
    /// A payee's bill was paid, and is.
    paid: bool,
}

impl Told {
    fn of(story: &Story, place: usize, deeds: &Deeds) -> Self {
        let mut told = Self { newest: 0, taken_back: false, done: None, paid: false };
        for (at, act) in story.acts.iter().enumerate() {
            match act {
                Act::Put { record, version, .. } if *record == place => {
                    if *version > told.newest {
                        told.done = told.done.map(|(deed, _)| (deed, true));
                    }
                    told.newest = told.newest.max(*version);
                }
                Act::TakeBack { record } if *record == place => told.taken_back = true,
                Act::Person { record, deed } if *record == place && deeds.contains_key(&at) => {
                    match deed {
                        Deed::Pay(_) => told.paid = true,
                        Deed::VoidPay | Deed::DeletePay => told.paid = false,
                        deed => told.done = Some((*deed, false)),
                    }
                }
                _ => {}
            }
        }
        told
    }
}

fn of_bill(company: Company, story: &Story, bill: &Bill, told: &Told) -> Vec<End> {
    let version = &bill.versions[told.newest - 1];
    let invoice = Document { entity: "Invoice", total: version.total() };
    let payment = version.paid.map(|total| Document { entity: "Payment", total });
    let posted = End::posted([invoice].into_iter().chain(payment).collect());
    if bill.currency != "USD" {
        return vec![End::rests("rejected", &["currency_mismatch"])];
    }
    if version.total() == Cents::ZERO {
        return vec![End::rests("skipped", &["zero_amount"])];
    }
    if bill.number == TAKEN_NUMBER {
        return vec![End::rests("rejected", &["duplicate_number"])];
    }
    if company.year_closed && bill.closed_on < "2026" {
        return vec![End::rests("blocked", &["books_closed", "period_closed"])];
    }
    if story.about == "bill that QuickBooks refuses" {
        // What was sent before, without an answer, may stand; then a refusal of its repetition says nothing.
        return vec![End::rests("rejected", &["rejected_by_quickbooks"]), posted];
    }
    match told.done {
        Some((Deed::Void, true)) => vec![End::rests("rejected", &["voided_in_quickbooks"])],
        Some((Deed::Delete, true)) => vec![End::rests("rejected", &["gone_in_quickbooks"])],
        // Nobody looks until there is something to write.
        Some((Deed::Void | Deed::Delete, false)) => vec![End::posted(Vec::new())],
        Some((Deed::Amount(amount), true)) if company.overwrite == "never" => {
            let first = &bill.versions[0];
            let edited = first.total() - first.lines[0] + amount;
            let documents = vec![Document { entity: "Invoice", total: edited }];
            vec![End { documents, ..End::rests("rejected", &["edited_in_quickbooks"]) }]
        }
        _ => vec![posted],
    }
}

fn of_payment(story: &Story, payment: &Payment, told: &Told) -> Vec<End> {
    let version = &payment.versions[told.newest - 1];
    if story.about == "payment of a bill that never comes" {
        return vec![End::rests("blocked", &["waiting_for_bill"])];
    }
    if story.about == "payment of two agents' bills" {
        return vec![End::rests("rejected", &["different_agents"])];
    }
    if told.taken_back {
        // It may have been taken back before it was posted.
        return vec![End::posted(Vec::new()), End::rests("skipped", &["voided_before_posting"])];
    }
    match told.done {
        Some((Deed::Void, true)) => vec![End::rests("rejected", &["voided_in_quickbooks"])],
        Some((Deed::Delete, true)) => vec![End::rests("rejected", &["gone_in_quickbooks"])],
        _ => vec![End::posted(vec![Document { entity: "Payment", total: version.amount }])],
    }
}

fn of_disbursement(
    company: Company,
    record: &Record,
    disbursement: &Disbursement,
    told: &Told,
) -> Vec<Part> {
    let sent = &disbursement.versions[..told.newest];
    let mut payees: Vec<u64> =
        sent.iter().flat_map(|version| &version.splits).map(|(agent, _)| *agent).collect();
    payees.sort_unstable();
    payees.dedup();
    let version = &sent[sent.len() - 1];
    let draft = disbursement.status == "draft";
    let income = Document { entity: income_entity(company), total: version.gross() };
    let ends = match draft {
        true => vec![End::rests("skipped", &["draft"])],
        false => vec![End::posted(vec![income])],
    };
    let expense = |agent: u64| Part {
        posting: record.posting_of(agent),
        ends: match draft {
            true => vec![End::rests("skipped", &["draft"])],
            false => of_payee(company, sent, agent, told),
        },
    };
    let income = Part { posting: record.posting(), ends };
    [income].into_iter().chain(payees.into_iter().map(expense)).collect()
}

fn of_payee(company: Company, sent: &[DisbursementVersion], agent: u64, told: &Told) -> Vec<End> {
    let split = |version: &DisbursementVersion| {
        version.splits.iter().find(|(of, _)| *of == agent).map(|(_, amount)| *amount)
    };
    let document = |total| Document { entity: expense_entity(company), total };
    let newest = split(&sent[sent.len() - 1]);
    let is_paid = told.paid && sent[0].splits[0].0 == agent;
    match (newest, split(&sent[0])) {
        (now, Some(first)) if is_paid && now != Some(first) => {
            let documents = vec![document(first)];
            vec![End { documents, ..End::rests("blocked", &["bill_paid"]) }]
        }
        (Some(total), _) => vec![End::posted(vec![document(total)])],
        // Depends on whether the first version had been posted when the second one came.
        (None, _) => vec![
            End::posted(Vec::new()),
            End::rests("skipped", &["nothing_to_book", "canceled_before_posting"]),
        ],
    }
}

fn income_entity(company: Company) -> &'static str {
    match company.income {
        "brokerage_income_invoice" => "Invoice",
        "brokerage_income_sales_receipt" => "SalesReceipt",
        _ => "Deposit",
    }
}

fn expense_entity(company: Company) -> &'static str {
    match company.expense {
        "agent_expense_bill" => "Bill",
        "agent_expense_check" => "Purchase",
        _ => "JournalEntry",
    }
}

/// What documents come to, by account; debits are positive.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Accounts(BTreeMap<String, Cents>);

impl Accounts {
    /// Books a document.
    ///
    /// # Panics
    ///
    /// When nothing of the kind is ever booked.
    pub fn book(&mut self, document: Document) {
        let (debit, credit) = match document.entity {
            "Invoice" => ("Accounts Receivable (A/R)", "Services"),
            "Payment" => ("Checking", "Accounts Receivable (A/R)"),
            "SalesReceipt" | "Deposit" => ("Checking", "Services"),
            "Bill" => ("Commissions & fees", "Accounts Payable (A/P)"),
            "Purchase" => ("Commissions & fees", "Checking"),
            "JournalEntry" => ("Commissions & fees", "Loan Payable"),
            "BillPayment" => ("Accounts Payable (A/P)", "Checking"),
            other => panic!("nobody books a {other}"),
        };
        self.add(debit, document.total);
        self.add(credit, -document.total);
    }

    /// Adds to an account.
    pub fn add(&mut self, account: &str, amount: Cents) {
        *self.0.entry(account.to_owned()).or_default() += amount;
        self.0.retain(|_, sum| *sum != Cents::ZERO);
    }

    /// The accounts on which two differ, with what is on each.
    pub fn differences(&self, other: &Self) -> Vec<(String, Cents, Cents)> {
        let sum = |accounts: &Self, name: &str| accounts.0.get(name).copied().unwrap_or_default();
        let names = self.0.keys().chain(other.0.keys().filter(|name| !self.0.contains_key(*name)));
        names
            .map(|name| (name.clone(), sum(self, name), sum(other, name)))
            .filter(|(_, one, another)| one != another)
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::super::schedule::{Schedule, Size};
    use super::*;

    const COMPANY: Company = Company {
        remembers_requests: true,
        rotation: "daily",
        income: "brokerage_income_deposit",
        expense: "agent_expense_bill",
        year_closed: false,
        tells: false,
        overwrite: "always",
    };

    fn story(about: &str, deed: Option<Deed>) -> (Story, Deeds) {
        let schedule = Schedule::new(Size { seed: 3, records: 4_000, tenants: 9 });
        let mut stories = schedule.tenants.into_iter().flat_map(|tenant| tenant.stories);
        let is = |act: &Act| match (act, deed) {
            (Act::Person { deed, .. }, Some(wanted)) => {
                std::mem::discriminant(deed) == std::mem::discriminant(&wanted)
            }
            _ => false,
        };
        let fits = |story: &Story| {
            let put_twice = story.acts.iter().any(|act| matches!(act, Act::Put { version: 2, .. }));
            story.about == about && (deed.is_none() || (put_twice && story.acts.iter().any(is)))
        };
        let story = stories.find(fits).expect("every story comes up");
        let acts = story.acts.iter().enumerate().filter(|(_, act)| is(act));
        let deeds = acts.map(|(at, _)| (at, "145".to_owned())).collect();
        (story, deeds)
    }

    fn ends(company: Company, about: &str, deed: Option<Deed>) -> Vec<Part> {
        let (story, deeds) = story(about, deed);
        parts(company, &story, &deeds)
    }

    #[test]
    fn every_bill_of_a_story_without_deeds_is_posted_with_the_total_of_its_last_version() {
        let (story, deeds) = story("bill", None);
        let Fact::Bill(bill) = &story.records[0].fact else { panic!("{story:?}") };
        let total = bill.versions.last().unwrap().total();
        let parts = parts(COMPANY, &story, &deeds);
        assert_eq!(parts[0].ends[0].state, "posted");
        assert_eq!(parts[0].ends[0].documents[0], Document { entity: "Invoice", total });
    }

    #[test]
    fn what_a_person_did_decides_how_a_record_ends() {
        for (about, deed, state, reason) in [
            ("bill removed in QuickBooks", Deed::Void, "rejected", "voided_in_quickbooks"),
            ("bill removed in QuickBooks", Deed::Delete, "rejected", "gone_in_quickbooks"),
            ("payment removed in QuickBooks", Deed::Delete, "rejected", "gone_in_quickbooks"),
        ] {
            let parts = ends(COMPANY, about, Some(deed));
            let end = &parts.last().unwrap().ends[0];
            assert_eq!((end.state, end.reasons[0]), (state, reason), "{about} {deed:?}");
            assert_eq!(end.documents, [], "{about}");
            // A deed that found nothing to be done to changes nothing.
            let (story, _) = story(about, Some(deed));
            let undisturbed = super::parts(COMPANY, &story, &Deeds::new());
            assert_eq!(undisturbed.last().unwrap().ends[0].state, "posted");
        }
    }

    #[test]
    fn an_amount_that_both_changed_is_decided_by_the_rule() {
        let deed = Deed::Amount(Cents(1));
        let about = "bill edited in QuickBooks";
        assert_eq!(ends(COMPANY, about, Some(deed))[0].ends[0].state, "posted");
        let never = Company { overwrite: "never", ..COMPANY };
        let parts = ends(never, about, Some(deed));
        assert_eq!(parts[0].ends[0].reasons, ["edited_in_quickbooks"]);
        let (story, _) = story(about, Some(deed));
        let Fact::Bill(bill) = &story.records[0].fact else { panic!("{story:?}") };
        let Some(Act::Person { deed: Deed::Amount(amount), .. }) =
            story.acts.iter().find(|act| matches!(act, Act::Person { .. }))
        else {
            panic!("{story:?}")
        };
        let rest: Cents = bill.versions[0].lines[1..].iter().copied().sum();
        assert_eq!(parts[0].ends[0].documents[0].total, rest + *amount);
    }

    #[test]
    fn a_paid_bill_keeps_its_amount() {
        let (story, deeds) = story("disbursement paid out", Some(Deed::Pay(Cents(1))));
        let Fact::Disbursement(disbursement) = &story.records[0].fact else { panic!("{story:?}") };
        let (agent, first) = disbursement.versions[0].splits[0];
        let parts = parts(COMPANY, &story, &deeds);
        let part = parts.iter().find(|part| part.posting.ends_with(&format!("#A{agent}"))).unwrap();
        assert_eq!(part.ends[0].reasons, ["bill_paid"]);
        assert_eq!(part.ends[0].documents, [Document { entity: "Bill", total: first }]);
    }

    #[test]
    fn documents_come_to_nothing_over_all_accounts() {
        let mut accounts = Accounts::default();
        let entities =
            ["Invoice", "Payment", "SalesReceipt", "Deposit", "Bill", "Purchase", "JournalEntry"];
        for (n, entity) in (1..).zip(entities) {
            accounts.book(Document { entity, total: Cents(n * 101) });
        }
        assert_eq!(accounts.0.values().copied().sum::<Cents>(), Cents::ZERO);
        assert_eq!(accounts.0["Services"], -Cents(101 * (1 + 3 + 4)));
        let mut other = accounts.clone();
        assert_eq!(accounts.differences(&other), []);
        other.add("Checking", Cents(1));
        let checking = accounts.0["Checking"];
        let difference = ("Checking".to_owned(), checking, checking + Cents(1));
        assert_eq!(accounts.differences(&other), [difference]);
    }
}
