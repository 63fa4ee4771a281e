//! The program: reads its arguments, starts a sandbox, says how to use it, and logs what arrives until it is stopped.

mod args;
mod console;
mod log;
mod stop;
mod welcome;

use std::io::{self, Write};
use std::net::{Ipv4Addr, SocketAddr};
use std::process::ExitCode;
use std::sync::Arc;

use hb_portal_sandbox::Sandbox;

use args::{Command, Options};
use console::Line;
use tokio::task::JoinSet;

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
        .dialect(options.dialect)
        .signing(options.signing.clone())
        .on_request(move |request| log.write(request))
        .on_attempt(log::write_attempt);
    if let Some(address) = options.connect_to {
        builder = builder.deliver_to(address);
    }
    if let Some(per_minute) = options.rate_limit {
        builder = builder.rate_limit(per_minute);
    }
    let sandbox = Arc::new(builder.start().await?);
    // Without a reader on standard output it serves all the same.
    let _ = print(&welcome::text(&sandbox));
    tokio::select! {
        () = stop.wait() => {}
        () = converse(&sandbox, options) => {}
    }
    let held = sandbox.endpoints().len();
    drop(sandbox);
    let _ = writeln!(io::stderr().lock(), "stopped; it held {held} endpoint(s)");
    Ok(())
}

/// Does what is typed, for ever: when standard input ends, there is nothing more to do, and the sandbox serves on.
async fn converse(sandbox: &Arc<Sandbox>, options: &Options) {
    let mut lines = console::lines();
    // Dropped when the program stops, and what it still delivers with it.
    let mut deliveries = JoinSet::new();
    while let Some(text) = lines.recv().await {
        while deliveries.try_join_next().is_some() {}
        let said = match Line::parse(&text) {
            Ok(Line::Empty) => String::new(),
            Ok(Line::Help) => console::HELP.to_owned(),
            Ok(Line::Attempts) => console::attempts(&sandbox.attempts()),
            Ok(line) => match console::delivery(sandbox, options, line) {
                Ok(delivery) => {
                    let sandbox = Arc::clone(sandbox);
                    // Beside this, because trying again takes its time. The log has what becomes of it.
                    deliveries.spawn(async move {
                        if let Err(error) = sandbox.deliver(delivery).await {
                            let _ = print(&format!("not delivered: {error}\n"));
                        }
                    });
                    String::new()
                }
                Err(error) => format!("not delivered: {error}\n"),
            },
            Err(error) => format!("{error}\n"),
        };
        let _ = print(&said);
    }
    while deliveries.join_next().await.is_some() {}
    std::future::pending().await
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
