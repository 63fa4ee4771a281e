//! `cargo xtask spec diff`: finds the two contracts, compares them, and tells by the exit code.

use std::{ffi::OsString, path::Path, process::Command};

use anyhow::{Context, Result, bail};
use lexopt::Arg;

use super::{
    Version, classes, diff,
    report::{self, Placed},
};
use crate::{
    CONTRACT,
    load::{self, Document},
    openapi,
    read::Dialect,
    terminal::colours,
};

/// The exit code if a change breaks any users.
pub const BREAKING: u8 = 3;

/// The arguments.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Options {
    /// A file, or a revision of git; `HEAD` when none is given.
    pub base: Option<OsString>,
    /// A table for a pull request, not text for a terminal.
    pub markdown: bool,
    /// To explain a class of changes, or all, and compare nothing.
    pub explain: bool,
    /// The class to explain; or the file to compare with the base, the contract when none is given.
    pub subject: Option<OsString>,
}

/// Reads the arguments of `spec diff`; `None` if they ask for help.
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
            Arg::Long("explain") => options.explain = true,
            Arg::Value(subject) if options.subject.is_none() => options.subject = Some(subject),
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
/// There is no base, or one of the two is no OpenAPI document.
pub fn run(root: &Path, options: &Options) -> Result<(String, u8)> {
    if options.explain {
        let id = options.subject.as_ref().map(|id| id.to_string_lossy());
        let explained = classes::explain(id.as_deref());
        return Ok((explained.context("there is no such class of changes: `--explain` alone lists all")?, 0));
    }
    let default = OsString::from("HEAD");
    let (name, base) = base(root, options.base.as_ref().unwrap_or(&default))?;
    let now = match &options.subject {
        Some(file) => document(&file.to_string_lossy(), &load::read(Path::new(file))?)?,
        None => document(CONTRACT, &load::read(&root.join(CONTRACT))?)?,
    };
    let placed = placed(&base, &now);
    let breaks = placed.iter().any(|placed| placed.change.breaks.anybody());
    let report =
        if options.markdown { report::markdown(&name, &placed) } else { report::text(&name, &placed, colours()) };
    Ok((report, if breaks { BREAKING } else { 0 }))
}

/// A document, in any version of OpenAPI that is read: the base may be older than the rules of the contract.
fn document(name: &str, text: &str) -> Result<Document> {
    openapi(name, text, Dialect::Foreign)
}

/// The changes from one document to another, each with file and line.
#[must_use]
pub fn placed(base: &Document, now: &Document) -> Vec<Placed> {
    let changes = diff(&base.value, &now.value).into_iter();
    changes
        .map(|change| {
            let places = if change.version == Version::Base { &base.places } else { &now.places };
            Placed { place: line(&places.place(&change.pointer)), change }
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
fn base(root: &Path, base: &OsString) -> Result<(String, Document)> {
    let name = base.to_string_lossy();
    if Path::new(base).is_file() {
        return Ok((name.to_string(), document(&name, &load::read(Path::new(base))?)?));
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
        let message = String::from_utf8_lossy(&shown.stderr);
        bail!(
            "--base: there is no file `{name}`, and git does not know it as a revision with a contract: {}\n    fix: name \
             a file, or a revision that has {CONTRACT}; a shallow clone needs `git fetch` first",
            message.trim()
        );
    }
    let text = String::from_utf8(shown.stdout).with_context(|| format!("{object} is not UTF-8"))?;
    Ok((object.clone(), document(&object, &text)?))
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
