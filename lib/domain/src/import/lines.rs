//! Cutting a file into lines, whatever pieces it comes in.

use super::Place;

/// Bytes of a line: a record takes no more when it is sent by itself.
pub const LINE_BYTES_AT_MOST: usize = 64 * 1024;

/// A byte order mark, which some programs write at the start of a file.
const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

/// One line of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// Behind it and its end. Its number is the number of lines before that, from 1.
    pub end: Place,
    /// What it says, without its end.
    pub text: Result<String, Fault>,
}

/// Why a line cannot be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// It is no UTF-8.
    NotText,
    /// It has more than [`LINE_BYTES_AT_MOST`].
    TooLong,
}

impl Line {
    /// Its number, from 1.
    pub fn number(&self) -> u64 {
        self.end.line
    }
}

/// Cuts pieces of a file, in order, into lines.
#[derive(Debug)]
pub struct Cutter {
    at: Place,
    /// The line that has begun and not ended, unless it is too long.
    begun: Vec<u8>,
    length: u64,
    is_first: bool,
}

impl Cutter {
    /// Begins at a place between two lines.
    pub fn at(place: Place) -> Self {
        Self { at: place, begun: Vec::new(), length: 0, is_first: place.offset == 0 }
    }

    /// The lines that end in this piece.
    pub fn cut(&mut self, piece: &[u8]) -> Vec<Line> {
        let mut lines = Vec::new();
        let mut rest = piece;
        while let Some(length) = rest.iter().position(|byte| *byte == b'\n') {
            self.take(&rest[..length]);
            lines.push(self.line(1));
            rest = &rest[length + 1..];
        }
        self.take(rest);
        lines
    }

    /// The last line, if nothing ends it but the file.
    pub fn end(&mut self) -> Option<Line> {
        (self.length > 0).then(|| self.line(0))
    }

    fn take(&mut self, bytes: &[u8]) {
        self.length += bytes.len() as u64;
        // What is too long is not kept; its end is looked for all the same.
        let room =
            (LINE_BYTES_AT_MOST + BYTE_ORDER_MARK.len() + 2).saturating_sub(self.begun.len());
        self.begun.extend_from_slice(&bytes[..bytes.len().min(room)]);
    }

    fn line(&mut self, end: u64) -> Line {
        self.at.offset += self.length + end;
        self.at.line += 1;
        let mut bytes = std::mem::take(&mut self.begun);
        if std::mem::take(&mut self.is_first) && bytes.starts_with(BYTE_ORDER_MARK) {
            bytes.drain(..BYTE_ORDER_MARK.len());
        }
        let is_whole = std::mem::take(&mut self.length) <= LINE_BYTES_AT_MOST as u64 + 4;
        if is_whole && bytes.last() == Some(&b'\r') {
            bytes.pop();
        }
        let text = if bytes.len() > LINE_BYTES_AT_MOST {
            Err(Fault::TooLong)
        } else {
            String::from_utf8(bytes).map_err(|_| Fault::NotText)
        };
        Line { end: self.at, text }
    }
}
