//! The lines that are worked on, in the order of the file: who is done later than those behind it holds the mark back.

use std::collections::VecDeque;

use super::Place;

/// The lines between the mark and the last one that was begun, each with what is known once it is done.
#[derive(Debug)]
pub struct Window<T> {
    /// Number of the first slot.
    first: u64,
    slots: VecDeque<Slot<T>>,
}

#[derive(Debug)]
struct Slot<T> {
    /// Behind the line.
    end: Place,
    done: Option<Option<T>>,
}

impl<T> Default for Window<T> {
    fn default() -> Self {
        Self { first: 0, slots: VecDeque::new() }
    }
}

impl<T> Window<T> {
    /// A line that is begun; names it.
    pub fn begin(&mut self, end: Place) -> u64 {
        self.slots.push_back(Slot { end, done: None });
        self.first + self.slots.len() as u64 - 1
    }

    /// A line that needs no work.
    pub fn pass(&mut self, end: Place) {
        match self.slots.back_mut() {
            // However many they are, they take no room.
            Some(Slot { end: last, done: Some(None) }) => *last = end,
            _ => self.slots.push_back(Slot { end, done: Some(None) }),
        }
    }

    /// A line is done.
    pub fn done(&mut self, line: u64, what: T) {
        let at = usize::try_from(line - self.first).expect("a line that was begun is in memory");
        self.slots[at].done = Some(Some(what));
    }

    /// Moves the mark as far as all lines before it are done, and tells what became of them.
    pub fn advance(&mut self, mark: &mut Place, mut count: impl FnMut(T)) {
        while self.slots.front().is_some_and(|slot| slot.done.is_some()) {
            let slot = self.slots.pop_front().expect("it was just seen");
            self.first += 1;
            *mark = slot.end;
            slot.done.flatten().into_iter().for_each(&mut count);
        }
    }
}
