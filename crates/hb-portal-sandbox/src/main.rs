//! The portal on loopback, for people: `hb-portal-sandbox --help`.

use std::process::ExitCode;

mod program;

fn main() -> ExitCode {
    program::main()
}
