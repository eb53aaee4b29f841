//! A made-up file to import: what a brokerage billed its agents in a year, what they paid, and what it disbursed.

use std::io::{self, Write};

use jiff::{
    ToSpan,
    civil::{Date, date},
};
use serde_json::{Value, json};

/// The first day of the year that the file tells of, and how many follow.
const FIRST_DAY: Date = date(2025, 1, 1);
const DAYS: u64 = 364;
/// An agent has about so many records.
const RECORDS_OF_AGENT: u32 = 50;
/// As many as there are different names.
const MOST_AGENTS: u32 = 400;
/// Bills that one payment pays at most.
const MOST_PAID_AT_ONCE: usize = 4;

const FIRST_NAMES: [&str; 20] = [
    "Ann", "Ben", "Carla", "Dan", "Ella", "Frank", "Grace", "Hugo", "Iris", "Jack", "Kate", "Leo",
    "Mia", "Noah", "Olga", "Paul", "Rosa", "Sam", "Tina", "Vera",
];
const LAST_NAMES: [&str; 20] = [
    "Adams", "Baker", "Clark", "Diaz", "Evans", "Flores", "Garcia", "Hill", "Ito", "Jones", "King",
    "Lopez", "Moore", "Nguyen", "Ortiz", "Park", "Reed", "Smith", "Turner", "Young",
];
const ITEMS: [(&str, &str, u64); 4] = [
    ("desk-fee", "Desk fee", 12_500),
    ("mls-dues", "MLS dues", 4_500),
    ("insurance", "Insurance", 8_975),
    ("yard-sign", "Yard sign", 2_150),
];
const TITLE_COMPANIES: [&str; 6] = [
    "First Title",
    "Harbor Escrow",
    "Lakeside Title",
    "Metro Escrow",
    "Summit Title",
    "Valley Escrow",
];
const STREETS: [&str; 6] = ["Elm", "Oak", "Maple", "Cedar", "Pine", "Lake"];

/// What to make up. The same numbers make the same file.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Sample {
    /// Lines that can be posted.
    pub records: u32,
    /// Files of different seeds have no record in common, and the same agents.
    pub seed: u32,
    /// Lines that cannot be read, strewn between the others.
    pub bad: u32,
}

impl Sample {
    /// Writes the file.
    pub(crate) fn write(self, out: &mut impl Write) -> io::Result<()> {
        let mut brokerage = Brokerage::new(self);
        // Mistakes have a story of their own, so that they change nothing in this one.
        let mut careless = Brokerage::new(Self { seed: !self.seed, ..self });
        let mut bad = 0;
        for number in 1..=self.records {
            let line = brokerage.happens(number);
            writeln!(out, "{line}")?;
            while u64::from(bad) < u64::from(self.bad) * u64::from(number) / u64::from(self.records)
            {
                bad += 1;
                let id = brokerage.id("BAD", bad);
                writeln!(out, "{}", careless.mistake(bad, &id))?;
            }
        }
        Ok(())
    }
}

/// The state of the story: who owes what.
struct Brokerage {
    sample: Sample,
    random: fastrand::Rng,
    today: Date,
    /// What each agent has not paid: id of the bill and cents.
    open: Vec<Vec<(String, u64)>>,
}

impl Brokerage {
    fn new(sample: Sample) -> Self {
        let agents = (sample.records / RECORDS_OF_AGENT).clamp(3, MOST_AGENTS) as usize;
        let random = fastrand::Rng::with_seed(u64::from(sample.seed));
        Self { sample, random, today: FIRST_DAY, open: vec![Vec::new(); agents] }
    }

    /// The next line. Every story begins with bills, since a payment needs some.
    fn happens(&mut self, number: u32) -> Value {
        let day = u64::from(number) * DAYS / u64::from(self.sample.records);
        self.today = FIRST_DAY.saturating_add(i64::try_from(day).unwrap_or(0).days());
        let agent = self.random.usize(..self.open.len());
        match self.random.u32(..100) {
            0..4 => self.disbursement(number, agent),
            4..22 => match self.who_owes(agent) {
                Some(agent) => self.payment(number, agent),
                None => self.bill(number, agent),
            },
            _ => self.bill(number, agent),
        }
    }

    /// The first agent from this one on who owes for several bills.
    fn who_owes(&self, from: usize) -> Option<usize> {
        let all = self.open.len();
        (from..from + all).map(|agent| agent % all).find(|agent| self.open[*agent].len() > 1)
    }

    fn bill(&mut self, number: u32, agent: usize) -> Value {
        let id = self.id("B", number);
        let count = self.random.usize(1..=3);
        let mut items = ITEMS;
        self.random.shuffle(&mut items);
        let mut total = 0;
        let lines: Vec<Value> = items[..count]
            .iter()
            .map(|(item, name, price)| {
                let quantity = self.random.u64(1..=3);
                let price = price + self.random.u64(..100);
                total += quantity * price;
                json!({
                    "item": {"id": item, "name": name},
                    "quantity": quantity.to_string(),
                    "unit_price": money(price),
                    "amount": money(quantity * price),
                })
            })
            .collect();
        let mut record = json!({
            "version": 1,
            "agent": {"id": agent_id(agent), "name": agent_name(agent), "email": email(agent)},
            "number": id,
            "issued_on": self.today.to_string(),
            "due_on": self.today.saturating_add(30.days()).to_string(),
            "currency": "USD",
            "lines": lines,
        });
        if self.random.u32(..100) < 25 {
            record["payment"] = json!({
                "paid_on": self.today.to_string(),
                "amount": money(total),
                "method": "Visa",
                "reference": format!("{number:07}"),
            });
        } else {
            self.open[agent].push((id.clone(), total));
        }
        line("bill", &id, &record)
    }

    /// Pays the oldest bills; what is left of the last one stays open for ever.
    fn payment(&mut self, number: u32, agent: usize) -> Value {
        let id = self.id("P", number);
        let open = &mut self.open[agent];
        let count = self.random.usize(2..=MOST_PAID_AT_ONCE).min(open.len());
        let mut paid: Vec<(String, u64)> = open.drain(..count).collect();
        if let Some((_, last)) = paid.last_mut().filter(|_| self.random.u32(..100) < 20) {
            *last /= 2;
        }
        let total: u64 = paid.iter().map(|(_, cents)| cents).sum();
        let bills: Vec<Value> =
            paid.iter().map(|(id, cents)| json!({"id": id, "amount": money(*cents)})).collect();
        let record = json!({
            "version": 1,
            "paid_on": self.today.to_string(),
            "amount": money(total),
            "currency": "USD",
            "method": "Check",
            "reference": format!("{number:07}"),
            "bills": bills,
        });
        line("payment", &id, &record)
    }

    fn disbursement(&mut self, number: u32, agent: usize) -> Value {
        let id = self.id("D", number);
        let price = self.random.u64(150..900) * 100_000;
        let gross = price * 3 / 100;
        let kept = gross * self.random.u64(20..40) / 100;
        let payer = self.random.usize(..TITLE_COMPANIES.len());
        let street = STREETS[self.random.usize(..STREETS.len())];
        let record = json!({
            "version": 1,
            "number": id,
            "transaction": {
                "id": self.id("T", number),
                "address": format!("{} {street} Street", self.random.u32(1..200)),
                "closed_on": self.today.to_string(),
                "sale_price": money(price),
            },
            "currency": "USD",
            "gross_commission": money(gross),
            "payer": {"id": format!("payer-{}", payer + 1), "name": TITLE_COMPANIES[payer]},
            "company_share": {"amount": money(kept)},
            "agents": [{
                "id": agent_id(agent),
                "name": agent_name(agent),
                "email": email(agent),
                "split": money(gross - kept),
                "fees": [{"name": "Transaction fee", "amount": "295.00"}],
            }],
            "percent_complete": "100",
            "status": "approved",
        });
        line("disbursement", &id, &record)
    }

    /// A line as a careless export writes it, each time another mistake.
    fn mistake(&mut self, number: u32, id: &str) -> String {
        let mut bill = self.bill(number, 0);
        bill["id"] = json!(id);
        bill["record"]["number"] = json!(id);
        match number % 5 {
            1 => {
                let text = bill.to_string();
                return text[..text.len() / 2].to_owned();
            }
            2 => bill["kind"] = json!("invoice"),
            3 => bill["record"]["lines"][0]["amount"] = json!("1.00"),
            4 => bill["record"]["agent"] = Value::Null,
            _ => bill["record"]["issued_on"] = json!("02/30/2025"),
        }
        bill.to_string()
    }

    fn id(&self, kind: &str, number: u32) -> String {
        format!("{kind}-{}-{number:06}", self.sample.seed)
    }
}

fn line(kind: &str, id: &str, record: &Value) -> Value {
    json!({"kind": kind, "id": id, "record": record})
}

fn agent_id(agent: usize) -> String {
    format!("agent-{}", agent + 1)
}

/// No two of [`MOST_AGENTS`] have the same name.
fn agent_name(agent: usize) -> String {
    let (first, last) = (agent % FIRST_NAMES.len(), agent / FIRST_NAMES.len());
    format!("{} {}", FIRST_NAMES[first], LAST_NAMES[(first + last) % LAST_NAMES.len()])
}

fn email(agent: usize) -> String {
    format!("{}@example.com", agent_id(agent))
}

fn money(cents: u64) -> String {
    format!("{}.{:02}", cents / 100, cents % 100)
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, BTreeSet};

    use super::*;

    fn made(records: u32, seed: u32, bad: u32) -> String {
        let mut out = Vec::new();
        Sample { records, seed, bad }.write(&mut out).unwrap();
        String::from_utf8(out).unwrap()
    }

    fn good(file: &str) -> Vec<Value> {
        file.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }

    fn cents(amount: &Value) -> u64 {
        amount.as_str().unwrap().replace('.', "").parse().unwrap()
    }

    #[test]
    fn the_same_seed_makes_the_same_file_and_another_seed_other_records() {
        assert_eq!(made(300, 7, 5), made(300, 7, 5));
        let ids = |seed| -> BTreeSet<String> {
            good(&made(300, seed, 0)).iter().map(|line| line["id"].to_string()).collect()
        };
        assert_eq!(ids(7).len(), 300, "each id once");
        assert!(ids(7).is_disjoint(&ids(8)));
    }

    #[test]
    fn a_file_has_all_kinds_and_payments_pay_what_the_same_agent_owes() {
        let mut owed: BTreeMap<String, (String, u64)> = BTreeMap::new();
        let mut kinds: BTreeMap<String, u32> = BTreeMap::new();
        for line in good(&made(1000, 1, 0)) {
            let record = &line["record"];
            *kinds.entry(line["kind"].as_str().unwrap().to_owned()).or_default() += 1;
            if line["kind"] == "bill" {
                let lines = record["lines"].as_array().unwrap();
                let total = lines.iter().map(|line| cents(&line["amount"])).sum();
                let agent = record["agent"]["id"].to_string();
                owed.insert(line["id"].to_string(), (agent, total));
            }
            if line["kind"] == "payment" {
                let bills = record["bills"].as_array().unwrap();
                assert!((2..=MOST_PAID_AT_ONCE).contains(&bills.len()));
                let mut agents = BTreeSet::new();
                for bill in bills {
                    let (agent, total) =
                        owed.remove(&bill["id"].to_string()).expect("an open bill");
                    assert!(cents(&bill["amount"]) <= total);
                    agents.insert(agent);
                }
                assert_eq!(agents.len(), 1);
                assert_eq!(
                    bills.iter().map(|bill| cents(&bill["amount"])).sum::<u64>(),
                    cents(&record["amount"])
                );
            }
            if line["kind"] == "disbursement" {
                let shares = cents(&record["company_share"]["amount"])
                    + cents(&record["agents"][0]["split"]);
                assert_eq!(shares, cents(&record["gross_commission"]));
            }
        }
        assert!(
            kinds["bill"] > 600 && kinds["payment"] > 100 && kinds["disbursement"] > 20,
            "{kinds:?}"
        );
    }

    #[test]
    fn bad_lines_are_strewn_between_the_good_ones_and_change_none_of_them() {
        let (with, without) = (made(200, 3, 10), made(200, 3, 0));
        let without: BTreeSet<&str> = without.lines().collect();
        let bad: Vec<usize> = (1..)
            .zip(with.lines())
            .filter(|(_, line)| !without.contains(line))
            .map(|(number, _)| number)
            .collect();
        assert_eq!((with.lines().count(), bad.len()), (210, 10));
        assert!(bad[0] < 40 && bad[9] > 200, "{bad:?}");
    }

    #[test]
    fn no_two_agents_have_the_same_name() {
        let names: BTreeSet<String> = (0..MOST_AGENTS as usize).map(agent_name).collect();
        assert_eq!(names.len(), MOST_AGENTS as usize);
    }
}
