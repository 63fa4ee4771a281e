//! Cases with a portal that may hang: how long their clients wait, and how many of them run at once.

use std::{
    future::Future,
    io::{self, Write as _},
    sync::Arc,
    time::Duration,
};

use hb_portal_sandbox::Fault;
use tokio::{sync::Semaphore, task::JoinSet};

/// Longer than a busy machine takes for any response.
pub const LONG: Duration = Duration::from_secs(60);

/// A portal that hangs takes this time from each case. A busy machine can take longer for a response.
const SHORT: Duration = Duration::from_secs(3);

/// How many cases run at once.
const AT_ONCE: usize = 48;

/// Runs a case with a timeout for its client: `LONG`, or `SHORT` if the portal hangs. A case that panics is repeated with a longer
/// one, and the result with `LONG` counts.
pub async fn run<T, F>(hangs: bool, case: impl Fn(Duration) -> F) -> T
where
    T: Send + 'static,
    F: Future<Output = T> + Send + 'static,
{
    let mut timeout = if hangs { SHORT } else { LONG };
    while timeout < LONG {
        match tokio::spawn(case(timeout)).await {
            Ok(result) => return result,
            // Not `eprintln!`, whose output is shown only for failing tests.
            Err(error) => drop(writeln!(io::stderr(), "repeated with a longer timeout than {timeout:?}: {error}")),
        }
        timeout *= 5;
    }
    case(LONG).await
}

/// Runs a case with each fault and setting, some at once, and returns how many there were. Each that fails prints why.
///
/// # Panics
///
/// Panics if a case fails.
pub async fn all<S, F>(
    settings: impl IntoIterator<Item = (Fault, S)>,
    case: impl Fn(Fault, S, Duration) -> F + Copy + Send + Sync + 'static,
) -> usize
where
    S: Copy + Send + Sync + 'static,
    F: Future<Output = ()> + Send + 'static,
{
    let permits = Arc::new(Semaphore::new(AT_ONCE));
    let mut tasks = JoinSet::new();
    for (fault, setting) in settings {
        let permit = Arc::clone(&permits).acquire_owned().await.expect("the semaphore is never closed");
        tasks.spawn(async move {
            run(fault.hangs(), |timeout| case(fault.clone(), setting, timeout)).await;
            drop(permit);
        });
    }
    let mut results = Vec::new();
    while let Some(result) = tasks.join_next().await {
        results.push(result.is_ok());
    }
    let failed = results.iter().filter(|passed| !**passed).count();
    assert_eq!(failed, 0, "of {} cases", results.len());
    results.len()
}
