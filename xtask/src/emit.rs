//! emit: writes the files that differ, each whole or not at all, or only shows the differences.

use std::{
    fmt::Write as _,
    fs,
    io::{self, Write as _},
    path::Path,
};

use anyhow::{Context, Result};
use similar::{Algorithm, TextDiff};

use crate::load;

/// The maximum number of lines of a diff shown for one file.
const MOST_LINES: usize = 120;

/// A file that codegen writes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Artifact {
    /// Its path, relative to the workspace's root.
    pub path: &'static str,
    /// Its content.
    pub content: String,
}

/// The text of a file that codegen writes, if it exists.
fn present(root: &Path, path: &str) -> Result<Option<String>> {
    let path = root.join(path);
    path.exists().then(|| load::read(&path)).transpose()
}

/// Writes the artifacts that differ from the files on disk, and returns their paths.
///
/// # Errors
///
/// A file cannot be read or written; it and the files after it are unchanged.
pub fn write(root: &Path, artifacts: &[Artifact]) -> Result<Vec<&'static str>> {
    let mut written = Vec::new();
    for Artifact { path, content } in artifacts {
        if present(root, path)?.as_ref() != Some(content) {
            replace(&root.join(path), content).with_context(|| format!("cannot write {path}"))?;
            written.push(*path);
        }
    }
    Ok(written)
}

/// Replaces a file atomically, so that no reader sees a partial one.
fn replace(path: &Path, content: &str) -> io::Result<()> {
    let folder = path.parent().unwrap_or(Path::new("."));
    fs::create_dir_all(folder)?;
    let builder = &mut tempfile::Builder::new();
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        // The mode of source files, before the umask: tempfile's default lets only the owner read.
        builder.permissions(fs::Permissions::from_mode(0o666));
    }
    let mut file = builder.tempfile_in(folder)?;
    file.write_all(content.as_bytes())?;
    file.persist(path)?;
    Ok(())
}

/// The changes that `write` would make, as unified diffs; long ones are cut, and no change is an empty text.
///
/// # Errors
///
/// A file cannot be read.
pub fn diff(root: &Path, artifacts: &[Artifact]) -> Result<String> {
    let mut all = String::new();
    for Artifact { path, content } in artifacts {
        let present = present(root, path)?.unwrap_or_default();
        let diff = unified(path, ["checked in", "generated"], &present, content);
        all.extend(diff.split_inclusive('\n').take(MOST_LINES));
        let more = diff.lines().count().saturating_sub(MOST_LINES);
        if more > 0 {
            let _ = writeln!(all, "… {more} more lines of the diff of {path}");
        }
    }
    Ok(all)
}

/// The unified diff between two versions of a file, with the names of the versions.
#[must_use]
pub fn unified(path: &str, [old_name, new_name]: [&str; 2], old: &str, new: &str) -> String {
    // Without heuristics: text added in several places must not look as if everything between them had moved.
    let diff = TextDiff::configure().algorithm(Algorithm::RawMyers).diff_lines(old, new);
    diff.unified_diff().header(&format!("{path} ({old_name})"), &format!("{path} ({new_name})")).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn artifact(content: &str) -> Artifact {
        Artifact { path: "a/b.rs", content: content.to_owned() }
    }

    #[test]
    fn only_files_that_differ_are_written_and_with_the_usual_permissions() {
        let root = tempfile::tempdir().unwrap();
        assert_eq!(write(root.path(), &[artifact("one\n")]).unwrap(), ["a/b.rs"]);
        assert_eq!(fs::read_to_string(root.path().join("a/b.rs")).unwrap(), "one\n");
        let before = fs::metadata(root.path().join("a/b.rs")).unwrap();
        assert_eq!(write(root.path(), &[artifact("one\n")]).unwrap(), [""; 0]);
        assert_eq!(fs::metadata(root.path().join("a/b.rs")).unwrap().modified().unwrap(), before.modified().unwrap());
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            let usual = fs::File::create(root.path().join("usual")).unwrap().metadata().unwrap();
            assert_eq!(before.permissions().mode(), usual.permissions().mode());
        }
    }

    #[test]
    fn a_failed_write_leaves_nothing_behind() {
        let root = tempfile::tempdir().unwrap();
        fs::create_dir_all(root.path().join("a/b.rs")).unwrap();
        let error = write(root.path(), &[artifact("one\n")]).unwrap_err();
        assert!(format!("{error:#}").contains("/a/b.rs: "), "{error:#}");
        assert_eq!(fs::read_dir(root.path().join("a")).unwrap().count(), 1);
    }

    #[test]
    fn a_long_diff_is_cut() {
        let root = tempfile::tempdir().unwrap();
        assert_eq!(write(root.path(), &[artifact("one\ntwo\n")]).unwrap().len(), 1);
        assert_eq!(diff(root.path(), &[artifact("one\ntwo\n")]).unwrap(), "");
        let shown = diff(root.path(), &[artifact("one\nthree\n")]).unwrap();
        assert!(shown.contains("-two\n+three\n") && shown.contains("a/b.rs (checked in)"), "{shown}");
        let long: String = (0..500).map(|line| format!("{line}\n")).collect();
        let shown = diff(root.path(), &[artifact(&long)]).unwrap();
        assert_eq!(shown.lines().count(), MOST_LINES + 1);
        assert!(shown.ends_with("more lines of the diff of a/b.rs\n"), "{shown}");
    }
}
