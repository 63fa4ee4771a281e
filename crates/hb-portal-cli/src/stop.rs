//! Waits for whoever wants the program to stop.

use std::io;

use tokio::signal;

use crate::exit::Exit;

/// The signals, caught from the moment this exists.
pub(crate) struct Stop {
    #[cfg(unix)]
    interrupt: signal::unix::Signal,
    #[cfg(unix)]
    terminate: signal::unix::Signal,
}

impl Stop {
    #[cfg(unix)]
    pub(crate) fn listen() -> io::Result<Self> {
        use signal::unix::{SignalKind, signal};
        Ok(Self { interrupt: signal(SignalKind::interrupt())?, terminate: signal(SignalKind::terminate())? })
    }

    #[cfg(not(unix))]
    pub(crate) fn listen() -> io::Result<Self> {
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
