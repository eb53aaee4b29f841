//! What an import came to, for people: how many records in which state, and what to do about each group.

use std::fmt::Write;

use super::client::{Import, Problem};

/// Bad lines that are shown; the API has the others.
pub(super) const SHOWN_PROBLEMS: usize = 20;

/// Whether nothing is bad or rejected, and the import came to its end.
pub(super) fn is_clean(import: &Import) -> bool {
    import.state == "done" && import.lines.bad == 0 && import.records.rejected == 0
}

/// The table, the first bad lines, and the verdict.
pub(super) fn text(import: &Import, problems: &[Problem]) -> String {
    let mut text = String::new();
    for (name, count, advice) in groups(import) {
        let advice = advice.replace("{id}", &import.id);
        let _ = writeln!(text, "  {:>9}  {name:<10} {advice}", grouped(count));
    }
    if !problems.is_empty() {
        text.push_str("\n  line       what is wrong\n");
        for problem in problems {
            let whose = [problem.kind.as_deref(), problem.id.as_deref()];
            let whose: Vec<&str> = whose.into_iter().flatten().collect();
            let whose =
                if whose.is_empty() { String::new() } else { format!("{}: ", whose.join(" ")) };
            let _ = writeln!(
                text,
                "  {:<9}  {whose}{} ({})",
                problem.line, problem.message, problem.code
            );
        }
        // How many refused records stand there nobody knows from counts.
        let more = import.lines.bad.saturating_sub(problems.len() as u64);
        if more > 0 || (problems.len() == SHOWN_PROBLEMS && import.records.rejected > 0) {
            let more =
                if more > 0 { format!("and {} more", grouped(more)) } else { "more".to_owned() };
            let _ = writeln!(text, "  {more}: GET …/imports/{}/problems", import.id);
        }
    }
    let _ = write!(text, "\n{}", verdict(import));
    text
}

/// Groups that have somebody in them, each with what to do about it.
fn groups(import: &Import) -> Vec<(&'static str, u64, &'static str)> {
    let records = &import.records;
    let all = [
        ("posted", records.posted, ""),
        (
            "unchanged",
            records.unchanged,
            "posted before with the same version and content; nothing was sent",
        ),
        ("queued", records.queued, "they wait for time and post themselves; nothing to do"),
        (
            "blocked",
            records.blocked,
            "they wait for a condition, and post when it is met: GET …/postings?state=blocked says which",
        ),
        (
            "held",
            records.held,
            "auto-sync is off for them: release them with POST …/postings/release",
        ),
        (
            "skipped",
            records.skipped,
            "a rule says no, such as the first day of the workflow: GET …/postings?state=skipped says which",
        ),
        (
            "rejected",
            records.rejected,
            "QuickBooks or a rule refused them: GET …/postings?state=rejected says why, unless it stands below; correct them, and send them with a higher version",
        ),
        (
            "bad lines",
            import.lines.bad,
            "not a record; nothing of them was stored: correct these lines and import the file again, the rest of it is unchanged then",
        ),
    ];
    all.into_iter().filter(|(name, count, _)| *count > 0 || *name == "posted").collect()
}

fn verdict(import: &Import) -> String {
    let why = import.reason.as_ref().map_or_else(String::new, |reason| {
        format!(": {} {}", reason.message, reason.remedy.as_deref().unwrap_or_default())
    });
    let records = &import.records;
    let verdict = match import.state.as_str() {
        "done" if records.total > 0 && records.unchanged == records.total => {
            "All of it was posted before, and unchanged: QuickBooks was not called.".to_owned()
        }
        "done" if is_clean(import) => format!("All {} records were taken.", grouped(records.total)),
        "done" => "The import is over, and something in it needs a person; see above.".to_owned(),
        "cancelled" => "The import was cancelled. What is in QuickBooks stays there.".to_owned(),
        state => format!("The import is {state}{why}"),
    };
    format!("{}\n", verdict.trim_end())
}

/// `20,000`
pub(super) fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn import(state: &str, bad: u64, records: serde_json::Value) -> Import {
        let import = json!({"id": "i-1", "state": state, "lines": {"read": 9, "bad": bad}, "records": records});
        serde_json::from_value(import).unwrap()
    }

    #[test]
    fn only_an_import_without_bad_or_rejected_records_is_clean() {
        for (state, bad, records, expected) in [
            ("done", 0, json!({"total": 5, "posted": 5}), true),
            ("done", 0, json!({"total": 5, "queued": 5}), true),
            ("done", 1, json!({"total": 5, "posted": 5}), false),
            ("done", 0, json!({"total": 5, "posted": 4, "rejected": 1}), false),
            ("cancelled", 0, json!({"total": 5, "posted": 1}), false),
            ("failed", 0, json!({}), false),
        ] {
            assert_eq!(
                is_clean(&import(state, bad, records.clone())),
                expected,
                "{state} {bad} {records}"
            );
        }
    }

    #[test]
    fn the_end_says_what_to_do_about_each_group() {
        let over =
            import("done", 2, json!({"total": 1200, "posted": 1190, "blocked": 4, "rejected": 6}));
        let problem: Problem = serde_json::from_value(json!({
            "line": 12, "kind": "bill", "id": "B-1", "code": "required", "message": "record.agent is missing.",
        }))
        .unwrap();
        let text = text(&over, &[problem]);
        for expected in [
            "1,190  posted",
            "4  blocked",
            "6  rejected",
            "2  bad lines",
            "12         bill B-1: record.agent is missing. (required)",
            "and 1 more: GET …/imports/i-1/problems",
            "something in it needs a person",
        ] {
            assert!(text.contains(expected), "{expected}\n{text}");
        }
        assert!(!text.contains("queued"), "{text}");
    }

    #[test]
    fn a_second_run_says_that_all_was_unchanged() {
        let again = import("done", 0, json!({"total": 5, "unchanged": 5}));
        assert!(text(&again, &[]).contains("unchanged: QuickBooks was not called"));
    }
}
