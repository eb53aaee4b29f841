//! Tab-separated seed rows.

/// One line of a seed file.
pub(super) struct Row {
    cells: Vec<&'static str>,
}

impl Row {
    /// A cell's text, empty when the line is shorter.
    pub(super) fn cell(&self, column: usize) -> &'static str {
        self.cells.get(column).copied().unwrap_or_default()
    }

    /// Whether a cell holds anything.
    pub(super) fn has(&self, column: usize) -> bool {
        !self.cell(column).is_empty()
    }
}

/// The rows of a file without its heading.
pub(super) fn rows(file: &'static str) -> impl Iterator<Item = Row> {
    file.lines()
        .filter(|line| !line.starts_with('#') && !line.is_empty())
        .map(|line| Row { cells: line.split('\t').collect() })
}
