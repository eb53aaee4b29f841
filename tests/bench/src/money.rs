//! What AWS and Intuit charge: measured units times prices, in decimals.

mod bill;
mod page;
mod prices;
mod units;

use std::path::Path;

use serde::Serialize;

use crate::machine::Origin;
use crate::program::Programs;

pub use bill::{Bill, Line};
pub use prices::Prices;
pub use units::{Cost, Measured};

/// The measured units and what they cost.
#[derive(Debug, Clone, Serialize)]
pub struct Money {
    /// What was measured.
    pub measured: Measured,
    /// What that costs.
    pub bills: Vec<Bill>,
}

/// Measures the units of a posting, of a month without one, and of the deployment itself, and prices them.
pub async fn measure(
    programs: &Programs,
    logs: &Path,
    prices: &Prices,
    postings: u64,
) -> anyhow::Result<Money> {
    let measured = units::measure(programs, logs, postings).await?;
    let bills = bill::all(&measured, prices)?;
    Ok(Money { measured, bills })
}

/// The page for people, in Markdown and in HTML.
pub fn pages(money: &Money, prices: &Prices, origin: &Origin) -> (String, String) {
    (page::markdown(money, prices, origin), page::html(money, prices, origin))
}
