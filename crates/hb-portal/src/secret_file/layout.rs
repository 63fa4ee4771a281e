//! The names of a secret's files: the secret itself, and the files next to it.

use std::{
    ffi::OsString,
    io,
    path::{Path, PathBuf},
};

/// The names of a secret's files. Each is spelled out: none is found by a prefix, which another secret's name may share.
#[derive(Debug, Clone)]
pub(super) struct Layout {
    pub(super) folder: PathBuf,
    pub(super) secret: PathBuf,
    /// Describes an attempt that is not finished.
    pub(super) journal: PathBuf,
    /// Describes the endpoint whose secret is stored.
    pub(super) record: PathBuf,
    /// Holds a response in which no secret was found.
    pub(super) response: PathBuf,
    name: OsString,
}

impl Layout {
    pub(super) fn of(path: &Path) -> io::Result<Self> {
        let (Some(name), Some(folder)) = (file_name(path), path.parent()) else {
            let why = format!("{path:?} does not end in the name of a file: choose a path that does");
            return Err(io::Error::new(io::ErrorKind::InvalidInput, why));
        };
        let mut response = name.to_owned();
        response.push(".response");
        Ok(Self {
            secret: path.to_owned(),
            journal: folder.join(hidden(&name, ".journal")),
            record: folder.join(hidden(&name, ".record")),
            response: folder.join(response),
            folder: folder.to_owned(),
            name,
        })
    }

    /// The name under which the attempt writes its journal. It is the longest of all names, so that a name that is too long
    /// is noticed before anything is sent.
    pub(super) fn journal_draft(&self, nonce: &str) -> PathBuf {
        self.folder.join(hidden(&self.name, &format!("{}{nonce}", self.journal_draft_infix())))
    }

    /// The name under which the attempt writes any other file.
    pub(super) fn draft(&self, nonce: &str) -> PathBuf {
        self.folder.join(hidden(&self.name, &format!(".draft-{nonce}")))
    }

    /// Whether a file in the folder has the name of some attempt's journal draft.
    pub(super) fn is_journal_draft(&self, name: &std::ffi::OsStr) -> bool {
        let start = hidden(&self.name, self.journal_draft_infix());
        let nonce = name.as_encoded_bytes().strip_prefix(start.as_encoded_bytes());
        nonce.and_then(|nonce| std::str::from_utf8(nonce).ok()).is_some_and(is_nonce)
    }

    fn journal_draft_infix(&self) -> &'static str {
        ".journal-"
    }
}

/// Whether the text has the form of an attempt's nonce.
pub(super) fn is_nonce(text: &str) -> bool {
    text.len() == 32 && text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
}

/// The path from the root, so that a later change of the working directory does not move it. A path that names no file
/// stays as it is: [`Layout::of`] refuses it.
pub(super) fn resolve(path: PathBuf) -> PathBuf {
    match file_name(&path) {
        Some(_) => std::path::absolute(&path).unwrap_or(path),
        None => path,
    }
}

/// The name of the file that `path` ends in. There is none in `folder/` and `folder/.`, which the standard library's
/// `file_name` reads as `folder`.
fn file_name(path: &Path) -> Option<OsString> {
    let name = path.file_name()?;
    path.as_os_str().as_encoded_bytes().ends_with(name.as_encoded_bytes()).then(|| name.to_owned())
}

fn hidden(name: &std::ffi::OsStr, ending: &str) -> OsString {
    let mut hidden = OsString::from(".");
    hidden.push(name);
    hidden.push(ending);
    hidden
}
