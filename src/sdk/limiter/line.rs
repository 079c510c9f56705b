//! A line of those who wait for something, in the order in which they came.
//! It must not know what they wait for.

use std::collections::VecDeque;

use tokio::sync::oneshot;

/// Waits with a need `N` for a `G`. Whoever stops waiting drops the receiver, and is passed over.
#[derive(Debug)]
pub(super) struct Line<N, G> {
    waiting: VecDeque<(N, oneshot::Sender<G>)>,
    /// How long the line may be before those who have left are looked for.
    sweep_at: usize,
}

/// How long a line is never swept.
const SHORT: usize = 64;

/// What is to be done about the next in line.
pub(super) enum Turn {
    /// It is its turn.
    Call,
    /// Not yet; those behind it may come first.
    Skip,
    /// There is nothing left for anyone.
    Stop,
}

impl<N, G> Line<N, G> {
    pub(super) fn new() -> Self {
        Self { waiting: VecDeque::new(), sweep_at: SHORT }
    }

    /// Goes to the end of the line.
    pub(super) fn join(&mut self, need: N) -> oneshot::Receiver<G> {
        if self.waiting.len() >= self.sweep_at {
            self.waiting.retain(|(_, sender)| !sender.is_closed());
            self.sweep_at = SHORT.max(self.waiting.len() * 2);
        }
        let (sender, receiver) = oneshot::channel();
        self.waiting.push_back((need, sender));
        receiver
    }

    /// True if nobody waits.
    pub(super) fn is_empty(&mut self) -> bool {
        while self.waiting.front().is_some_and(|(_, sender)| sender.is_closed()) {
            self.waiting.pop_front();
        }
        self.waiting.is_empty()
    }

    /// How many stand in it, those counted that have left unnoticed.
    #[cfg(test)]
    pub(super) fn length(&self) -> usize {
        self.waiting.len()
    }

    /// Takes those out whose turn it is, asking from the front.
    pub(super) fn call(
        &mut self,
        mut turn: impl FnMut(&N) -> Turn,
    ) -> Vec<(N, oneshot::Sender<G>)> {
        let mut called = Vec::new();
        let mut place = 0;
        while let Some((need, sender)) = self.waiting.get(place) {
            if sender.is_closed() {
                self.waiting.remove(place);
                continue;
            }
            match turn(need) {
                Turn::Call => called.extend(self.waiting.remove(place)),
                Turn::Skip => place += 1,
                Turn::Stop => break,
            }
        }
        called
    }
}
