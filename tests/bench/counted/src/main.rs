//! Function `billing-invoice` with an allocator that counts; whoever writes a line to its input is told the counts so far.

use std::alloc::System;
use std::io::{BufRead, Write, stderr, stdin};

use edge::{Error, Function};
use stats_alloc::{INSTRUMENTED_SYSTEM, StatsAlloc};

#[global_allocator]
static ALLOCATOR: &StatsAlloc<System> = &INSTRUMENTED_SYSTEM;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    std::thread::spawn(tell);
    edge::telemetry::start();
    edge::run(Function::BillingInvoice).await
}

/// On standard error, since standard output is the function's log.
fn tell() {
    for line in stdin().lock().lines() {
        let counts = ALLOCATOR.stats();
        let told = line.and_then(|_| {
            writeln!(
                stderr(),
                "{} {}",
                counts.allocations + counts.reallocations,
                counts.bytes_allocated
            )
        });
        if told.is_err() {
            return;
        }
    }
}
