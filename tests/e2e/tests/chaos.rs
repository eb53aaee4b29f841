//! A short storm of faults, the same in every run of the tests; `cargo xtask chaos` makes long ones.

use e2e::chaos::schedule::Size;
use e2e::chaos::{Options, run};

/// D-01 to D-16, D-21, D-35, D-42, D-43: what goes wrong, mixed by a seed, loses nothing and books nothing twice.
#[tokio::test]
async fn every_record_comes_through_a_storm_once() {
    let size = Size { seed: 5, records: 60, tenants: 3 };
    let options = Options { size, calls_at_once: 6, alone: false };
    let outcome = run(options, &|_| ()).await;
    assert!(outcome.faults.values().any(|strikes| strikes.struck > 0), "{}", outcome.tables());
    assert!(outcome.passed(), "{}{}", outcome.failures(), outcome.tables());
}
