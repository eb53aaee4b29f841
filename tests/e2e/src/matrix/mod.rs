//! The crash matrix: every workflow, dead before and after each of its operations, has to end as if nothing had happened.
//!
//! A workflow is data ([`Workflow`], all of them in [`workflows`]). [`Matrix::run`] counts the operations of undisturbed
//! runs, lets the process die at each of them in a run of its own, lets the caller, the queue or the sweep finish it, and
//! compares the [`Picture`] of what is left with that of the undisturbed run. Nothing is picked by hand.
//!
//! What is stored when a process dies *after* operation k is what is stored when it dies *before* operation k + 1. So the
//! two runs of each state are used for the two ways on: before an operation the caller repeats what they did, after one
//! nobody does if the sweep can.

mod catalogue;
mod death;
mod letters;
mod part;
mod picture;
mod report;
mod run;
mod workflow;

pub use catalogue::workflows;
pub use death::Death;
pub use part::Part;
pub use picture::Picture;
pub use report::Report;
pub use run::Matrix;
pub use workflow::{Doing, Mender, Scene, Scope, Workflow};
