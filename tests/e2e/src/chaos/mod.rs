//! A storm over many records and tenants, decided by a seed, and whether every record came through it once.
//!
//! [`schedule`] decides what will be done, `storm` does it under a `weather`, `calm` waits until all is at rest, [`ledger`]
//! knows what has to have come of it, and [`check`] compares that with the [`snapshot`] of books and table. Start at [`run`].

mod calm;
mod cents;
pub mod check;
#[cfg(test)]
mod check_tests;
mod dice;
mod evidence;
mod host;
pub mod ledger;
mod report;
pub mod schedule;
pub mod snapshot;
mod storm;
mod weather;

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use futures_util::StreamExt;
use futures_util::future::join_all;
use jiff::{SignedDuration, Timestamp};

pub use cents::Cents;
pub use dice::Dice;
pub use report::Outcome;
pub use weather::{Faults, Strikes};

use self::check::{Finding, Judgement, Wrong, judge};
use self::host::Host;
use self::schedule::{Schedule, Size};
use self::snapshot::Snapshot;
use self::storm::Subject;

/// Tenants that are set up, or looked at, at a time.
const TENANTS_AT_ONCE: usize = 4;
/// Between two lines about how far it is.
const TELLS: Duration = Duration::from_secs(10);

/// How to run.
#[derive(Debug, Clone, Copy)]
pub struct Options {
    /// What to do.
    pub size: Size,
    /// Calls of the host's that go on at a time, over all tenants.
    pub calls_at_once: usize,
    /// Whether nobody else uses the stack, so that its queues have to be empty in the end.
    pub alone: bool,
}

/// Does all that the schedule says, waits until everything is at rest, and judges it. `tell` hears how far it is.
///
/// # Panics
///
/// When a part of the stack other than the product does not answer, or a tenant cannot be set up.
pub async fn run(options: Options, tell: &dyn Fn(String)) -> Outcome {
    let begun = Instant::now();
    let schedule = Schedule::new(options.size);
    let records = schedule.records();
    tell(format!("{records} records of {} tenants are planned", schedule.tenants.len()));
    let plans = schedule.tenants.into_iter().map(storm::prepare);
    let mut subjects: Vec<Subject> =
        futures_util::stream::iter(plans).buffered(TENANTS_AT_ONCE).collect().await;
    tell(format!("all are connected and set up ({})", seconds(begun.elapsed())));

    let host = Host::new(options.calls_at_once);
    let storm = storm_over(&mut subjects, &host, records, tell).await;
    tell(format!("the storm is over ({})", seconds(storm)));
    let still = Instant::now();
    let mut outcome = Outcome::new(options.size, records);
    come_to_rest(&mut subjects, &host, options.alone, &mut outcome, tell).await;
    tell(format!("at rest ({})", seconds(still.elapsed())));

    look(subjects, &mut outcome).await;
    (outcome.storm, outcome.all) = (storm, begun.elapsed());
    outcome
}

/// All tenants live through their stories; how long that took.
async fn storm_over(
    subjects: &mut [Subject],
    host: &Host,
    records: usize,
    tell: &dyn Fn(String),
) -> Duration {
    let (begun, sent) = (Instant::now(), AtomicUsize::new(0));
    let told = async {
        loop {
            tokio::time::sleep(TELLS).await;
            let (done, spent) = (sent.load(Ordering::Relaxed), begun.elapsed());
            let left = spent.checked_mul(u32::try_from(records - done).unwrap_or(u32::MAX));
            let left = left.map(|left| left / u32::try_from(done.max(1)).unwrap_or(u32::MAX));
            let left = left.map_or_else(|| "?".to_owned(), seconds);
            tell(format!("{done} of {records} records, about {left} left"));
        }
    };
    let lives = join_all(subjects.iter_mut().map(|subject| storm::live(subject, host, &sent)));
    tokio::select! {
        _ = lives => {}
        () = told => {}
    }
    begun.elapsed()
}

/// Waits for rest; then persons do what only they can: connect again, and have tried again what was given up.
async fn come_to_rest(
    subjects: &mut [Subject],
    host: &Host,
    alone: bool,
    outcome: &mut Outcome,
    tell: &dyn Fn(String),
) {
    let told = Instant::now();
    let mut last = Duration::ZERO;
    let mut tell_rest = |restless, messages| {
        if told.elapsed() > last + TELLS {
            last = told.elapsed();
            tell(format!("{restless} postings are not at rest, {messages} messages wait"));
        }
    };
    let first = calm::rest(subjects, alone, &mut tell_rest).await;
    for place in calm::reconnect(subjects).await {
        outcome.reconnected += 1;
        // Only where an old refresh token dies at once can a process that died, or a secret that was not written, cost one.
        if subjects[place].company.rotation != "strict" {
            subjects[place].unanswered.push("the connection was lost without a reason".to_owned());
        }
    }
    outcome.given_up = retry(subjects, host).await;
    outcome.restless = match outcome.reconnected > 0 || outcome.given_up > 0 {
        true => calm::rest(subjects, alone, &mut tell_rest).await,
        false => first,
    };
    // What QuickBooks refuses after a lost answer is undecided for ten minutes, which a short storm does not wait for.
    let Some(at) = calm::decidable(subjects).await.filter(|_| alone) else { return };
    let left = at.duration_since(Timestamp::now()).max(SignedDuration::ZERO).unsigned_abs();
    tell(format!("some lost answers can be decided on in {}", seconds(left)));
    tokio::time::sleep(left).await;
    retry(subjects, host).await;
    outcome.restless = calm::rest(subjects, alone, &mut tell_rest).await;
}

/// A person has everything tried again that was given up; how many records that are.
async fn retry(subjects: &mut [Subject], host: &Host) -> u64 {
    let mut given_up = 0;
    for subject in subjects {
        match calm::retry(&subject.tenant, host, "attempts_exhausted").await {
            Ok(queued) => given_up += queued,
            Err(error) => subject.unanswered.push(error),
        }
    }
    given_up
}

/// Judges every tenant, and keeps what is known of what is wrong.
async fn look(subjects: Vec<Subject>, outcome: &mut Outcome) {
    let looks = subjects.into_iter().map(async |subject| {
        let snapshot = Snapshot::of(&subject.tenant, subject.company.has_bills()).await;
        (subject, snapshot)
    });
    let looked: Vec<(Subject, Snapshot)> =
        futures_util::stream::iter(looks).buffered(TENANTS_AT_ONCE).collect().await;
    for (subject, snapshot) in looked {
        let Subject { tenant, company, stories, deeds, faults, unanswered } = subject;
        let told: Vec<_> = stories.into_iter().zip(deeds).collect();
        let Judgement { mut findings, ended, documents, totals, issued, undecided } =
            judge(company, &told, &snapshot);
        let calls = unanswered.into_iter().map(|text| {
            let about = "answer".to_owned();
            Finding { wrong: Wrong::Other, story: None, about, text }
        });
        findings.extend(calls);
        outcome.deeds += told.iter().map(|(_, deeds)| deeds.len()).sum::<usize>();
        outcome.evidence.extend(evidence::of(&tenant, company, &told, &snapshot, findings).await);
        outcome.documents += documents;
        outcome.issued += issued;
        outcome.undecided += undecided;
        add(&mut outcome.ended, ended, |sum, count| *sum += count);
        add(&mut outcome.totals, totals, |sum, total| *sum += total);
        add(&mut outcome.faults, faults, |sum, more: Strikes| {
            sum.ordered += more.ordered;
            sum.struck += more.struck;
        });
    }
}

fn add<K: Ord, V: Default>(to: &mut BTreeMap<K, V>, more: BTreeMap<K, V>, sum: impl Fn(&mut V, V)) {
    for (key, value) in more {
        sum(to.entry(key).or_default(), value);
    }
}

fn seconds(time: Duration) -> String {
    match time.as_secs() {
        seconds @ 0..100 => format!("{seconds} s"),
        seconds => format!("{} min {} s", seconds / 60, seconds % 60),
    }
}
