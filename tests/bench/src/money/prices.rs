//! `prices.toml`, read.

use std::path::Path;

use anyhow::{Context, ensure};
use rust_decimal::Decimal;
use serde::Deserialize;

/// Everything that is not measured.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Prices {
    /// Where AWS's prices are those of.
    pub region: String,
    /// AWS's prices.
    pub aws: Vec<Price>,
    /// Intuit's tiers, the cheapest first.
    pub intuit: Vec<Tier>,
    /// What no machine can measure.
    pub assumed: Assumed,
}

/// One price of AWS.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Price {
    /// By which it is found.
    pub name: String,
    /// For people.
    pub what: String,
    /// Dollars for `per` units.
    pub usd: Decimal,
    /// So many.
    pub per: u64,
    /// Of what.
    pub unit: String,
    /// The vendor's page.
    pub source: String,
    /// When it was written down.
    pub date: String,
    /// How it is known.
    pub seen: Seen,
}

/// How a price is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Seen {
    /// Read on a copy of the vendor's page.
    Vendor,
    /// Read where others quote it.
    Others,
    /// Not looked up.
    Unverified,
}

/// One of Intuit's tiers.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Tier {
    /// Its name.
    pub tier: String,
    /// Dollars a month.
    pub usd_per_month: Decimal,
    /// Metered reads in it.
    pub reads: u64,
    /// Dollars for a thousand more; empty where there are none to be had.
    pub usd_per_1000_more: String,
    /// What to know of it.
    pub note: String,
    /// The vendor's page.
    pub source: String,
    /// When it was written down.
    pub date: String,
    /// How it is known.
    pub seen: Seen,
}

/// What no machine can measure.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Assumed {
    /// At which a function has a processor for itself.
    pub whole_processor_mb: u64,
    /// One call of DynamoDB.
    pub table_call_ms: u64,
    /// One call of SQS.
    pub queue_call_ms: u64,
    /// One call of Secrets Manager.
    pub secret_call_ms: u64,
    /// One call of EventBridge.
    pub bus_call_ms: u64,
    /// One call of QuickBooks.
    pub quickbooks_call_ms: u64,
    /// Of Lambda, on a queue that nothing is in.
    pub receives_of_an_idle_queue_per_month: u64,
    /// That CloudWatch keeps for a deployment.
    pub custom_metrics: u64,
    /// How often payments are asked for.
    pub pull_minutes_without_webhooks: u64,
    /// How often payments are asked for.
    pub pull_minutes_with_webhooks: u64,
}

impl Prices {
    /// Reads the file.
    pub fn read(file: &Path) -> anyhow::Result<Self> {
        let text = std::fs::read_to_string(file)
            .with_context(|| format!("cannot read {}", file.display()))?;
        let prices: Self =
            toml::from_str(&text).with_context(|| format!("in {}", file.display()))?;
        ensure!(prices.aws.iter().all(|price| price.per > 0), "a price is per something");
        Ok(prices)
    }

    /// A price by its name.
    pub fn of(&self, name: &str) -> anyhow::Result<&Price> {
        self.aws.iter().find(|price| price.name == name).with_context(|| format!("no price {name}"))
    }
}

impl Seen {
    /// A mark behind a number.
    pub fn mark(self) -> &'static str {
        match self {
            Self::Vendor => "",
            Self::Others => "¹",
            Self::Unverified => "²",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_prices_can_be_read_and_each_has_a_source() {
        let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("prices.toml");
        let prices = Prices::read(&file).unwrap();
        for price in &prices.aws {
            assert!(price.source.starts_with("https://") && !price.date.is_empty(), "{price:?}");
        }
        assert_eq!(prices.of("table_writes").unwrap().usd, "0.625".parse().unwrap());
        assert!(prices.of("unheard_of").is_err());
        assert!(prices.intuit.is_sorted_by_key(|tier| tier.usd_per_month));
    }
}
