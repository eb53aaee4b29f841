//! Prints a story and keeps count of what is not as it should be.

use std::fmt::Display;

/// The narrator.
#[derive(Default)]
pub(crate) struct Teller {
    chapters: u32,
    right: u32,
    wrong: u32,
}

impl Teller {
    /// A new story.
    pub(crate) fn chapter(&mut self, title: &str) {
        self.chapters += 1;
        println!("\n── Story {}: {title}", self.chapters);
    }

    /// A new part of the story.
    pub(crate) fn step(&mut self, title: &str) {
        println!("\n{title}");
    }

    /// Something worth seeing.
    pub(crate) fn show(&self, what: &str, value: impl Display) {
        println!("    {what:<34} {value}");
    }

    /// Something that must be so.
    pub(crate) fn check<T: PartialEq + Display>(&mut self, what: &str, actual: T, expected: T) {
        if actual == expected {
            self.right += 1;
            println!("  ✓ {what:<34} {actual}");
        } else {
            self.wrong += 1;
            println!("  ✗ {what:<34} {actual}, expected {expected}");
        }
    }

    pub(crate) fn all_well(&self) -> bool {
        self.wrong == 0
    }

    /// The story in one line.
    pub(crate) fn verdict(&self) -> String {
        match self.wrong {
            0 => format!("✓ all {} checks as expected", self.right),
            wrong => format!("✗ {wrong} of {} checks differ", self.right + wrong),
        }
    }
}
