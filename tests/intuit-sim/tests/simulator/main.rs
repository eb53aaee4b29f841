//! Drives the simulator over a real socket, the way a QuickBooks client does.

mod batch;
mod books;
mod control;
mod faults;
mod invoices;
mod names;
mod oauth;
mod payments;
mod query;
mod requestid;
mod support;
mod writes;
