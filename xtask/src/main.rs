//! `cargo xtask`: what the library does, from the command line.

use std::process::ExitCode;

fn main() -> ExitCode {
    xtask::cli::run(std::env::args_os())
}
