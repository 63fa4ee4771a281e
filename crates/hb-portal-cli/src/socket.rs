//! Explains why a port cannot be listened on.

use std::{io, net::SocketAddr};

use crate::exit::{Exit, Failure};

/// Explains why the program cannot listen on `address`, and how to fix that.
pub(crate) fn failure(error: &io::Error, address: SocketAddr) -> Failure {
    let fix = match error.kind() {
        io::ErrorKind::AddrInUse => {
            "another program uses it: stop that program, or choose another port with --port (0 picks a free one)"
        }
        io::ErrorKind::PermissionDenied => "the system reserves it: choose a port above 1023 with --port",
        io::ErrorKind::AddrNotAvailable => "this machine does not have the address: choose another with --bind",
        _ => "check --bind and --port",
    };
    Failure::new(Exit::No, format!("could not listen on {address}: {error}; {fix}"))
}
