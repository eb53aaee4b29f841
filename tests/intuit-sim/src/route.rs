//! Which part of the simulator answers a request.

use serde_json::json;

use crate::{
    api,
    call::{Answer, Call},
    control, oauth, pages, webhooks,
    world::World,
};

/// Answers one request completely.
pub(crate) fn answer(world: &World, call: &Call) -> Answer {
    let parts = call.path_parts();
    let answer = match parts.as_slice() {
        ["v3", "company", realm, ..] => api::answer(world, call, realm),
        ["sim", ..] => control::answer(world, call),
        _ => oauth::answer(world, call)
            .or_else(|| pages::answer(world, call))
            .unwrap_or_else(not_found),
    };
    // The one place behind every write, by whatever way it came.
    if let ["v3", "company", realm, ..] | ["sim", "companies", realm, ..] | ["app", realm, ..] =
        parts.as_slice()
    {
        webhooks::tell(world, realm);
    }
    answer
}

fn not_found() -> Answer {
    Answer::json(404, &json!({"error": "there is nothing at this address"}))
}
