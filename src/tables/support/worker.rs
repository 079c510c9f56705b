//! Work that blocks, away from the threads that serve queries.
//! It must not know what the work is.

use crate::sdk::Error;

/// Runs work that blocks on a thread of its own. A query that ends does not wait for it.
pub(in crate::tables) async fn on_worker<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, Error> + Send + 'static,
) -> Result<T, Error> {
    match tokio::task::spawn_blocking(work).await {
        Ok(result) => result,
        Err(error) if error.is_panic() => std::panic::resume_unwind(error.into_panic()),
        Err(error) => Err(Error::new(format!("work on files was interrupted: {error}"))),
    }
}
