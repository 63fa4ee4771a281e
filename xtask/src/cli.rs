//! The command line: `cargo xtask codegen [--check]`, `cargo xtask build` and `cargo xtask spec …`.

use std::{
    collections::BTreeMap,
    env,
    ffi::OsString,
    path::{Path, PathBuf},
    process::{Command, ExitCode},
};

use anyhow::{Context, Result, bail};
use lexopt::{Arg, ValueExt as _};

use crate::{
    CONTRACT, artifacts,
    diff::command as spec_diff,
    emit::{self, Artifact},
    foreign,
    import::command as spec_import,
    load, model,
    notes::Note,
    read::Dialect,
    terminal::{coloured, colours, patiently, print, warn},
};

const HELP: &str = include_str!("help.txt");

/// The task that the command line asks for.
#[derive(Debug, PartialEq, Eq)]
enum Task {
    Help,
    Codegen { check: bool, explain: bool },
    Crate { spec: PathBuf, out: PathBuf, explain: bool },
    Build { args: Vec<OsString> },
    SpecDiff(spec_diff::Options),
    SpecImport(spec_import::Options),
}

/// Runs the task that the command line asks for.
#[must_use]
pub fn run(args: impl IntoIterator<Item = OsString>) -> ExitCode {
    let task = match parse(args) {
        Ok(task) => task,
        Err(error) => {
            warn(&format!("error: {error}\n\nfor usage, run: cargo xtask --help\n"));
            return ExitCode::from(2);
        }
    };
    perform(task).unwrap_or_else(|error| {
        warn(&format!("error: {error:#}\n"));
        ExitCode::FAILURE
    })
}

fn perform(task: Task) -> Result<ExitCode> {
    match task {
        Task::Help => print(HELP),
        Task::Codegen { check, explain } => codegen(check, explain)?,
        Task::Crate { spec, out, explain } => foreign_crate(&spec, &out, explain)?,
        Task::SpecImport(options) => spec_import::run(&root()?, &options)?,
        Task::Build { args } => return build(args),
        Task::SpecDiff(options) => {
            let (report, code) = spec_diff::run(&root()?, &options)?;
            print(&report);
            return Ok(ExitCode::from(code));
        }
    }
    Ok(ExitCode::SUCCESS)
}

fn parse(args: impl IntoIterator<Item = OsString>) -> Result<Task, lexopt::Error> {
    let mut parser = lexopt::Parser::from_iter(args);
    let Some(first) = parser.next()? else { return Err("missing command".into()) };
    let command = match first {
        Arg::Short('h') | Arg::Long("help") => return Ok(Task::Help),
        Arg::Value(command) => command.string()?,
        other => return Err(other.unexpected()),
    };
    match command.as_str() {
        "codegen" => {
            let (mut check, mut explain, mut spec, mut out) = (false, false, None, None);
            while let Some(arg) = parser.next()? {
                match arg {
                    Arg::Long("check") => check = true,
                    Arg::Long("explain") => explain = true,
                    Arg::Long("spec") => spec = Some(PathBuf::from(parser.value()?)),
                    Arg::Long("out") => out = Some(PathBuf::from(parser.value()?)),
                    Arg::Short('h') | Arg::Long("help") => return Ok(Task::Help),
                    other => return Err(other.unexpected()),
                }
            }
            match (spec, out) {
                (None, None) => Ok(Task::Codegen { check, explain }),
                (Some(_), Some(_)) if check => Err("`--check` is for the generated client of the contract".into()),
                (Some(spec), Some(out)) => Ok(Task::Crate { spec, out, explain }),
                _ => Err("`--spec FILE` and `--out DIR` belong together".into()),
            }
        }
        "build" => Ok(Task::Build { args: parser.raw_args()?.collect() }),
        "spec" => match parser.value().map_err(|_| "`spec` needs a command: import or diff")?.string()?.as_str() {
            "diff" => Ok(spec_diff::parse(&mut parser)?.map_or(Task::Help, Task::SpecDiff)),
            "import" => Ok(spec_import::parse(&mut parser)?.map_or(Task::Help, Task::SpecImport)),
            "-h" | "--help" => Ok(Task::Help),
            other => Err(format!("there is no command `spec {other}`: import or diff").into()),
        },
        "help" => Ok(Task::Help),
        _ => Err(format!("there is no command `{command}`").into()),
    }
}

fn codegen(check: bool, explain: bool) -> Result<()> {
    let root = root()?;
    let contract = load::read(&root.join(CONTRACT))?;
    if explain {
        print(&model(CONTRACT, &contract, Dialect::Contract)?.explained());
    }
    let artifacts = artifacts(&contract)?;
    if !check {
        return write(&root, &artifacts, Path::new(""));
    }
    let diff = emit::diff(&root, &artifacts)?;
    if !diff.is_empty() {
        print(&coloured(&diff, colours()));
        bail!("the generated client is stale; to fix it, run: cargo xtask codegen");
    }
    print("the generated client is up to date\n");
    Ok(())
}

/// Writes the crate that another document describes.
fn foreign_crate(spec: &Path, out: &Path, explain: bool) -> Result<()> {
    let folder =
        std::path::absolute(out).with_context(|| format!("cannot determine the absolute path of {}", out.display()))?;
    let package = foreign::package_name(&folder.file_name().unwrap_or_default().to_string_lossy())?;
    let name = spec.display().to_string();
    let text = load::read(spec)?;
    let made = patiently(&format!("generating from {name}"), || foreign::make(&name, &text, &package))?;
    foreign::refuse_to_replace(out, &made.files)?;
    let explained = made.model.explained();
    if explain {
        print(&explained);
    }
    suspicions(made.model.notes.as_slice()).iter().for_each(|line| warn(&format!("warning: {name}: {line}\n")));
    write(out, &made.files, out)?;
    let (operations, notes) = (made.model.api.operations.len(), explained.lines().count());
    let plural = if operations == 1 { "" } else { "s" };
    print(&format!("{operations} operation{plural}; {notes} notes (--explain lists them)\n"));
    Ok(())
}

/// Writes the files in `folder` that differ, and prints each with its path below `shown`.
fn write(folder: &Path, files: &[Artifact], shown: &Path) -> Result<()> {
    let written = emit::write(folder, files)?;
    for file in files {
        let what = if written.contains(&file.path) { "wrote    " } else { "unchanged" };
        print(&format!("{what} {}\n", shown.join(file.path).display()));
    }
    Ok(())
}

fn build(args: Vec<OsString>) -> Result<ExitCode> {
    codegen(false, false)?;
    let cargo = env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let status = Command::new(&cargo).arg("build").args(args).status().context("cannot run cargo build")?;
    Ok(if status.success() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// The root of the workspace that has the current folder.
fn root() -> Result<PathBuf> {
    root_of(&env::current_dir().context("cannot determine the current folder")?)
}

/// The workspace's root: the first folder, from `here` up, that has the contract.
fn root_of(here: &Path) -> Result<PathBuf> {
    let root = here.ancestors().find(|folder| folder.join(CONTRACT).is_file()).map(Path::to_owned);
    root.with_context(|| {
        let here = here.display();
        format!("{CONTRACT} is neither in {here} nor in a folder above it: run this command inside the workspace")
    })
}

/// A line for each name that is treated as a secret, with some of its places.
fn suspicions(notes: &[Note]) -> Vec<String> {
    let mut places: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    for note in notes.iter().filter(|note| note.kind == "suspect") {
        places.entry(&note.what).or_default().push(format!("#{}", note.pointer));
    }
    let line = |(what, places): (&str, Vec<String>)| {
        let shown = places.get(..3).unwrap_or(&places).join(", ");
        let more = places.len().saturating_sub(3);
        let more = if more > 0 { format!(" and {more} more; --explain lists them") } else { String::new() };
        format!("{what} ({shown}{more})")
    };
    places.into_iter().map(line).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn task(args: &str) -> Result<Task, String> {
        parse(args.split_whitespace().map(OsString::from)).map_err(|error| error.to_string())
    }

    #[test]
    fn the_command_line_is_parsed_or_rejected() {
        assert_eq!(task("xtask codegen"), Ok(Task::Codegen { check: false, explain: false }));
        assert_eq!(task("xtask codegen --check"), Ok(Task::Codegen { check: true, explain: false }));
        assert_eq!(task("xtask codegen --explain"), Ok(Task::Codegen { check: false, explain: true }));
        let other = Task::Crate { spec: "a.json".into(), out: "b".into(), explain: false };
        assert_eq!(task("xtask codegen --spec a.json --out b"), Ok(other));
        assert!(task("xtask codegen --spec a.json").unwrap_err().contains("belong together"));
        let selection = crate::import::Selection {
            operations: vec!["a".to_owned()],
            tags: Vec::new(),
            tier: "inferred".to_owned(),
        };
        let import = Task::SpecImport(spec_import::Options { file: "f.md".into(), selection, write: true });
        assert_eq!(task("xtask spec import f.md --operation a --tier inferred --write"), Ok(import));
        assert!(task("xtask spec import f.md --tier rumoured").unwrap_err().contains("is not a tier"));
        assert_eq!(task("xtask codegen --help"), Ok(Task::Help));
        assert_eq!(task("xtask --help"), Ok(Task::Help));
        let args = ["--release", "-p", "hb-portal"].map(OsString::from).to_vec();
        assert_eq!(task("xtask build --release -p hb-portal"), Ok(Task::Build { args }));
        let options = spec_diff::Options { base: Some("main".into()), markdown: true, ..Default::default() };
        assert_eq!(task("xtask spec diff --base main --markdown"), Ok(Task::SpecDiff(options)));
        assert_eq!(task("xtask spec diff"), Ok(Task::SpecDiff(spec_diff::Options::default())));
        assert_eq!(task("xtask spec diff -h"), Ok(Task::Help));
        assert_eq!(task("xtask spec dif"), Err("there is no command `spec dif`: import or diff".to_owned()));
        assert_eq!(task("xtask spec"), Err("`spec` needs a command: import or diff".to_owned()));
        assert!(task("xtask spec diff --bas").unwrap_err().contains("--bas"));
        assert_eq!(task("xtask"), Err("missing command".to_owned()));
        assert_eq!(task("xtask bild"), Err("there is no command `bild`".to_owned()));
        assert!(task("xtask codegen --chek").unwrap_err().contains("--chek"));
    }

    #[test]
    fn the_root_is_found_from_a_folder_below_it_and_its_absence_has_a_fix() {
        // Unlike those of an absolute path, its ancestors are known.
        let absent = root_of(Path::new("no/workspace")).unwrap_err();
        assert!(absent.to_string().contains("run this command inside the workspace"));
        let folder = tempfile::tempdir().unwrap();
        let deep = folder.path().join("a/b");
        std::fs::create_dir_all(&deep).unwrap();
        std::fs::create_dir(folder.path().join("spec")).unwrap();
        std::fs::write(folder.path().join(CONTRACT), "").unwrap();
        assert_eq!(root_of(&deep).unwrap(), folder.path());
    }

    #[test]
    fn a_suspected_secret_is_reported_once_per_name() {
        let note = |name: &str, place: usize| Note {
            pointer: format!("/{place}"),
            kind: "suspect",
            what: format!("`{name}` is one"),
        };
        let notes: Vec<Note> = (1..=5).map(|place| note("secret", place)).chain([note("api_key", 6)]).collect();
        assert_eq!(
            suspicions(&notes),
            ["`api_key` is one (#/6)", "`secret` is one (#/1, #/2, #/3 and 2 more; --explain lists them)"]
        );
    }
}
