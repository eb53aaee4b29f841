//! Ids of lines: existing ones stay, everything else gets the next number.

use serde_json::Value;

use crate::json::{Object, objects, set, text};

/// Hands out the line ids of one transaction.
pub(super) struct LineIds {
    known: Vec<String>,
    next: u64,
}

impl LineIds {
    /// Numbers new lines from `first`, or behind the highest line of the stored object.
    pub(super) fn new(before: Option<&Object>, first: u64) -> Self {
        let known: Vec<String> = before
            .into_iter()
            .flat_map(|before| objects(before, "Line"))
            .filter_map(|line| text(line, "Id").map(str::to_owned))
            .collect();
        let highest = known.iter().filter_map(|id| id.parse::<u64>().ok()).max();
        Self { next: highest.map_or(first, |highest| highest + 1), known }
    }

    /// Accepts the ids that a caller gives to new lines, as journal entries do.
    pub(super) fn keeping(mut self, sent: &[Object]) -> Self {
        for id in sent.iter().filter_map(|line| text(line, "Id")) {
            if let Ok(number) = id.parse::<u64>()
                && !self.known.iter().any(|known| known == id)
            {
                self.known.push(id.to_owned());
                self.next = self.next.max(number + 1);
            }
        }
        self
    }

    pub(super) fn identified(&mut self, mut line: Object) -> Value {
        let place =
            text(&line, "Id").and_then(|id| self.known.iter().position(|known| known == id));
        // An id that comes twice belongs to its first line.
        if let Some(place) = place {
            self.known.swap_remove(place);
        } else {
            set(&mut line, "Id", self.next.to_string());
            self.next += 1;
        }
        Value::Object(line)
    }
}
