//! What one function's calls must keep to, and how they wait for it.
//! It must not know which limiters there are besides.

use std::sync::Arc;
use std::time::Duration;

use futures_util::future::join_all;
use tokio::time::Instant;

use super::bucket::{Bucket, Token};
use super::permits::{Held, Permits};

/// How often a call gives its tokens or permits back for want of the others, before it keeps its tokens while it waits.
const TRIES: usize = 3;

/// The limiters that the calls of one function of a scan must keep to.
pub(crate) struct CallLimits {
    names: Arc<[String]>,
    buckets: Vec<Arc<Bucket>>,
    /// The semaphores, and which of them.
    permits: Option<(Arc<Permits>, Arc<[usize]>)>,
}

/// A hydrate call may run: it holds its permits until this is dropped.
pub(crate) struct Started {
    /// How long it waited.
    pub(crate) delay: Duration,
    _held: Held,
}

impl CallLimits {
    pub(super) fn new(
        names: Vec<String>,
        buckets: Vec<Arc<Bucket>>,
        permits: &Arc<Permits>,
        semaphores: Vec<usize>,
    ) -> Self {
        let permits = (!semaphores.is_empty()).then(|| (Arc::clone(permits), semaphores.into()));
        Self { names: names.into(), buckets, permits }
    }

    /// No limits at all.
    pub(crate) fn none() -> Self {
        Self { names: Arc::new([]), buckets: Vec::new(), permits: None }
    }

    /// The limiters' names.
    pub(crate) fn names(&self) -> &Arc<[String]> {
        &self.names
    }

    #[cfg(test)]
    pub(super) fn buckets(&self) -> &[Arc<Bucket>] {
        &self.buckets
    }

    /// Waits until a list or get call may start, and tells how long that was: for a token of each limiter, but not for
    /// permits, which are for hydrate calls alone. Dropping the future gives the tokens back.
    pub(crate) async fn fetch(&self) -> Duration {
        if self.buckets.is_empty() {
            return Duration::ZERO;
        }
        let since = Instant::now();
        spend(self.tokens().await);
        since.elapsed()
    }

    /// Waits until a hydrate call may start: for a token and a permit of each limiter. Dropping the future gives all
    /// back.
    pub(crate) async fn hydrate(&self) -> Started {
        if let Some(tokens) = self.try_tokens()
            && let Some(held) = self.try_permits()
        {
            spend(tokens);
            return Started { delay: Duration::ZERO, _held: held };
        }
        let since = Instant::now();
        let held = self.wait().await;
        Started { delay: since.elapsed(), _held: held }
    }

    /// No permit is held while waiting for a token: calls that need no token could use it. A token is not kept while
    /// waiting for a permit either, or many calls would start in one burst when permits are there again.
    async fn wait(&self) -> Held {
        for _ in 0..TRIES {
            let tokens = self.tokens().await;
            if let Some(held) = self.try_permits() {
                spend(tokens);
                return held;
            }
            drop(tokens);
            let held = self.permits().await;
            if let Some(tokens) = self.try_tokens() {
                spend(tokens);
                return held;
            }
        }
        let tokens = self.tokens().await;
        let held = self.permits().await;
        spend(tokens);
        held
    }

    async fn tokens(&self) -> Vec<Token> {
        join_all(self.buckets.iter().map(Bucket::take)).await
    }

    fn try_tokens(&self) -> Option<Vec<Token>> {
        self.buckets.iter().map(Bucket::try_take).collect()
    }

    async fn permits(&self) -> Held {
        match &self.permits {
            Some((permits, needs)) => permits.take(needs).await,
            None => Held::nothing(),
        }
    }

    fn try_permits(&self) -> Option<Held> {
        match &self.permits {
            Some((permits, needs)) => permits.try_take(needs),
            None => Some(Held::nothing()),
        }
    }
}

/// The call starts.
fn spend(tokens: Vec<Token>) {
    tokens.into_iter().for_each(Token::spend);
}
