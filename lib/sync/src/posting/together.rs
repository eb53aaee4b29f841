//! Several postings of one tenant worked on side by side in one invocation, so that what they write goes out together.

use std::collections::VecDeque;
use std::pin::pin;
use std::rc::Rc;

use domain::posting::PostingKey;
use domain::record::RecordKind;
use futures_util::StreamExt;
use futures_util::future::{LocalBoxFuture, join_all};
use futures_util::stream::FuturesUnordered;

use super::meeting::Meeting;

/// Does several things of one tenant side by side on this thread. The postings among them are written together.
pub async fn side_by_side<F: Future>(work: impl IntoIterator<Item = F>) -> Vec<F::Output> {
    let mut work: Vec<F> = work.into_iter().collect();
    if work.len() == 1 {
        return join_all(work.drain(..)).await;
    }
    let meeting = Rc::new(Meeting::default());
    let seats: Vec<_> = work.iter().map(|_| meeting.seat()).collect();
    join_all(seats.into_iter().zip(work).map(|(seat, work)| seat.around(work))).await
}

/// Works on ever more things of one tenant at once, as an import does. What they write goes out together, thirty at a time,
/// while others are still being looked at.
pub(crate) struct Stream<'a, T> {
    meeting: Rc<Meeting>,
    running: FuturesUnordered<LocalBoxFuture<'a, T>>,
    ended: VecDeque<T>,
}

impl<'a, T: 'a> Stream<'a, T> {
    pub(crate) fn new() -> Self {
        let meeting = Rc::new(Meeting::of_a_stream());
        Self { meeting, running: FuturesUnordered::new(), ended: VecDeque::new() }
    }

    /// Begins with something. It gets on whenever somebody waits for this stream.
    pub(crate) fn begin(&mut self, work: impl Future<Output = T> + 'a) {
        self.running.push(Box::pin(self.meeting.seat().around(work)));
    }

    /// How many things are not at their end.
    pub(crate) fn running(&self) -> usize {
        self.running.len()
    }

    /// Something that came to its end; nothing when all have.
    pub(crate) async fn next(&mut self) -> Option<T> {
        match self.ended.pop_front() {
            Some(ended) => Some(ended),
            None if self.running.is_empty() => None,
            None => self.running.next().await,
        }
    }

    /// Does something else while the work goes on.
    pub(crate) async fn meanwhile<O>(&mut self, other: impl Future<Output = O>) -> O {
        let mut other = pin!(other);
        loop {
            tokio::select! {
                output = &mut other => return output,
                Some(ended) = self.running.next(), if !self.running.is_empty() => {
                    self.ended.push_back(ended);
                }
            }
        }
    }
}

/// Whether a posting of this kind may need another record's to be posted first.
pub(crate) fn is_dependent(key: &PostingKey) -> bool {
    match key.record {
        RecordKind::Payment => true,
        RecordKind::Bill | RecordKind::Disbursement => false,
    }
}
