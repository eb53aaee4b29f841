//! Benchmarks of the functions as they are deployed: built for release, driven through Lambda's runtime API, working against
//! the AWS emulator and the simulated QuickBooks.
//!
//! The emulator's own runtime API is not used, since it makes each call some 45 ms slower; [`runtime_api`] is one of our own.
//! Nothing here asserts a time. Start at [`cold`], [`warm`], [`money`] and [`growth`]; [`ground`] is what they all work on.

#![expect(
    clippy::disallowed_methods,
    reason = "a benchmark reads its environment and the clock, and waits"
)]
#![expect(clippy::print_stdout, reason = "it tells a person how far it is")]

pub mod cold;
pub mod event;
pub mod first_sync;
pub mod ground;
pub mod growth;
pub mod machine;
pub mod meter;
pub mod money;
pub mod plot;
pub mod process;
pub mod profile;
pub mod program;
pub mod results;
pub mod running;
pub mod runtime_api;
pub mod spread;
pub mod tls;
pub mod warm;
