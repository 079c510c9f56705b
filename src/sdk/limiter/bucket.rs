//! A token bucket: so many calls a second, and so many at once after a pause.
//! It must not know whose calls they are.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::oneshot;
use tokio::time::{Instant, sleep};

use super::line::{Line, Turn};

/// How long an idle bucket may take to notice that nobody waits any more.
const LONGEST_SLEEP: Duration = Duration::from_mins(1);
/// What timers can tell apart.
const SHORTEST_SLEEP: Duration = Duration::from_millis(1);
/// A token is whole but for what sums of fractions lose.
const WHOLE: f64 = 1.0 - 1e-9;

/// Tokens that come at a steady rate, up to a number. Those who wait get them in the order in which they came, whether
/// they are polled or not.
pub(super) struct Bucket {
    /// Tokens a second.
    rate: f64,
    size: f64,
    state: Mutex<State>,
}

struct State {
    tokens: f64,
    /// When there were so many.
    at: Instant,
    line: Line<(), Token>,
    /// True while a task hands out tokens as they come.
    filling: bool,
}

/// Leave for one call. Given back when it is dropped and was not [spent](Token::spend).
pub(super) struct Token(Option<Arc<Bucket>>);

impl Token {
    /// The call starts now.
    pub(super) fn spend(mut self) {
        self.0 = None;
    }
}

impl Drop for Token {
    fn drop(&mut self) {
        if let Some(bucket) = self.0.take() {
            bucket.give_back();
        }
    }
}

impl Bucket {
    /// A full bucket; both numbers are greater than zero.
    pub(super) fn new(rate: f32, size: i64) -> Arc<Self> {
        #[expect(clippy::cast_precision_loss, reason = "who counts beyond 2^53 has no limit")]
        let size = size as f64;
        let state = State { tokens: size, at: Instant::now(), line: Line::new(), filling: false };
        Arc::new(Self { rate: f64::from(rate), size, state: Mutex::new(state) })
    }

    /// A token, if there is one and nobody waits for it.
    pub(super) fn try_take(self: &Arc<Self>) -> Option<Token> {
        self.try_take_of(&mut self.state())
    }

    /// A token, when it is there.
    pub(super) async fn take(self: &Arc<Self>) -> Token {
        loop {
            let waiting = {
                let mut state = self.state();
                if let Some(token) = self.try_take_of(&mut state) {
                    return token;
                }
                let waiting = state.line.join(());
                if !std::mem::replace(&mut state.filling, true) {
                    tokio::spawn(fill(Arc::clone(self)));
                }
                waiting
            };
            if let Ok(token) = waiting.await {
                return token;
            }
        }
    }

    fn try_take_of(self: &Arc<Self>, state: &mut State) -> Option<Token> {
        if !state.line.is_empty() {
            return None;
        }
        self.refill(state);
        if state.tokens < WHOLE {
            return None;
        }
        state.tokens -= 1.0;
        Some(Token(Some(Arc::clone(self))))
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Adds what has come since. Only what nobody waits for can overflow: timers are coarser than high rates.
    fn refill(&self, state: &mut State) {
        let now = Instant::now();
        state.tokens += now.saturating_duration_since(state.at).as_secs_f64() * self.rate;
        state.at = now;
        if state.line.is_empty() {
            state.tokens = state.tokens.min(self.size);
        }
    }

    /// The next of those who wait and can be given a token, and how long until there are more; none if nobody waits.
    fn next(&self) -> (Vec<((), oneshot::Sender<Token>)>, Option<Duration>) {
        let mut state = self.state();
        self.refill(&mut state);
        let State { tokens, line, .. } = &mut *state;
        let called = line.call(|()| {
            if *tokens < WHOLE {
                return Turn::Stop;
            }
            *tokens -= 1.0;
            Turn::Call
        });
        if line.is_empty() {
            *tokens = tokens.min(self.size);
            state.filling = false;
            return (called, None);
        }
        let wait = Duration::try_from_secs_f64((1.0 - *tokens) / self.rate);
        (called, Some(wait.unwrap_or(Duration::MAX).clamp(SHORTEST_SLEEP, LONGEST_SLEEP)))
    }

    /// Gives a token that was not used to the next in line, or to nobody.
    fn give_back(self: Arc<Self>) {
        let called = {
            let mut state = self.state();
            let mut given = false;
            let called = state.line.call(|()| {
                if std::mem::replace(&mut given, true) { Turn::Stop } else { Turn::Call }
            });
            if called.is_empty() {
                self.refill(&mut state);
                state.tokens = (state.tokens + 1.0).min(self.size);
            }
            called
        };
        self.hand_out(called);
    }

    /// Not under the lock: who left meanwhile gives the token back.
    fn hand_out(self: &Arc<Self>, called: Vec<((), oneshot::Sender<Token>)>) {
        for ((), waiting) in called {
            let _ = waiting.send(Token(Some(Arc::clone(self))));
        }
    }
}

/// Hands out tokens as they come, for as long as somebody waits.
async fn fill(bucket: Arc<Bucket>) {
    loop {
        let (called, wait) = bucket.next();
        bucket.hand_out(called);
        match wait {
            Some(wait) => sleep(wait).await,
            None => return,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use futures_util::FutureExt;
    use futures_util::future::join_all;
    use tokio::time::timeout;

    use super::*;

    /// When each of so many calls may start, in milliseconds from now, sorted.
    async fn starts(bucket: &Arc<Bucket>, calls: usize) -> Vec<u128> {
        let since = Instant::now();
        let call = async || {
            bucket.take().await.spend();
            since.elapsed().as_millis()
        };
        let mut starts = join_all((0..calls).map(|_| call())).await;
        starts.sort_unstable();
        starts
    }

    #[tokio::test(start_paused = true)]
    async fn a_full_bucket_is_a_burst_and_then_the_rate_holds() {
        let bucket = Bucket::new(10.0, 3);
        assert_eq!(starts(&bucket, 6).await, [0, 0, 0, 100, 200, 300]);
        // it does not fill beyond its size
        sleep(Duration::from_mins(1)).await;
        assert_eq!(starts(&bucket, 5).await, [0, 0, 0, 100, 200]);
    }

    #[tokio::test(start_paused = true)]
    async fn rates_beyond_what_timers_can_tell_apart_hold_too() {
        let bucket = Bucket::new(10_000.0, 1);
        let starts = starts(&bucket, 20_001).await;
        let last = *starts.last().unwrap();
        assert!((2000..=2002).contains(&last), "{last} ms");
        for window in starts.windows(102) {
            assert!(window[101] - window[0] >= 9, "102 calls within 9 ms");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn low_rates_wait_long() {
        let bucket = Bucket::new(0.125, 1);
        assert_eq!(starts(&bucket, 2).await, [0, 8000]);
        let slowest = Bucket::new(f32::MIN_POSITIVE, 1);
        assert_eq!(starts(&slowest, 1).await, [0]);
        assert!(timeout(Duration::from_hours(24), slowest.take()).await.is_err());
        let endless = Bucket::new(f32::MAX, i64::MAX);
        assert_eq!(starts(&endless, 1000).await, [0; 1000]);
    }

    #[tokio::test(start_paused = true)]
    async fn those_who_wait_come_in_order() {
        let bucket = Bucket::new(1.0, 1);
        bucket.take().await.spend();
        let order = Mutex::new(Vec::new());
        let call = |number: usize| {
            let (bucket, order) = (&bucket, &order);
            async move {
                sleep(Duration::from_millis(number as u64)).await;
                bucket.take().await.spend();
                order.lock().unwrap().push(number);
            }
        };
        join_all([4, 2, 0, 3, 1].map(call)).await;
        assert_eq!(*order.lock().unwrap(), [0, 1, 2, 3, 4]);
    }

    #[tokio::test(start_paused = true)]
    async fn who_leaves_holds_nobody_up() {
        let bucket = Bucket::new(1.0, 1);
        bucket.take().await.spend();
        let since = Instant::now();
        // three wait and leave; the fourth has the first token that comes
        let leave = Duration::from_millis(500);
        let mut left = Vec::new();
        for _ in 0..3 {
            left.push(Box::pin(timeout(leave, bucket.take())));
            assert!(left.last_mut().unwrap().now_or_never().is_none());
        }
        let stays = bucket.take();
        let (_, token) = tokio::join!(join_all(left), stays);
        assert_eq!(since.elapsed().as_millis(), 1000);
        drop(token);
        // a token that was not used serves the next
        assert_eq!(starts(&bucket, 2).await, [0, 1000]);
    }

    #[tokio::test(start_paused = true)]
    async fn a_token_given_to_one_who_left_goes_to_the_next() {
        let bucket = Bucket::new(1.0, 1);
        let held = bucket.take().await;
        let (mut first, second) = (Box::pin(bucket.take()), bucket.take());
        assert!((&mut first).now_or_never().is_none());
        let since = Instant::now();
        let ((), token) = tokio::join!(
            async {
                sleep(Duration::from_millis(1)).await;
                drop(held); // now it is the first one's
                drop(first);
            },
            second
        );
        assert_eq!(since.elapsed().as_millis(), 1);
        token.spend();
        assert!(bucket.try_take().is_none());
    }

    #[tokio::test(start_paused = true)]
    async fn who_is_not_polled_holds_nobody_up() {
        let bucket = Bucket::new(1.0, 1);
        bucket.take().await.spend();
        let mut asleep = Box::pin(bucket.take());
        assert!((&mut asleep).now_or_never().is_none());
        assert_eq!(starts(&bucket, 2).await, [2000, 3000]);
        assert!(asleep.now_or_never().is_some(), "its token was kept");
    }
}
