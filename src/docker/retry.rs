//! Whether a request that failed is made again, and after which pause; and how long a reply may take.
//! It must not know HTTP: it is told what happened, and neither waits nor asks.

use std::hash::{BuildHasher, RandomState};
use std::time::Duration;

use tokio::time::Instant;

/// All attempts at one request, the first one counted.
const MOST_ATTEMPTS: u32 = 4;
/// The pauses before the second, third and fourth attempt, each a quarter more or less: together somewhat more than
/// the second or two that a daemon takes to start again.
const PAUSES: [Duration; 3] =
    [Duration::from_millis(100), Duration::from_millis(600), Duration::from_millis(1800)];

/// How long after its last reply an engine that cannot be reached is taken for one that is just restarted.
pub(super) const A_MOMENT: Duration = Duration::from_mins(1);

/// A reply whose body has begun may take so many times the time-out, and longer if its bytes come fast enough.
const GRACE: u32 = 2;
/// How many bytes earn a reply one second more.
const SLOWEST: f64 = 1024.0;
/// A request may take so many times the time-out at most, its repetitions included, however fast its bytes come.
const LONGEST: u32 = 10;

/// What went wrong with an attempt, as far as it matters here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Trouble {
    /// The connection was closed before a word of the reply: it may have been an old one.
    Lost,
    /// No connection could be opened: nothing listens there.
    Absent,
    /// No connection could be opened: there are too many for the moment.
    Busy,
    /// The connection broke in the middle of the reply.
    Cut,
    /// Something before the engine says that it does not get through.
    Gateway,
}

/// The attempts at one request.
pub(super) struct Attempts {
    since: Instant,
    made: u32,
    timeout: Duration,
    /// True if the engine would begin its work anew, and may refuse to as long as it has not finished the first.
    costly: bool,
}

impl Attempts {
    pub(super) fn new(timeout: Duration, costly: bool) -> Self {
        Self { since: Instant::now(), made: 0, timeout, costly }
    }

    /// After a failed attempt: how long to pause before the next one. `None` if there is to be none.
    ///
    /// Only a connection's failures lead here, never a reply that is whole; and as a reply is collected before it is
    /// looked at, nothing was made of the attempt before.
    pub(super) fn next(&mut self, trouble: Trouble, answered_lately: bool) -> Option<Duration> {
        let before = usize::try_from(self.made).unwrap_or(usize::MAX);
        self.made += 1;
        let sensible = match trouble {
            Trouble::Lost => !self.costly || self.made == 1,
            Trouble::Cut | Trouble::Gateway => !self.costly,
            Trouble::Absent => answered_lately,
            Trouble::Busy => true,
        };
        let pause = match trouble {
            Trouble::Lost if self.made == 1 => Duration::ZERO,
            _ => PAUSES.get(before)?.mul_f64(0.75 + chance() / 2.0),
        };
        let in_time = self.since.elapsed() + pause < self.timeout;
        (sensible && self.made < MOST_ATTEMPTS && in_time).then_some(pause)
    }

    /// For the body of the reply to the attempt under way, which begins now.
    pub(super) fn pace(&self) -> Pace {
        let since = Instant::now();
        Pace { since, timeout: self.timeout, end: self.since + self.timeout * LONGEST }
    }
}

/// How long the body of a reply may take.
pub(super) struct Pace {
    since: Instant,
    timeout: Duration,
    end: Instant,
}

impl Pace {
    /// How long to wait for the next bytes after so many; nothing if they came too slowly.
    pub(super) fn wait(&self, received: usize) -> Option<Duration> {
        #[expect(clippy::cast_precision_loss, reason = "no reply is that large")]
        let earned = Duration::from_secs_f64(received as f64 / SLOWEST);
        let until = (self.since + self.timeout * GRACE + earned).min(self.end);
        let left = until.saturating_duration_since(Instant::now());
        (!left.is_zero()).then(|| left.min(self.timeout))
    }

    /// True if so long a wait without a byte is silence, not slowness.
    pub(super) fn is_silence(&self, waited: Duration) -> bool {
        waited >= self.timeout
    }

    pub(super) fn elapsed(&self) -> Duration {
        self.since.elapsed()
    }
}

/// A number from 0 to 1 that differs from call to call and from process to process: the standard library seeds its
/// hash maps with one, which is good enough to keep calls that failed together from being made together again.
fn chance() -> f64 {
    let bits = u32::try_from(RandomState::new().hash_one(()) >> 32).unwrap_or_default();
    f64::from(bits) / f64::from(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    const TIMEOUT: Duration = Duration::from_mins(1);

    /// The pauses before the attempts after the first, in milliseconds.
    fn pauses(troubles: &[Trouble], lately: bool, costly: bool) -> Vec<u128> {
        let mut attempts = Attempts::new(TIMEOUT, costly);
        let next = |&trouble| attempts.next(trouble, lately).map(|pause| pause.as_millis());
        troubles.iter().map_while(next).collect()
    }

    #[tokio::test(start_paused = true)]
    async fn attempts_are_few_and_only_where_they_make_sense() {
        use Trouble::{Absent, Busy, Cut, Gateway, Lost};
        for (troubles, lately, costly, expected) in [
            ([Lost, Absent, Absent, Absent], true, false, 3),
            ([Lost, Lost, Lost, Lost], false, false, 3),
            ([Cut, Cut, Cut, Cut], false, false, 3),
            ([Gateway, Gateway, Cut, Lost], false, false, 3),
            ([Busy, Busy, Busy, Busy], false, true, 3),
            ([Absent, Absent, Absent, Absent], false, false, 0),
            ([Lost, Absent, Absent, Absent], false, false, 1),
            ([Cut, Cut, Cut, Cut], true, true, 0),
            ([Lost, Lost, Lost, Lost], true, true, 1),
        ] {
            assert_eq!(pauses(&troubles, lately, costly).len(), expected, "{troubles:?}");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn pauses_grow_differ_and_outlast_a_restart() {
        let all: Vec<_> = (0..50).map(|_| pauses(&[Trouble::Absent; 4], true, false)).collect();
        for pauses in &all {
            assert!((75..=125).contains(&pauses[0]), "{pauses:?}");
            assert!((450..=750).contains(&pauses[1]), "{pauses:?}");
            assert!((1350..=2250).contains(&pauses[2]), "{pauses:?}");
        }
        assert!(all.iter().any(|pauses| pauses != &all[0]), "they are all the same");
        assert_eq!(pauses(&[Trouble::Lost], false, false), [0], "an old connection costs no time");
    }

    #[tokio::test(start_paused = true)]
    async fn no_attempt_begins_after_the_timeout() {
        let mut attempts = Attempts::new(TIMEOUT, false);
        tokio::time::advance(TIMEOUT).await;
        assert_eq!(attempts.next(Trouble::Gateway, true), None);
    }

    #[tokio::test(start_paused = true)]
    async fn a_reply_gets_time_for_its_bytes_but_not_for_ever() {
        let pace = Attempts::new(TIMEOUT, false).pace();
        assert_eq!(pace.wait(0), Some(TIMEOUT));
        tokio::time::advance(Duration::from_secs(119)).await;
        assert_eq!(
            pace.wait(0),
            Some(Duration::from_secs(1)),
            "a byte now and then is no progress"
        );
        tokio::time::advance(Duration::from_secs(1)).await;
        assert_eq!(pace.wait(100), Some(Duration::from_secs_f64(100.0 / 1024.0)));
        assert_eq!(pace.wait(0), None);
        assert_eq!(pace.wait(1 << 20), Some(TIMEOUT));
        tokio::time::advance(Duration::from_secs(479)).await;
        assert_eq!(pace.wait(1 << 30), Some(Duration::from_secs(1)));
        tokio::time::advance(Duration::from_secs(1)).await;
        assert_eq!(pace.wait(1 << 30), None, "ten times the timeout is the end");
    }
}
