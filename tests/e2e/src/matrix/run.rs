//! The whole matrix: undisturbed runs, deaths side by side, rest, and comparison.

use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, HashMap};
use std::time::{Duration, Instant};

use futures_util::{StreamExt, stream};
use tokio::sync::Semaphore;

use super::death::{Death, Run, caught};
use super::letters;
use super::part::Part;
use super::picture::{Difference, Kind, Picture};
use super::report::{Failure, Report, Row};
use super::workflow::{Mender, Scene, Workflow, sweep};
use crate::aws::messages;
use crate::{When, stack};

/// Tenants that are prepared at the same time: more would only wait for each other.
const PREPARED_AT_ONCE: usize = 4;
/// Pictures that are taken at the same time.
const PICTURES_AT_ONCE: usize = 8;
/// The schedule's five minutes, shortened.
const BETWEEN_SWEEPS: Duration = Duration::from_secs(3);
/// Events are told some time after what they tell of.
const EVENTS_LAG: Duration = Duration::from_secs(20);
/// Longer than any message waits for its next attempt.
const REST: Duration = Duration::from_secs(120);
/// Between two looks at what is not yet as it should be.
const PAUSE: Duration = Duration::from_secs(1);
/// How often a run is made that was over too soon, since its process remembered more than the counted one.
const TRIES: usize = 3;

/// What to run.
pub struct Matrix {
    /// The workflows.
    pub workflows: Vec<Workflow>,
    /// Only this death of each; `None` for all.
    pub only: Option<Death>,
    /// Which part of the deaths.
    pub part: Part,
    /// Deaths that are waited for side by side.
    pub side_by_side: usize,
    /// Tells a person how far it is.
    pub say: fn(&str),
}

/// What the undisturbed runs of a workflow left.
struct Expected {
    operations: Vec<String>,
    picture: Picture,
}

/// One death that was tried, for comparison when everything is at rest.
struct Tried {
    workflow: usize,
    death: Death,
    operation: String,
    scene: Scene,
}

impl Matrix {
    /// Runs it.
    ///
    /// # Errors
    ///
    /// When something other than a single run fails: the stack does not answer, or never comes to rest.
    pub async fn run(&self) -> anyhow::Result<Report> {
        caught(self.run_all()).await.map_err(anyhow::Error::msg)
    }

    async fn run_all(&self) -> Report {
        let begun = Instant::now();
        let letters = letters::counted().await;
        let mut rows: Vec<Row> =
            self.workflows.iter().map(|workflow| Row::new(workflow.name)).collect();
        let expected = self.undisturbed(&mut rows).await;
        let operations: usize = expected.values().map(|expected| expected.operations.len()).sum();
        (self.say)(&format!(
            "{} workflows have {operations} operations, so {} deaths, before and after each",
            expected.len(),
            2 * operations
        ));
        let mut deaths = self.enumerated(&expected);
        if self.part != Part::WHOLE {
            (self.say)(&format!("of these, part {}: {} deaths", self.part, deaths.len()));
        }
        let rows = RefCell::new(rows);
        let beyond = if self.only.is_none() && self.part == Part::WHOLE {
            expected.iter().map(|(n, it)| (*n, it.operations.len() as u64 + 1)).collect()
        } else {
            Vec::new()
        };
        let tried = RefCell::new(Vec::new());
        // Nobody sweeps while it is seen what callers and queues mend by themselves.
        let swept: Vec<(usize, Death)> =
            deaths.extract_if(.., |it| self.needs_sweep(*it)).collect();
        self.all_die(deaths, &expected, &rows, &tried).await;
        self.go_beyond(beyond, &expected, &rows, &tried).await;
        if !swept.is_empty() {
            let dying = self.all_die(swept, &expected, &rows, &tried);
            tokio::select! {
                () = dying => {}
                () = sweeping() => {}
            }
        }
        (self.say)(&format!("all have died after {:.0} s", begun.elapsed().as_secs_f64()));
        let (mut rows, tried) = (rows.into_inner(), tried.into_inner());
        let left = at_rest().await;
        (self.say)(&format!("comparing what {} of them left", tried.len()));
        self.compare(&expected, tried, &letters, &mut rows).await;
        for row in &mut rows {
            row.failures.sort_by_key(|failure| {
                failure.death.map(|death| (death.operation, death.when as u8))
            });
        }
        Report { rows, left, all: 2 * operations, part: self.part }
    }

    /// Two undisturbed runs of each workflow: they have to leave the same, or nothing can be compared with them.
    async fn undisturbed(&self, rows: &mut [Row]) -> BTreeMap<usize, Expected> {
        let gate = Semaphore::new(PREPARED_AT_ONCE);
        let runs = self.workflows.iter().enumerate().map(async |(n, workflow)| {
            let runs = tokio::join!(workflow.undisturbed(&gate), workflow.undisturbed(&gate));
            if let Ok(run) = &runs.0 {
                (self.say)(&format!("{}: {}", workflow.name, run.operations.join(", ")));
            }
            (n, runs)
        });
        let runs: Vec<_> = stream::iter(runs).buffer_unordered(self.side_by_side).collect().await;
        let _what_is_left_is_found_at_the_end = at_rest().await;
        let mut all = BTreeMap::new();
        for (n, runs) in runs {
            let (one, other) = match runs {
                (Ok(one), Ok(other)) => (one, other),
                (Err(why), _) | (_, Err(why)) => {
                    self.failed(&mut rows[n], None, "", None, vec![why]);
                    continue;
                }
            };
            let (picture, differences) = same(&one.scene, &other.scene).await;
            if !differences.is_empty() {
                let lines = differences.iter().map(ToString::to_string).collect();
                self.failed(&mut rows[n], None, "", Some(Kind::Different), lines);
            }
            // A process that meets the tenant for the first time has to load more, and one that comes to no time hands
            // over to the queue; what goes on beyond is found by those that die there.
            let shorter = if other.operations.len() < one.operations.len() { other } else { one };
            rows[n].operations = shorter.operations.len();
            all.insert(n, Expected { operations: shorter.operations, picture });
        }
        all
    }

    fn enumerated(&self, expected: &BTreeMap<usize, Expected>) -> Vec<(usize, Death)> {
        if let Some(death) = self.only {
            return expected.keys().map(|n| (*n, death)).collect();
        }
        let all = expected.iter().flat_map(|(n, expected)| {
            (1..=expected.operations.len() as u64).flat_map(|operation| {
                [When::Before, When::After].map(|when| (*n, Death { operation, when }))
            })
        });
        let part = all.zip(0..).filter(|(_, place)| self.part.has(*place));
        part.map(|(death, _)| death).collect()
    }

    fn needs_sweep(&self, (n, death): (usize, Death)) -> bool {
        self.workflows[n].mender == Mender::HostOrSweep && death.when == When::After
    }

    async fn all_die(
        &self,
        deaths: Vec<(usize, Death)>,
        expected: &BTreeMap<usize, Expected>,
        rows: &RefCell<Vec<Row>>,
        tried: &RefCell<Vec<Tried>>,
    ) {
        let gate = Semaphore::new(PREPARED_AT_ONCE);
        let count = deaths.len();
        let over = Cell::new(0_usize);
        let runs = deaths.into_iter().map(async |(n, death)| {
            let _reached = self.one_dies(n, death, &expected[&n], &gate, rows, tried).await;
            over.set(over.get() + 1);
            if over.get().is_multiple_of(20) || over.get() == count {
                (self.say)(&format!("{} of {count} deaths", over.get()));
            }
        });
        stream::iter(runs).buffer_unordered(self.side_by_side).collect::<Vec<()>>().await;
    }

    /// Some runs need more operations than the counted ones: they die as well, until one does not come that far.
    async fn go_beyond(
        &self,
        beyond: Vec<(usize, u64)>,
        expected: &BTreeMap<usize, Expected>,
        rows: &RefCell<Vec<Row>>,
        tried: &RefCell<Vec<Tried>>,
    ) {
        let gate = Semaphore::new(PREPARED_AT_ONCE);
        let runs = beyond.into_iter().map(async |(n, first)| {
            for operation in first.. {
                let death = Death { operation, when: When::Before };
                if !self.one_dies(n, death, &expected[&n], &gate, rows, tried).await {
                    break;
                }
            }
        });
        stream::iter(runs).buffer_unordered(self.side_by_side).collect::<Vec<()>>().await;
    }

    /// Whether it came that far.
    async fn one_dies(
        &self,
        n: usize,
        death: Death,
        expected: &Expected,
        gate: &Semaphore,
        rows: &RefCell<Vec<Row>>,
        tried: &RefCell<Vec<Tried>>,
    ) -> bool {
        let workflow = &self.workflows[n];
        let place = usize::try_from(death.operation - 1).unwrap_or(usize::MAX);
        let planned = expected.operations.get(place).cloned();
        let mut tries = if planned.is_some() { TRIES } else { 1 };
        let operation = planned.unwrap_or_else(|| "beyond those counted".to_owned());
        loop {
            tries -= 1;
            let run = workflow.dies(death, gate).await;
            let again = matches!(run, Run::NotReached(_) | Run::Untried(_)) && tries > 0;
            if !again {
                let mut rows = rows.borrow_mut();
                return self.note(&mut rows[n], n, death, operation, run, tried);
            }
        }
    }

    fn note(
        &self,
        row: &mut Row,
        workflow: usize,
        death: Death,
        planned: String,
        run: Run,
        tried: &RefCell<Vec<Tried>>,
    ) -> bool {
        let (scene, operation, reached) = match run {
            Run::NotReached(scene) => {
                row.not_reached += 1;
                (scene, planned, false)
            }
            Run::Ended(ended) => {
                row.deaths += 1;
                *row.mended.entry(ended.mended).or_default() += 1;
                row.slowest = row.slowest.max(ended.took);
                (ended.scene, ended.operation, true)
            }
            Run::Lost(why) => {
                row.deaths += 1;
                self.failed(row, Some(death), &planned, Some(Kind::Lost), vec![why]);
                return false;
            }
            Run::Untried(why) => {
                self.failed(row, Some(death), &planned, None, vec![why]);
                return false;
            }
        };
        tried.borrow_mut().push(Tried { workflow, death, operation, scene });
        reached
    }

    fn failed(
        &self,
        row: &mut Row,
        death: Option<Death>,
        operation: &str,
        kind: Option<Kind>,
        why: Vec<String>,
    ) {
        let failure = Failure { death, operation: operation.to_owned(), kind, why };
        (self.say)(&format!("✗ {} {failure}", row.workflow));
        row.failures.push(failure);
    }

    /// When everything is at rest, what each death left has to be what the undisturbed run left.
    async fn compare(
        &self,
        expected: &BTreeMap<usize, Expected>,
        tried: Vec<Tried>,
        letters: &HashMap<String, u64>,
        rows: &mut [Row],
    ) {
        let buried = letters::since(letters).await;
        let looked = tried.into_iter().map(async |tried| {
            let expected = &expected[&tried.workflow].picture;
            let differences = settled(expected, &tried.scene).await;
            (tried, differences)
        });
        let looked: Vec<_> =
            stream::iter(looked).buffer_unordered(PICTURES_AT_ONCE).collect().await;
        for (tried, differences) in looked {
            let mut why: Vec<String> = differences.iter().map(ToString::to_string).collect();
            let of_tenant = |letter: &&String| letter.contains(&tried.scene.tenant.id);
            why.extend(
                buried.iter().filter(of_tenant).map(|letter| format!("a dead letter: {letter}")),
            );
            if why.is_empty() {
                continue;
            }
            let kind = differences.iter().map(|it| it.kind).max().unwrap_or(Kind::Different);
            let row = &mut rows[tried.workflow];
            self.failed(row, Some(tried.death), &tried.operation, Some(kind), why);
        }
    }
}

/// Sweeps as the schedule does, until it is no longer asked to go on.
async fn sweeping() {
    loop {
        sweep().await;
        tokio::time::sleep(BETWEEN_SWEEPS).await;
    }
}

/// Waits until no queue holds a message; what some of them hold for ever.
async fn at_rest() -> Vec<String> {
    let mut left = Vec::new();
    for (function, queue) in &stack().queues {
        let begun = Instant::now();
        loop {
            let count = messages(queue).await;
            if count == 0 {
                break;
            }
            if begun.elapsed() > REST {
                left.push(format!("the queue of {function} still holds {count} messages"));
                break;
            }
            tokio::time::sleep(PAUSE).await;
        }
    }
    left
}

/// Takes pictures of two runs until they are the same, or nothing more is to come.
async fn same(one: &Scene, other: &Scene) -> (Picture, Vec<Difference>) {
    let begun = Instant::now();
    loop {
        let (one, other) = tokio::join!(Picture::of(&one.tenant), Picture::of(&other.tenant));
        let differences = one.differences(&other);
        if differences.is_empty() || begun.elapsed() > EVENTS_LAG {
            return (one, differences);
        }
        tokio::time::sleep(PAUSE).await;
    }
}

/// Looks until it is what was expected, or nothing more is to come.
async fn settled(expected: &Picture, scene: &Scene) -> Vec<Difference> {
    let begun = Instant::now();
    loop {
        let differences = expected.differences(&Picture::of(&scene.tenant).await);
        if differences.is_empty() || begun.elapsed() > EVENTS_LAG {
            return differences;
        }
        tokio::time::sleep(PAUSE).await;
    }
}
