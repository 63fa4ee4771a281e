//! `cargo xtask`: the library's command line.

use std::process::ExitCode;

fn main() -> ExitCode {
    xtask::cli::run(std::env::args_os())
}
