//! `cargo xtask spec diff`: finds the two contracts, compares them, and tells by the exit code.

use std::{
    env,
    ffi::OsString,
    io::{self, IsTerminal as _},
    path::Path,
    process::Command,
};

use anyhow::{Context, Result, bail};
use lexopt::Arg;

use super::{
    Effect, Version, diff,
    report::{self, Placed},
};
use crate::{
    CONTRACT,
    load::{self, Document},
};

/// How it exits when something breaks.
pub const BREAKING: u8 = 3;

/// What the command line says.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Options {
    /// A file, or a revision of git; `HEAD` when none is given.
    pub base: Option<OsString>,
    /// A table for a pull request, not text for a terminal.
    pub markdown: bool,
}

/// Reads what stands behind `spec diff`; `None` when it asks for help.
///
/// # Errors
///
/// An argument that is none of this command's.
pub fn parse(parser: &mut lexopt::Parser) -> Result<Option<Options>, lexopt::Error> {
    let mut options = Options::default();
    while let Some(arg) = parser.next()? {
        match arg {
            Arg::Long("base") => options.base = Some(parser.value()?),
            Arg::Long("markdown") => options.markdown = true,
            Arg::Short('h') | Arg::Long("help") => return Ok(None),
            other => return Err(other.unexpected()),
        }
    }
    Ok(Some(options))
}

/// Compares the contract of the workspace at `root` with the base, and returns what to print and how to exit.
///
/// # Errors
///
/// There is no base, or either contract does not load.
pub fn run(root: &Path, options: &Options) -> Result<(String, u8)> {
    let default = OsString::from("HEAD");
    let base = base(root, options.base.as_ref().unwrap_or(&default))?;
    let now = load::parse(CONTRACT, &load::read(&root.join(CONTRACT))?)?;
    let placed = placed(&base, &now);
    let breaks = placed.iter().any(|placed| placed.change.effect() == Effect::Breaking);
    let report = if options.markdown {
        report::markdown(&base.name, &placed)
    } else {
        report::text(&base.name, &placed, io::stdout().is_terminal() && env::var_os("NO_COLOR").is_none())
    };
    Ok((report, if breaks { BREAKING } else { 0 }))
}

/// The changes from one contract to another, each with file and line.
#[must_use]
pub fn placed(base: &Document, now: &Document) -> Vec<Placed> {
    let changes = diff(&base.value, &now.value).into_iter();
    changes
        .map(|change| {
            let document = if change.version == Version::Base { base } else { now };
            Placed { place: line(&document.place(&change.pointer)), change }
        })
        .collect()
}

/// File and line, of a place with column and pointer.
fn line(place: &str) -> String {
    let file = place.split_once(" (#").map_or(place, |(file, _)| file);
    match file.rsplit_once(':') {
        Some((line, column)) if line.contains(':') && column.bytes().all(|byte| byte.is_ascii_digit()) => {
            line.to_owned()
        }
        _ => file.to_owned(),
    }
}

/// The contract to compare with: a file if there is one of that name, or that of a revision.
fn base(root: &Path, base: &OsString) -> Result<Document> {
    let name = base.to_string_lossy();
    if Path::new(base).is_file() {
        return load::parse(&name, &load::read(Path::new(base))?);
    }
    // A revision that starts with a dash would be an option.
    if name.starts_with('-') || name.is_empty() {
        bail!("--base: `{name}` is neither a file nor a revision of git");
    }
    let object = format!("{name}:{CONTRACT}");
    let shown = Command::new("git").args(["show", &object]).current_dir(root).output();
    let shown = shown.with_context(|| {
        format!("--base: there is no file `{name}`, and git, which could know it as a revision, does not run")
    })?;
    if !shown.status.success() {
        let said = String::from_utf8_lossy(&shown.stderr);
        bail!(
            "--base: there is no file `{name}`, and git does not know it as a revision with a contract: {}\n    fix: name \
             a file, or a revision that has {CONTRACT}; a shallow clone needs `git fetch` first",
            said.trim()
        );
    }
    let text = String::from_utf8(shown.stdout).with_context(|| format!("{object} is not UTF-8"))?;
    load::parse(&object, &text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_is_shown_as_file_and_line() {
        assert_eq!(line("spec/openapi.yaml:4:3 (#/info/version)"), "spec/openapi.yaml:4");
        assert_eq!(line("HEAD:spec/openapi.yaml:4:3 (#/info/version)"), "HEAD:spec/openapi.yaml:4");
        assert_eq!(line("HEAD:spec/openapi.yaml (#)"), "HEAD:spec/openapi.yaml");
        assert_eq!(line("spec.yaml (#)"), "spec.yaml");
    }

    #[test]
    fn a_base_that_is_neither_file_nor_revision_is_refused_with_a_fix() {
        let folder = tempfile::tempdir().unwrap();
        for name in ["no-such-thing", "--output=x", ""] {
            let error = base(folder.path(), &name.into()).unwrap_err().to_string();
            assert!(error.contains("--base") && error.contains(name), "{error}");
        }
        let error = base(folder.path(), &"no-such-thing".into()).unwrap_err().to_string();
        assert!(error.contains("fix: name a file, or a revision"), "{error}");
    }
}
