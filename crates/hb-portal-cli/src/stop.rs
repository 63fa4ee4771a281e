//! Waits for a signal to stop the program.

use std::io;

use tokio::signal;

use crate::exit::{Exit, Failure};

/// The signals, which are caught from its creation on.
pub(crate) struct Stop {
    #[cfg(unix)]
    interrupt: signal::unix::Signal,
    #[cfg(unix)]
    terminate: signal::unix::Signal,
    #[cfg(windows)]
    interrupt: signal::windows::CtrlC,
}

impl Stop {
    #[cfg(unix)]
    pub(crate) fn listen() -> Result<Self, Failure> {
        use signal::unix::{SignalKind, signal};
        Ok(Self {
            interrupt: caught(signal(SignalKind::interrupt()))?,
            terminate: caught(signal(SignalKind::terminate()))?,
        })
    }

    #[cfg(windows)]
    pub(crate) fn listen() -> Result<Self, Failure> {
        Ok(Self { interrupt: caught(signal::windows::ctrl_c())? })
    }

    /// The code to exit with if the signal ends a command before its work is done.
    #[cfg(unix)]
    pub(crate) async fn wait(&mut self) -> Exit {
        tokio::select! {
            _ = self.interrupt.recv() => Exit::Interrupted,
            _ = self.terminate.recv() => Exit::Terminated,
        }
    }

    #[cfg(windows)]
    pub(crate) async fn wait(&mut self) -> Exit {
        self.interrupt.recv().await;
        Exit::Interrupted
    }
}

fn caught<T>(signal: io::Result<T>) -> Result<T, Failure> {
    signal.map_err(|error| Failure::new(Exit::No, format!("could not catch signals: {error}")))
}
