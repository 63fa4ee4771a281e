//! What codegen costs: time for each stage, peak memory and lines, beside progenitor alone with syn and prettyplease on
//! the same documents in the same run. Not run by CI: `cargo run --release -p hb-portal-tests --example codegen_cost`.

use std::{
    fs,
    time::{Duration, Instant},
};

use hb_portal_tests::exports;
use xtask::{format, generate, harden, load, lower, notes::Notes, secrets};

fn main() {
    println!(
        "operations | load | lower | generate | harden | format | whole | alone | whole/alone | lines | lines alone | peak MB"
    );
    println!("---|---|---|---|---|---|---|---|---|---|---|---");
    let mut sizes = vec![1, 10, 100, 1000];
    if let Some(only) = std::env::args().nth(1).and_then(|only| only.parse().ok()) {
        sizes = vec![only];
    }
    for operations in sizes {
        let text = exports::whole_project(operations).to_string();
        // The faster of several runs: the machine has other work.
        let repeat = if operations < 1000 { 5 } else { 2 };
        let ours = (0..repeat).map(|_| pipeline(&text)).min_by_key(Stages::whole).expect("it runs at least once");
        let (alone, lines_alone) =
            (0..repeat).map(|_| alone(&text)).min_by_key(|(time, _)| *time).expect("it runs at least once");
        let ms = |time: Duration| format!("{:.1}", time.as_secs_f64() * 1000.0);
        let stages: Vec<String> = ours.times.iter().map(|time| ms(*time)).collect();
        println!(
            "{operations} | {} | {} | {} | {:.2} | {} | {lines_alone} | {}",
            stages.join(" | "),
            ms(ours.whole()),
            ms(alone),
            ours.whole().as_secs_f64() / alone.as_secs_f64(),
            ours.lines,
            peak(),
        );
    }
}

/// How long each stage took, and what came out.
struct Stages {
    times: Vec<Duration>,
    lines: usize,
}

impl Stages {
    fn whole(&self) -> Duration {
        self.times.iter().sum()
    }
}

/// The stages as `foreign::make` runs them.
fn pipeline(text: &str) -> Stages {
    let mut times = Vec::new();
    let mut last = Instant::now();
    let mut lap = || {
        times.push(last.elapsed());
        last = Instant::now();
    };
    let source = load::source("export", text).expect("the export is a document");
    lap();
    let mut notes = Notes::default();
    let (value, plan) = lower::lower_any(source.value, &mut notes);
    let document = load::lowered(value, source.places, |pointer| notes.origin(pointer)).expect("it is lowered");
    let secrets = secrets::suspect(&document, &mut notes);
    let api = lower::with_secrets(&document, &secrets, &mut notes).expect("it is lowered");
    lap();
    let tokens = generate::generate_any(&api).expect("it is generated");
    lap();
    let file = harden::harden_any(tokens, &plan).expect("it is hardened");
    lap();
    let code = format::format(&file, "export");
    lap();
    Stages { times, lines: code.lines().count() }
}

/// Progenitor, syn and prettyplease, on the document that they can read: the same one, lowered.
fn alone(text: &str) -> (Duration, usize) {
    let mut notes = Notes::default();
    let source = load::source("export", text).expect("the export is a document");
    let (value, _) = lower::lower_any(source.value, &mut notes);
    let readable = value.to_string();
    let start = Instant::now();
    let api: openapiv3::OpenAPI = serde_json::from_str(&readable).expect("it is OpenAPI");
    let tokens = generate::generate_any(&api).expect("it is generated");
    let file: syn::File = syn::parse2(tokens).expect("it is Rust");
    let code = prettyplease::unparse(&file);
    (start.elapsed(), code.lines().count())
}

/// The most memory that this process has had, in MB, where the system says so.
fn peak() -> String {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let kilobytes =
        status.lines().find_map(|line| line.strip_prefix("VmHWM:")?.trim().strip_suffix(" kB")?.parse::<u64>().ok());
    kilobytes.map_or_else(|| "?".to_owned(), |kilobytes| (kilobytes / 1024).to_string())
}
