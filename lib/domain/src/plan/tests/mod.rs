//! Plans of every kind of record, carried out on small books with double entry.

mod billing;
mod billing_payment;
mod books;
mod choices;
mod dates;
mod disbursement;
mod edited;
mod properties;
mod removed;
mod rules;
mod samples;
mod templates;
mod world;
