//! Waits for a signal to stop the program.

use tokio::signal;

use crate::exit::{Exit, Failure};

/// The signals, which are caught from its creation on.
pub(crate) struct Stop {
    #[cfg(unix)]
    interrupt: signal::unix::Signal,
    #[cfg(unix)]
    terminate: signal::unix::Signal,
}

impl Stop {
    #[cfg(unix)]
    pub(crate) fn listen() -> Result<Self, Failure> {
        use signal::unix::{SignalKind, signal};
        let catch =
            |kind| signal(kind).map_err(|error| Failure::new(Exit::No, format!("could not catch signals: {error}")));
        Ok(Self { interrupt: catch(SignalKind::interrupt())?, terminate: catch(SignalKind::terminate())? })
    }

    #[cfg(not(unix))]
    pub(crate) fn listen() -> Result<Self, Failure> {
        Ok(Self {})
    }

    /// The code to exit with if the signal ends a command before its work is done.
    #[cfg(unix)]
    pub(crate) async fn wait(&mut self) -> Exit {
        tokio::select! {
            _ = self.interrupt.recv() => Exit::Interrupted,
            _ = self.terminate.recv() => Exit::Terminated,
        }
    }

    #[cfg(not(unix))]
    pub(crate) async fn wait(&mut self) -> Exit {
        // Without a handler the system ends the program.
        let _ = signal::ctrl_c().await;
        Exit::Interrupted
    }
}
