//! A document that a bookkeeper changed as well: what was last written, what QuickBooks says now and what the record
//! wants are compared part by part.

use crate::ledger::{Document, Image, Merge, Object, Part};
use crate::name::Change;
use crate::posting::Decision;
use crate::reason::{Difference, Failure};
use crate::settings::Overwrite;

use super::{Active, Facts, Found, Planned};

/// What becomes of a part that says something else in QuickBooks than when it was written.
enum Fate {
    Kept,
    Overwritten,
    Disputed,
}

/// How `wanted` is written over `object`. Only what changed is sent, so what others changed elsewhere stays.
pub(super) fn merge(
    object: &Object,
    wanted: &Document,
    facts: &Facts,
    active: Active<'_>,
) -> Result<Merge, Planned> {
    // What an older version wrote is written over as a whole, as that version did.
    let Some(trace) = &object.trace else { return Ok(Merge::default()) };
    let found = facts.found.get(&object.id);
    if found.is_none() && !trace.covers(&object.sync_token) {
        return Err(Planned::Read(Box::new(object.clone())));
    }
    let image = wanted.image();
    let mut merge = Merge::default();
    let mut differences = Vec::new();
    for part in image.determined() {
        let edited = found.filter(|found| trace.was_edited(part, &found.says));
        // What was kept and is as it was before has been given up: the record's version is due.
        let is_due = edited.is_none() && trace.was_kept(part);
        let is_changed = is_due || trace.is_changed(part, &image);
        match edited.filter(|found| found.says.text(part) != image.text(part)) {
            None if is_changed => {}
            None => {
                merge.unsent.insert(part);
            }
            Some(found) => match fate(is_changed, found, facts, active) {
                Fate::Kept => {
                    merge.unsent.insert(part);
                    merge.kept.insert(part);
                    merge.edits.push(kept(object, part, &image, &found.says));
                }
                Fate::Overwritten => {
                    merge.edits.push(overwritten(object, part, &image, &found.says));
                }
                Fate::Disputed => differences.push(Difference {
                    field: part.as_str().into(),
                    record: text(&image, part),
                    quickbooks: text(&found.says, part),
                }),
            },
        }
    }
    if differences.is_empty() {
        return Ok(merge);
    }
    Err(Planned::Fail(Failure::edited_in_quickbooks(object, differences)))
}

fn fate(is_changed: bool, found: &Found, facts: &Facts, active: Active<'_>) -> Fate {
    let rule = active.setup.configuration.overwrite();
    let is_newer = || match (facts.record_at, found.changed_at) {
        (Some(record), Some(edit)) => record > edit,
        _ => false,
    };
    match (facts.wish.decides, rule) {
        (Some(Decision::Overwrite), _) | (None, Overwrite::Always) => Fate::Overwritten,
        (Some(Decision::Keep), _) => Fate::Kept,
        (None, _) if !is_changed => Fate::Kept,
        (None, Overwrite::MostRecent) if is_newer() => Fate::Overwritten,
        (None, Overwrite::MostRecent) => Fate::Kept,
        (None, Overwrite::Never) => Fate::Disputed,
    }
}

fn kept(object: &Object, part: Part, record: &Image, quickbooks: &Image) -> Change {
    Change {
        path: format!("{}.{}", object.kind.as_str(), part.as_str()),
        from: text(record, part),
        to: text(quickbooks, part),
        why: format!("the {} was changed in QuickBooks, and that was kept", part.label()),
    }
}

fn overwritten(object: &Object, part: Part, record: &Image, quickbooks: &Image) -> Change {
    Change {
        path: format!("{}.{}", object.kind.as_str(), part.as_str()),
        from: text(quickbooks, part),
        to: text(record, part),
        why: format!("the {} was changed in QuickBooks, and that was overwritten", part.label()),
    }
}

/// What a part says, short enough for an answer.
fn text(image: &Image, part: Part) -> String {
    const MOST: usize = 500;
    let text = image.text(part).unwrap_or_default();
    if text.chars().count() <= MOST {
        return text.to_owned();
    }
    text.chars().take(MOST - 1).chain(['…']).collect()
}
