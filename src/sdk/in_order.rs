//! Runs what a stream gives, some of it at once, and hands out the results in the stream's order.
//! It must not know what the results are.

use std::collections::VecDeque;
use std::future::poll_fn;
use std::pin::Pin;
use std::task::{Context, Poll};

use futures_util::stream::{Fuse, FuturesUnordered};
use futures_util::{Stream, StreamExt};

/// Like `buffered`, but what runs can be driven on while nobody takes a result ([`InOrder::drive`]): it may hold what
/// others wait for.
pub(super) struct InOrder<S: Stream<Item: Future>> {
    stream: Fuse<S>,
    running: FuturesUnordered<Numbered<S::Item>>,
    /// The results not handed out, the first of them of number `first`; none yet where it still runs.
    results: VecDeque<Option<<S::Item as Future>::Output>>,
    first: usize,
    at_once: usize,
}

/// A future, and its place in the stream.
struct Numbered<F>(usize, Pin<Box<F>>);

impl<F: Future> Future for Numbered<F> {
    type Output = (usize, F::Output);

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let number = self.0;
        self.1.as_mut().poll(context).map(|output| (number, output))
    }
}

impl<S: Stream<Item: Future> + Unpin> InOrder<S> {
    /// Runs at most `at_once`, those counted that are done and not taken.
    pub(super) fn new(stream: S, at_once: usize) -> Self {
        Self {
            stream: stream.fuse(),
            running: FuturesUnordered::new(),
            results: VecDeque::new(),
            first: 0,
            at_once: at_once.max(1),
        }
    }

    /// The next result, or none if the stream has ended. Nothing is lost if the future is dropped.
    pub(super) async fn next(&mut self) -> Option<<S::Item as Future>::Output> {
        poll_fn(|context| self.poll_result(context)).await
    }

    /// Lets what was started run on, starts nothing, and never ends.
    pub(super) async fn drive(&mut self) {
        poll_fn(|context| {
            while let Poll::Ready(Some(result)) = self.running.poll_next_unpin(context) {
                self.keep(result);
            }
            Poll::<()>::Pending
        })
        .await;
    }

    fn keep(&mut self, (number, result): (usize, <S::Item as Future>::Output)) {
        self.results[number - self.first] = Some(result);
    }

    fn poll_result(
        &mut self,
        context: &mut Context<'_>,
    ) -> Poll<Option<<S::Item as Future>::Output>> {
        loop {
            if let Some(Some(_)) = self.results.front() {
                self.first += 1;
                return Poll::Ready(self.results.pop_front().flatten());
            }
            if self.results.len() < self.at_once
                && let Poll::Ready(Some(future)) = self.stream.poll_next_unpin(context)
            {
                let mut future = Box::pin(future);
                // much that is run waits for nothing
                let result = match future.as_mut().poll(context) {
                    Poll::Ready(result) => Some(result),
                    Poll::Pending => {
                        let number = self.first + self.results.len();
                        self.running.push(Numbered(number, future));
                        None
                    }
                };
                self.results.push_back(result);
                continue;
            }
            match self.running.poll_next_unpin(context) {
                Poll::Ready(Some(result)) => self.keep(result),
                Poll::Ready(None) if self.stream.is_done() => return Poll::Ready(None),
                Poll::Ready(None) | Poll::Pending => return Poll::Pending,
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;
    use std::time::Duration;

    use futures_util::stream;
    use tokio::time::{sleep, timeout};

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn results_come_in_order_and_no_more_run_than_allowed() {
        let (running, most) = (Cell::new(0), Cell::new(0));
        let futures = stream::iter(0..50_u64).map(|number| {
            let (running, most) = (&running, &most);
            async move {
                running.set(running.get() + 1);
                most.set(most.get().max(running.get()));
                sleep(Duration::from_millis(number * 7 % 5)).await;
                running.set(running.get() - 1);
                number
            }
        });
        let mut results = InOrder::new(futures, 4);
        for number in 0..50 {
            assert_eq!(results.next().await, Some(number));
        }
        assert_eq!(results.next().await, None);
        assert_eq!((most.get(), running.get()), (4, 0));
    }

    #[tokio::test(start_paused = true)]
    async fn what_was_started_ends_though_nobody_takes_it() {
        let ended = Cell::new(0);
        let futures = stream::iter(0..10).map(|number| {
            let ended = &ended;
            async move {
                sleep(Duration::from_millis(10)).await;
                ended.set(ended.get() + 1);
                number
            }
        });
        let mut results = InOrder::new(futures, 3);
        assert_eq!(results.next().await, Some(0));
        assert!(timeout(Duration::from_secs(1), results.drive()).await.is_err());
        assert_eq!(ended.get(), 3, "nothing new was started");
        assert_eq!(results.next().await, Some(1));
    }
}
