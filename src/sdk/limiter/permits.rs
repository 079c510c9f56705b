//! How many calls may be under way at once, of several semaphores taken together.
//! It must not know whose calls they are.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::line::{Line, Turn};

/// The semaphores of all limiters, each known by its number. A call gets a permit of each that it needs or none at all,
/// so that nobody holds one while waiting for another. Those who wait come in order; one that needs several may be
/// overtaken by those that need others.
pub(super) struct Permits {
    state: Mutex<State>,
}

struct State {
    /// Of each semaphore, how many more calls may start.
    free: Vec<u64>,
    line: Line<Arc<[usize]>, Held>,
}

/// A permit of each semaphore that a call needs, until it is dropped.
#[must_use]
pub(super) struct Held(Option<(Arc<Permits>, Arc<[usize]>)>);

impl Held {
    /// For a call that needs no permit.
    pub(super) fn nothing() -> Self {
        Self(None)
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        if let Some((permits, needs)) = self.0.take() {
            permits.give_back(&needs);
        }
    }
}

impl Permits {
    pub(super) fn new() -> Arc<Self> {
        Arc::new(Self { state: Mutex::new(State { free: Vec::new(), line: Line::new() }) })
    }

    /// A new semaphore of so many permits; its number.
    pub(super) fn add(&self, count: u64) -> usize {
        let mut state = self.state();
        state.free.push(count);
        state.free.len() - 1
    }

    /// A permit of each, if they can be had at once.
    pub(super) fn try_take(self: &Arc<Self>, needs: &Arc<[usize]>) -> Option<Held> {
        self.state().take(needs).then(|| self.held(needs))
    }

    /// A permit of each, when they can be had.
    pub(super) async fn take(self: &Arc<Self>, needs: &Arc<[usize]>) -> Held {
        loop {
            let waiting = {
                let mut state = self.state();
                if state.take(needs) {
                    return self.held(needs);
                }
                state.line.join(Arc::clone(needs))
            };
            if let Ok(held) = waiting.await {
                return held;
            }
        }
    }

    fn held(self: &Arc<Self>, needs: &Arc<[usize]>) -> Held {
        Held(Some((Arc::clone(self), Arc::clone(needs))))
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn give_back(self: &Arc<Self>, needs: &[usize]) {
        let called = {
            let mut state = self.state();
            let State { free, line } = &mut *state;
            for &need in needs {
                free[need] += 1;
            }
            line.call(|wanted| {
                if needs.iter().all(|&need| free[need] == 0) {
                    Turn::Stop
                } else if take(free, wanted) {
                    Turn::Call
                } else {
                    Turn::Skip
                }
            })
        };
        // not under the lock: who left meanwhile gives them back
        for (needs, waiting) in called {
            let _ = waiting.send(self.held(&needs));
        }
    }
}

impl State {
    /// Takes one of each, or none. Who waits lacks another semaphore, so nobody is overtaken who could start.
    fn take(&mut self, needs: &[usize]) -> bool {
        take(&mut self.free, needs)
    }
}

fn take(free: &mut [u64], needs: &[usize]) -> bool {
    let there = needs.iter().all(|&need| free[need] > 0);
    if there {
        for &need in needs {
            free[need] -= 1;
        }
    }
    there
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt;

    use super::*;

    /// Semaphores of these sizes.
    fn permits(counts: &[u64]) -> Arc<Permits> {
        let permits = Permits::new();
        for &count in counts {
            permits.add(count);
        }
        permits
    }

    fn needs(needs: &[usize]) -> Arc<[usize]> {
        needs.into()
    }

    #[test]
    fn all_are_taken_or_none() {
        let permits = permits(&[1, 2]);
        let (first, second, both) = (needs(&[0]), needs(&[1]), needs(&[0, 1]));
        let held = permits.try_take(&first).unwrap();
        assert!(permits.try_take(&both).is_none());
        let mut waiting = Box::pin(permits.take(&both));
        assert!((&mut waiting).now_or_never().is_none());
        // who waits for both holds neither
        let others = [permits.try_take(&second).unwrap(), permits.try_take(&second).unwrap()];
        drop(held);
        assert!((&mut waiting).now_or_never().is_none());
        drop(others);
        let held = waiting.now_or_never().unwrap();
        assert!(permits.try_take(&first).is_none());
        drop(held);
        assert!(permits.try_take(&both).is_some());
    }

    #[test]
    fn those_who_wait_come_in_order_and_who_leaves_is_passed_over() {
        let permits = permits(&[1]);
        let needs = needs(&[0]);
        let held = permits.try_take(&needs).unwrap();
        let mut waiting: Vec<_> = (0..4).map(|_| Box::pin(permits.take(&needs))).collect();
        for one in &mut waiting {
            assert!(one.now_or_never().is_none());
        }
        drop(waiting.remove(0)); // leaves while waiting
        drop(held);
        drop(waiting.remove(0)); // leaves with a permit that it never saw
        let held = waiting.remove(0).now_or_never().unwrap();
        assert!((&mut waiting[0]).now_or_never().is_none());
        drop(held);
        assert!(waiting.remove(0).now_or_never().is_some());
        assert!(permits.try_take(&needs).is_some());
    }

    #[test]
    fn who_has_left_takes_no_room() {
        let permits = permits(&[1]);
        let needs = needs(&[0]);
        let _held = permits.try_take(&needs).unwrap();
        for _ in 0..10_000 {
            assert!(permits.take(&needs).now_or_never().is_none());
        }
        assert!(permits.state().line.length() <= 128);
    }
}
