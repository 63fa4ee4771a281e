//! The cost of codegen: the time of each stage, peak memory and lines of output, compared with progenitor, syn and
//! prettyplease alone on the same documents in the same run. CI does not run it: use
//! `cargo bench -p hb-portal-tests --bench codegen_cost`.
//!
//! The two sides take turns in separate processes, so that each has its own peak memory, and other load on the machine affects
//! both.

use std::{
    env, fs,
    io::{self, Read as _, Write as _},
    process::{Command, Stdio},
    time::{Duration, Instant},
};

use hb_portal_tests::exports;
use serde_json::{Value, json};
use xtask::{
    format, generate, import,
    load::{self, Document},
    notes::Notes,
    read::{self, Dialect},
};

const STAGES: [&str; 3] = ["load", "read", "generate and format"];

/// How many times each side is started.
const TURNS: usize = 5;

fn main() {
    let mut args = env::args().skip(1);
    match (args.next().as_deref(), args.next().and_then(|times| times.parse().ok())) {
        (Some("ours"), Some(times)) => measure(times, ours),
        (Some("alone"), Some(times)) => measure(times, alone),
        (only, _) => {
            let sizes = only.and_then(|only| only.parse().ok()).map_or(vec![1, 10, 100, 1000], |only| vec![only]);
            println!("Inline schemas:\n");
            table(&sizes, exports::whole_project);
            println!("\nComponents that refer to others:\n");
            table(&sizes, exports::with_components);
        }
    }
}

fn table<V: ToString>(sizes: &[usize], document: fn(usize) -> V) {
    let columns = ["whole", "alone", "whole/alone", "lines", "lines alone", "peak MB", "peak MB alone"];
    println!("operations | {} | {}", STAGES.join(" | "), columns.join(" | "));
    println!("{}", vec!["---"; 1 + STAGES.len() + columns.len()].join("|"));
    for &operations in sizes {
        let text = document(operations).to_string();
        let readable = readable(&loaded(&text).value).to_string();
        // Short runs are repeated more times.
        let times = (200 / operations).clamp(1, 50);
        let turns = || (run("ours", times, &text), run("alone", times, &readable));
        let (ours, alone): (Vec<Cost>, Vec<Cost>) = (0..TURNS).map(|_| turns()).unzip();
        // Other load can only slow a run down, so the fastest time counts, and the median of the turns' ratios.
        let mut ratios: Vec<f64> = std::iter::zip(&ours, &alone)
            .map(|(ours, alone)| ours.whole().as_secs_f64() / alone.whole().as_secs_f64())
            .collect();
        ratios.sort_by(f64::total_cmp);
        let fastest = |costs: Vec<Cost>| costs.into_iter().min_by_key(Cost::whole).expect("there is at least one turn");
        let (ours, alone) = (fastest(ours), fastest(alone));
        let ms = |time: Duration| format!("{:.1}", time.as_secs_f64() * 1000.0);
        let stages: Vec<String> = ours.times.iter().map(|time| ms(*time)).collect();
        println!(
            "{operations} | {} | {} | {} | {:.2} | {} | {} | {} | {}",
            stages.join(" | "),
            ms(ours.whole()),
            ms(alone.whole()),
            ratios[TURNS / 2],
            ours.lines,
            alone.lines,
            ours.peak,
            alone.peak,
        );
    }
}

/// The cost of one side.
struct Cost {
    times: Vec<Duration>,
    lines: usize,
    peak: usize,
}

impl Cost {
    fn whole(&self) -> Duration {
        self.times.iter().sum()
    }
}

/// Measures one side in a separate process.
fn run(side: &str, times: usize, text: &str) -> Cost {
    let mut command = Command::new(env::current_exe().expect("the program has a path"));
    let command = command.args([side, &times.to_string()]).stdin(Stdio::piped()).stdout(Stdio::piped());
    let mut child = command.spawn().expect("the program can be started again");
    child.stdin.take().expect("its input is piped").write_all(text.as_bytes()).expect("the child reads its input");
    let output = child.wait_with_output().expect("the child ends");
    let printed = String::from_utf8(output.stdout).expect("the child prints numbers");
    let mut numbers =
        printed.split_whitespace().map(|number| number.parse::<usize>().expect("the child prints numbers"));
    let (lines, peak) = numbers.next().zip(numbers.next()).expect("the child prints at least two numbers");
    Cost { times: numbers.map(|nanos| Duration::from_nanos(nanos as u64)).collect(), lines, peak }
}

/// Runs one side `times` times on the document on standard input, and prints the cost of the fastest run.
fn measure(times: usize, side: fn(&str) -> (Vec<Duration>, usize)) {
    let mut text = String::new();
    io::stdin().read_to_string(&mut text).expect("a document is on standard input");
    let runs = (0..times).map(|_| side(&text));
    let (times, lines) =
        runs.min_by_key(|(times, _)| times.iter().sum::<Duration>()).expect("there is at least one run");
    let nanos: Vec<String> = times.iter().map(|time| time.as_nanos().to_string()).collect();
    println!("{lines} {} {}", peak(), nanos.join(" "));
}

/// Runs the stages as `foreign::make` does.
fn ours(text: &str) -> (Vec<Duration>, usize) {
    let mut times = Vec::new();
    let mut last = Instant::now();
    let mut lap = || {
        times.push(last.elapsed());
        last = Instant::now();
    };
    let Document { value, places } = loaded(text);
    lap();
    let api = read::read(&value, Dialect::Foreign, &mut Notes::default());
    drop(value);
    lap();
    let code = format::format(&generate::client(&api, &places).expect("a client is generated"), "export");
    lap();
    (times, code.lines().count())
}

/// Returns the document in a form that progenitor can read: OpenAPI 3.0, every type a component, and one kind of failure per
/// operation.
fn readable(document: &Value) -> Value {
    let (_, mut written) = import::as_contract(document, "inferred", "export", &mut Notes::default());
    for item in written["paths"].as_object_mut().expect("a document has paths").values_mut() {
        for operation in item.as_object_mut().expect("a path has operations").values_mut() {
            let responses = operation["responses"].as_object_mut().expect("an operation has responses");
            let failures = responses.iter().filter(|(status, _)| !status.starts_with('2'));
            let first = failures.map(|(_, response)| response["content"].clone()).next();
            for (_, response) in responses.iter_mut().filter(|(status, _)| !status.starts_with('2')) {
                response["content"] = first.clone().unwrap_or_default();
            }
        }
    }
    without_defaults(&mut written);
    // Progenitor fails if two values become one variant.
    for schema in written["components"]["schemas"].as_object_mut().expect("a document has components").values_mut() {
        for (number, value) in schema["enum"].as_array_mut().into_iter().flatten().enumerate() {
            *value = Value::from(format!("value{number}"));
        }
    }
    written["openapi"] = json!("3.0.3");
    written["info"] = json!({"title": "export", "version": "1"});
    written
}

/// Removes defaults, because progenitor fails on one that does not conform.
fn without_defaults(value: &mut Value) {
    match value {
        Value::Object(members) => {
            members.remove("default");
            members.values_mut().for_each(without_defaults);
        }
        Value::Array(items) => items.iter_mut().for_each(without_defaults),
        _ => {}
    }
}

/// Runs progenitor, syn and prettyplease on a document that they can read.
fn alone(readable: &str) -> (Vec<Duration>, usize) {
    let start = Instant::now();
    let api: openapiv3::OpenAPI = serde_json::from_str(readable).expect("the document is OpenAPI");
    let tokens = progenitor::Generator::default().generate_tokens(&api).expect("a client is generated");
    drop(api);
    let file: syn::File = syn::parse2(tokens).expect("the tokens are Rust");
    let code = prettyplease::unparse(&file);
    (vec![start.elapsed()], code.lines().count())
}

fn loaded(text: &str) -> Document {
    load::parse("export", text).expect("the export is a document")
}

/// Returns the peak memory of this process in MB, or 0 where the system does not report it.
fn peak() -> usize {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let kilobytes =
        status.lines().find_map(|line| line.strip_prefix("VmHWM:")?.trim().strip_suffix(" kB")?.parse().ok());
    kilobytes.unwrap_or(0_usize) / 1024
}
