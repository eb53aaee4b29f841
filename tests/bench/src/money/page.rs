//! The page about money.

use std::fmt::Write;

use rust_decimal::Decimal;

use super::bill::Bill;
use super::prices::{Prices, Seen};
use super::{Money, units::Cost};
use crate::machine::Origin;

/// Digits of dollars: most lines are far below a cent.
const DIGITS: u32 = 5;

const NOTES: &str = "¹ read on a page of somebody else that quotes the vendor's. ² not verified: look it up before you rely on it.";

/// In Markdown.
pub(super) fn markdown(money: &Money, prices: &Prices, origin: &Origin) -> String {
    let mut page = format!("# What it costs\n\nMeasured: {}\n\n", origin.line());
    for paragraph in introduction(prices) {
        let _ = write!(page, "{paragraph}\n\n");
    }
    for table in tables(money, prices) {
        let _ = write!(page, "## {}\n\n{}\n", table.title, table.markdown());
        for note in &table.notes {
            let _ = write!(page, "\n{note}\n");
        }
        page.push('\n');
    }
    let _ = writeln!(page, "{NOTES}");
    page
}

/// In HTML, on one page without anything else.
pub(super) fn html(money: &Money, prices: &Prices, origin: &Origin) -> String {
    let mut body =
        format!("<h1>What it costs</h1>\n<p>Measured: {}</p>\n", escaped(&origin.line()));
    for paragraph in introduction(prices) {
        let _ = writeln!(body, "<p>{}</p>", escaped(&paragraph));
    }
    for table in tables(money, prices) {
        let _ = write!(body, "<h2>{}</h2>\n{}", escaped(&table.title), table.html());
        for note in &table.notes {
            let _ = writeln!(body, "<p>{}</p>", escaped(note));
        }
    }
    format!(
        "<!doctype html>\n<html lang=\"en\">\n<meta charset=\"utf-8\">\n<meta name=\"viewport\" content=\"width=device-width\">\n\
         <title>ledgerbridge: what it costs</title>\n<style>\n\
         body {{ font: 15px/1.5 system-ui, sans-serif; max-width: 56rem; margin: 2rem auto; padding: 0 1rem; color: #1c2530 }}\n\
         table {{ border-collapse: collapse; width: 100% }}\n\
         th, td {{ text-align: left; padding: .3rem .6rem; border-bottom: 1px solid #dde3ea; vertical-align: top }}\n\
         td.number, th.number {{ text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap }}\n\
         tr:last-child td {{ font-weight: 600 }}\n\
         </style>\n{body}<p>{NOTES}</p>\n</html>\n"
    )
}

struct Table {
    title: String,
    /// A heading, and whether numbers stand under it.
    head: Vec<(&'static str, bool)>,
    rows: Vec<Vec<String>>,
    notes: Vec<String>,
}

impl Table {
    fn markdown(&self) -> String {
        let mut text = String::new();
        let names: Vec<&str> = self.head.iter().map(|(name, _)| *name).collect();
        let lines: Vec<&str> =
            self.head.iter().map(|(_, number)| if *number { "--:" } else { "---" }).collect();
        let _ = writeln!(text, "| {} |", names.join(" | "));
        let _ = writeln!(text, "| {} |", lines.join(" | "));
        for row in &self.rows {
            let _ = writeln!(text, "| {} |", row.join(" | "));
        }
        text
    }

    fn html(&self) -> String {
        let cell = |tag: &str, text: &str, number: bool| {
            let class = if number { " class=\"number\"" } else { "" };
            format!("<{tag}{class}>{}</{tag}>", escaped(text))
        };
        let head: String =
            self.head.iter().map(|(name, number)| cell("th", name, *number)).collect();
        let row = |row: &Vec<String>| {
            let cells = row.iter().zip(&self.head);
            let cells: String =
                cells.map(|(text, (_, number))| cell("td", text, *number)).collect();
            format!("<tr>{cells}</tr>\n")
        };
        let rows: String = self.rows.iter().map(row).collect();
        format!("<table>\n<tr>{head}</tr>\n{rows}</table>\n")
    }
}

fn introduction(prices: &Prices) -> Vec<String> {
    let assumed = &prices.assumed;
    vec![
        format!(
            "Dollars, at prices of {} without any free tier. Units are counted on the local stack: what the functions ask of AWS and \
             QuickBooks passes a meter that applies AWS's own rules to the items before and after each write. Prices are in prices.toml, \
             with the page of each, the day on which it was written down, and how it is known: {} of {} are marked as not verified.",
            prices.region,
            prices.aws.iter().filter(|price| price.seen == Seen::Unverified).count(),
            prices.aws.len(),
        ),
        format!(
            "Lambda bills time, and a cloud's services answer slower than this machine's. So the billed time of an invocation is its \
             measured processor time, stretched to the share of a processor that the function's memory gets ({} MB get a whole one), plus for each call \
             what it usually takes: DynamoDB {} ms, SQS {} ms, Secrets Manager {} ms, EventBridge {} ms, QuickBooks {} ms. These are \
             assumptions, not measurements.",
            assumed.whole_processor_mb,
            assumed.table_call_ms,
            assumed.queue_call_ms,
            assumed.secret_call_ms,
            assumed.bus_call_ms,
            assumed.quickbooks_call_ms,
        ),
    ]
}

fn tables(money: &Money, prices: &Prices) -> Vec<Table> {
    let mut tables = vec![summary(money)];
    tables.extend(money.bills.iter().map(bill));
    tables.push(intuit(money, prices));
    tables.push(units(money));
    tables
}

fn summary(money: &Money) -> Table {
    let row = |bill: &Bill| {
        let reads = bill.metered_reads.to_string();
        vec![bill.of.clone(), dollars(bill.total), dollars(bill.total_arm64), reads]
    };
    Table {
        title: "In short".to_owned(),
        head: vec![
            ("what", false),
            ("USD on x86_64", true),
            ("USD on arm64", true),
            ("metered reads of QuickBooks", true),
        ],
        rows: money.bills.iter().map(row).collect(),
        notes: vec![
            "A posting is a new bill whose customer and item are linked; its part of event-publisher's work is counted as if every \
             posting came alone. In a burst, up to 100 writes share an invocation. Sending events to an endpoint of the host's is not in \
             it, nor is the one write for four calls beyond twenty of one company in a minute, by which they are spaced. What is stored \
             costs its storage in every month that follows, too. Each payment that Intuit tells of is one metered read more."
                .to_owned(),
        ],
    }
}

fn bill(bill: &Bill) -> Table {
    let mut rows: Vec<Vec<String>> = bill
        .lines
        .iter()
        .map(|line| {
            let quantity = format!("{} {}", line.quantity.round_dp(DIGITS).normalize(), line.unit);
            vec![line.what.clone(), quantity, format!("{}{}", dollars(line.usd), line.mark)]
        })
        .collect();
    rows.push(vec!["together".to_owned(), String::new(), dollars(bill.total)]);
    Table {
        title: format!("Line by line: {}", bill.of),
        head: vec![("what", false), ("how much", true), ("USD", true)],
        rows,
        notes: Vec::new(),
    }
}

/// How far each tier goes for tenants that are pulled but not otherwise read.
fn intuit(money: &Money, prices: &Prices) -> Table {
    let reads: Vec<u64> = money
        .bills
        .iter()
        .filter(|bill| bill.of.starts_with("a tenant"))
        .map(|bill| bill.metered_reads)
        .collect();
    let row = |tier: &super::prices::Tier| {
        let price = format!("{}{}", tier.usd_per_month.normalize(), Seen::mark(tier.seen));
        let more = match tier.usd_per_1000_more.as_str() {
            "" => tier.note.clone(),
            more => format!("{more} USD for 1,000 more{}", Seen::mark(tier.seen)),
        };
        let mut row = vec![tier.tier.clone(), price, tier.reads.to_string(), more];
        row.extend(reads.iter().map(|reads| (tier.reads / (*reads).max(1)).to_string()));
        row
    };
    Table {
        title: "Intuit's tiers".to_owned(),
        head: vec![
            ("tier", false),
            ("USD a month", true),
            ("metered reads in it", true),
            ("beyond", false),
            ("tenants, with webhooks", true),
            ("tenants, without", true),
        ],
        rows: prices.intuit.iter().map(row).collect(),
        notes: vec![
            "Writes are free at every tier, so postings add nothing. A tenant counts only if its payments are pulled.".to_owned(),
        ],
    }
}

fn units(money: &Money) -> Table {
    let measured = &money.measured;
    let row = |name: &str, cost: &Cost| {
        let each = |total: u64| {
            let each = Decimal::from(total) / Decimal::from(cost.times.max(1));
            each.round_dp(2).normalize().to_string()
        };
        let halved = |total: u64| {
            let each = Decimal::from(total) / Decimal::from(2 * cost.times.max(1));
            each.round_dp(2).normalize().to_string()
        };
        let units = &cost.units;
        vec![
            name.to_owned(),
            each(units.table_calls),
            each(units.writes),
            halved(units.read_halves),
            each(units.queue_requests),
            each(units.secret_calls),
            each(units.bus_events),
            each(units.quickbooks_writes),
            each(units.metered_reads),
            cost.memory_mb.to_string(),
            each(cost.processor_us),
            each(cost.logged_bytes),
        ]
    };
    Table {
        title: "What was counted, each time".to_owned(),
        head: vec![
            ("work", false),
            ("table calls", true),
            ("write units", true),
            ("read units", true),
            ("queue requests", true),
            ("secret calls", true),
            ("bus events", true),
            ("QuickBooks, free", true),
            ("QuickBooks, metered", true),
            ("memory MB", true),
            ("processor µs", true),
            ("logged bytes", true),
        ],
        rows: vec![
            row("billing-invoice posts a bill", &measured.posting),
            row("event-publisher tells of it", &measured.told),
            row("payment-pull, fresh, tokens run out", &measured.pull),
            row("payment-pull, nothing due", &measured.due),
            row("sweep, nothing left behind", &measured.sweep),
        ],
        notes: vec![format!(
            "A posted bill leaves {} bytes in the table, its events included only where event-publisher wrote them; a tenant \
             without postings has {} bytes.",
            measured.posting_bytes, measured.idle_tenant_bytes
        )],
    }
}

fn dollars(amount: Decimal) -> String {
    amount.round_dp(DIGITS).normalize().to_string()
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace("**", "")
}
