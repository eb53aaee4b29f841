//! Replays a corpus: every crate's ordinary tests put its properties to all inputs that are kept here.

use std::fs;
use std::path::Path;

/// Fewer inputs mean that the corpus was not found.
const LEAST: usize = 8;

/// Puts a property to all inputs of a target, whole and cut short.
pub(crate) fn replay(target: &str, property: fn(&[u8])) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/fuzz/corpus").join(target);
    let mut count = 0;
    for entry in fs::read_dir(&folder).unwrap_or_else(|error| panic!("{target}: {error}")) {
        let path = entry.unwrap().path();
        let input = fs::read(&path).unwrap();
        for end in [input.len(), input.len() / 2, input.len().saturating_sub(1)] {
            let outcome = std::panic::catch_unwind(|| property(&input[..end]));
            assert!(outcome.is_ok(), "the first {end} bytes of {}", path.display());
        }
        count += 1;
    }
    assert!(count >= LEAST, "only {count} inputs in {}", folder.display());
}
