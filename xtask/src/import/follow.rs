//! Shows how an import is getting on until it rests: a bar at a terminal, now and then a line anywhere else.

use std::{
    io::IsTerminal,
    time::{Duration, Instant},
};

use indicatif::{ProgressBar, ProgressStyle};

use super::{
    client::{Client, Import},
    summary::grouped,
};
use crate::process::{Interrupted, wait_until};

/// Between two looks.
const LOOK: Duration = Duration::from_secs(1);
/// Between two lines where there is no bar.
const LINE: Duration = Duration::from_secs(10);

/// Looks until the import rests; `None` when the person at the keyboard has seen enough.
pub(super) fn until_it_rests(client: &Client, id: &str) -> anyhow::Result<Option<Import>> {
    let mut screen = Screen::new("validating");
    loop {
        let looked = client.import(id).and_then(|import| {
            screen.show(&import);
            if !rests(&import) {
                wait_until(LOOK, || Ok(false))?;
            }
            Ok(import)
        });
        match looked {
            Ok(import) if rests(&import) => {
                screen.clear();
                return Ok(Some(import));
            }
            Ok(_) => {}
            Err(error) => {
                screen.clear();
                return if error.is::<Interrupted>() { Ok(None) } else { Err(error) };
            }
        }
    }
}

/// Whether nothing more happens unless somebody does something.
fn rests(import: &Import) -> bool {
    !matches!(import.state.as_str(), "validating" | "importing")
}

/// Where progress is shown.
pub(super) struct Screen {
    bar: Option<ProgressBar>,
    phase: String,
    last: Option<Instant>,
}

impl Screen {
    pub(super) fn new(phase: &str) -> Self {
        let bar = std::io::stderr().is_terminal().then(ProgressBar::no_length);
        Self { bar, phase: phase.to_owned(), last: None }
    }

    /// The file on its way.
    pub(super) fn sent(&mut self, sent: u64, all: u64) {
        let text = format!("{} of {} KiB", grouped(sent / 1024), grouped(all / 1024));
        self.draw("uploading", sent, all, &text, &text);
    }

    fn show(&mut self, import: &Import) {
        let phase =
            import.progress.as_ref().map_or(import.state.as_str(), |progress| &progress.phase);
        let counts = counts(import);
        let records = &import.records;
        let line = if phase == "validating" {
            counts.clone()
        } else {
            format!("{} of {} · {counts}", grouped(records.done), grouped(records.total))
        };
        self.draw(phase, records.done, records.total, &counts, &line);
    }

    /// `all` is zero while nobody knows it.
    fn draw(&mut self, phase: &str, done: u64, all: u64, beside_bar: &str, line: &str) {
        if let Some(bar) = &self.bar {
            bar.set_style(style(all > 0));
            if all > 0 {
                bar.set_length(all);
            }
            bar.set_position(done);
            bar.set_prefix(phase.to_owned());
            bar.set_message(beside_bar.to_owned());
            bar.tick();
            return;
        }
        let is_due = self.last.is_none_or(|last| last.elapsed() >= LINE);
        if is_due || self.phase != phase {
            println!("{phase:<10}  {line}");
            self.last = Some(Instant::now());
            phase.clone_into(&mut self.phase);
        }
    }

    pub(super) fn clear(&self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }
}

fn style(has_end: bool) -> ProgressStyle {
    let template = if has_end {
        "{prefix:<10} {wide_bar:.cyan/dim} {human_pos} of {human_len}\n           {msg}"
    } else {
        "{prefix:<10} {spinner} {msg}"
    };
    ProgressStyle::with_template(template).expect("the template is a constant")
}

/// What has become of the records so far, how fast it is, and how long it will take.
fn counts(import: &Import) -> String {
    let records = &import.records;
    let waiting = records.queued + records.blocked + records.held;
    let mut words = Vec::new();
    if import.state == "validating" {
        words.push(format!("{} lines read", grouped(import.lines.read)));
    } else {
        words.push(format!("{} posted", grouped(records.posted)));
        for (count, name) in [
            (records.unchanged, "unchanged"),
            (waiting, "waiting"),
            (records.rejected, "rejected"),
            (records.skipped, "skipped"),
        ] {
            if count > 0 {
                words.push(format!("{} {name}", grouped(count)));
            }
        }
    }
    if import.lines.bad > 0 {
        words.push(format!("{} bad lines", grouped(import.lines.bad)));
    }
    if let Some(progress) = &import.progress {
        let rate = progress.per_minute.filter(|rate| *rate > 0);
        words.extend(rate.map(|rate| format!("{} a minute", grouped(rate))));
        words.extend(progress.seconds_left.map(|seconds| format!("{} left", left(seconds))));
    }
    words.join(" · ")
}

/// `2:05:30`, `16:40`, `0:05`
fn left(seconds: u64) -> String {
    let (hours, minutes, seconds) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
    if hours > 0 {
        format!("{hours}:{minutes:02}:{seconds:02}")
    } else {
        format!("{minutes}:{seconds:02}")
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn time_left_reads_like_a_clock() {
        for (seconds, expected) in [(5, "0:05"), (1000, "16:40"), (7530, "2:05:30")] {
            assert_eq!(left(seconds), expected);
        }
    }

    #[test]
    fn progress_is_told_in_one_line() {
        let import = |state: &str, progress: serde_json::Value| -> Import {
            serde_json::from_value(json!({
                "id": "i", "state": state, "lines": {"read": 4000, "good": 3998, "bad": 2},
                "records": {"total": 3998, "done": 1250, "posted": 1200, "queued": 40, "blocked": 6, "rejected": 4},
                "progress": progress,
            }))
            .unwrap()
        };
        let validating = json!({"phase": "validating", "per_minute": 0, "seconds_left": null});
        let importing = json!({"phase": "documents", "per_minute": 1180, "seconds_left": 140});
        for (import, expected) in [
            (import("validating", validating), "4,000 lines read · 2 bad lines"),
            (
                import("importing", importing),
                "1,200 posted · 46 waiting · 4 rejected · 2 bad lines · 1,180 a minute · 2:20 left",
            ),
        ] {
            assert_eq!(counts(&import), expected);
        }
    }

    #[test]
    fn what_is_being_worked_on_does_not_rest() {
        for (state, expected) in [
            ("validating", false),
            ("importing", false),
            ("awaiting_file", true),
            ("paused", true),
            ("done", true),
            ("cancelled", true),
            ("failed", true),
        ] {
            let import: Import =
                serde_json::from_value(json!({"id": "i", "state": state})).unwrap();
            assert_eq!(rests(&import), expected, "{state}");
        }
    }
}
