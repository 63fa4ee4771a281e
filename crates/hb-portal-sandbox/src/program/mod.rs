//! The program: reads its arguments, starts a sandbox, says how to use it, and logs what arrives until it is stopped.

mod args;
mod log;
mod stop;
mod welcome;

use std::io::{self, Write};
use std::net::{Ipv4Addr, SocketAddr};
use std::process::ExitCode;

use hb_portal_sandbox::Sandbox;

use args::{Command, Options};

/// What a sandbox that could not start, and a command line that makes no sense, exit with.
const FAILED: u8 = 1;
const MISUSED: u8 = 2;

pub(crate) fn main() -> ExitCode {
    let options = match args::parse(lexopt::Parser::from_env()) {
        Ok(Command::Serve(options)) => options,
        Ok(Command::Help) => return say(args::HELP),
        Ok(Command::Version) => return say(args::VERSION),
        Err(error) => return misused(&error.to_string()),
    };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    match runtime.and_then(|runtime| runtime.block_on(serve(&options))) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) if error.kind() == io::ErrorKind::InvalidInput => misused(&error.to_string()),
        Err(error) => fail(FAILED, &explain(&error, &options)),
    }
}

async fn serve(options: &Options) -> io::Result<()> {
    // Before the port is announced: whoever reads it may stop the program at once.
    let stop = stop::Stop::listen()?;
    let log = log::Log::to_stderr();
    let mut builder = Sandbox::builder()
        .bind(SocketAddr::from((Ipv4Addr::LOCALHOST, options.port)))
        .base_path(&options.base_path)
        .on_request(move |request| log.write(request));
    if let Some(per_minute) = options.rate_limit {
        builder = builder.rate_limit(per_minute);
    }
    let sandbox = builder.start().await?;
    // Without a reader on standard output it serves all the same.
    let _ = print(&welcome::text(&sandbox));
    stop.wait().await;
    let held = sandbox.endpoints().len();
    drop(sandbox);
    let _ = writeln!(io::stderr().lock(), "stopped; it held {held} endpoint(s)");
    Ok(())
}

/// What went wrong, and what mends it.
fn explain(error: &io::Error, options: &Options) -> String {
    let port = options.port;
    match error.kind() {
        io::ErrorKind::AddrInUse => format!(
            "port {port} of 127.0.0.1 is taken by another program\n       \
             stop that program, choose another port with --port, or leave --port out for a free one"
        ),
        io::ErrorKind::PermissionDenied => format!(
            "port {port} of 127.0.0.1 is reserved by the system\n       \
             choose one above 1023 with --port, or leave --port out for a free one"
        ),
        _ => format!("cannot start: {error}"),
    }
}

fn say(text: &str) -> ExitCode {
    match print(text) {
        Ok(()) => ExitCode::SUCCESS,
        Err(_) => ExitCode::from(FAILED),
    }
}

fn print(text: &str) -> io::Result<()> {
    let mut out = io::stdout().lock();
    out.write_all(text.as_bytes())?;
    out.flush()
}

fn misused(text: &str) -> ExitCode {
    let mend = "`hb-portal-sandbox --help` shows what it takes";
    fail(MISUSED, &format!("{text}\n       {mend}"))
}

fn fail(code: u8, text: &str) -> ExitCode {
    // Without a reader on standard error the exit code still tells.
    let _ = writeln!(io::stderr().lock(), "error: {text}");
    ExitCode::from(code)
}
