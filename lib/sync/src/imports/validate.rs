//! The first pass: is every line good? Nothing is posted before that is known, and bad lines do not stop the good ones.

use domain::import::{
    Fault, LINE_BYTES_AT_MOST, LINES_AT_MOST, Line, PROBLEM_SCHEMA, PROBLEMS_KEPT, Problem,
};

use super::desk::{Desk, Stop};
use super::source::{Source, Unreadable};
use super::work::Ended;
use super::{BadLine, Line as GoodLine, ReadLine};

/// Looks at the lines behind the mark, as far as the invocation's time goes.
pub(super) async fn validate(desk: &mut Desk<'_>) -> Result<Ended, Stop> {
    let app = desk.app;
    let mut source = Source::behind_the_mark(app, desk.tenant, &desk.import);
    loop {
        let mut problems = Vec::new();
        while let Some(line) = source.next() {
            look_at(desk, &line, app.read_line, &mut problems);
            desk.import.mark = line.end;
            if desk.import.mark.line > LINES_AT_MOST {
                return Ok(Ended::TooManyLines);
            }
        }
        desk.keep(&problems).await?;
        if desk.is_due() {
            desk.note().await?;
        }
        if !source.is_dry() {
            return Ok(Ended::Pass);
        }
        if !app.has_time_for_a_call() {
            return Ok(Ended::OutOfTime);
        }
        match source.fill().await {
            Ok(()) => {}
            Err(Unreadable::Missing) => return Ok(Ended::FileMissing),
            Err(Unreadable::Replaced) => return Ok(Ended::FileReplaced),
            Err(Unreadable::Error(error)) => return Err(error.into()),
        }
    }
}

/// What a line says; nothing if it is empty.
pub(super) fn read(line: &Line, read: ReadLine) -> Option<Result<GoodLine, BadLine>> {
    let told = |code: &str, message: String| {
        Some(Err(BadLine { kind: None, id: None, code: code.to_owned(), message }))
    };
    match &line.text {
        Ok(text) if text.trim().is_empty() => None,
        Ok(text) => Some(read(text)),
        Err(Fault::NotText) => {
            told("not_text", "The line is not UTF-8. Write the file as UTF-8.".to_owned())
        }
        Err(Fault::TooLong) => {
            let most = LINE_BYTES_AT_MOST / 1024;
            let message = format!(
                "The line is longer than {most} KiB. Shorten descriptions, or split the record into several records."
            );
            told("line_too_long", message)
        }
    }
}

/// A bad line, as it is kept.
pub(super) fn problem(number: u64, bad: BadLine) -> Problem {
    let BadLine { kind, id, code, message } = bad;
    Problem { schema: PROBLEM_SCHEMA, line: number, kind, id, code, message }
}

fn look_at(desk: &mut Desk<'_>, line: &Line, reader: ReadLine, problems: &mut Vec<Problem>) {
    match read(line, reader) {
        None => {}
        Some(Ok(good)) => desk.import.lines.good(good.kind),
        Some(Err(bad)) => {
            desk.import.lines.bad();
            if desk.import.problems < PROBLEMS_KEPT {
                desk.import.problems += 1;
                problems.push(problem(line.number(), bad));
            }
        }
    }
}
