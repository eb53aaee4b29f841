//! Every workflow of the matrix.

mod billing;
mod connection;
mod disbursing;
mod importing;
mod news;
mod settings;

use super::Workflow;

/// All of them, in the order in which they are shown.
pub fn workflows() -> Vec<Workflow> {
    [
        billing::workflows(),
        disbursing::workflows(),
        importing::workflows(),
        news::workflows(),
        connection::workflows(),
        settings::workflows(),
    ]
    .into_iter()
    .flatten()
    .collect()
}
