//! `cargo xtask spec import`: reads its command line, and shows or writes what an import changes in the contract.

use std::{
    fs,
    path::{Path, PathBuf},
};

use anyhow::{Context as _, Result};
use lexopt::{Arg, ValueExt as _};

use super::{Selection, TIERS, import};
use crate::{
    CONTRACT,
    emit::{self, Artifact},
    load,
    terminal::{coloured, colours, patiently, print},
};

/// The arguments of `spec import`.
#[derive(Debug, PartialEq, Eq)]
pub struct Options {
    /// The file: an export or a page.
    pub file: PathBuf,
    /// What to import of it.
    pub selection: Selection,
    /// Whether to write the contract.
    pub write: bool,
}

/// Parses the arguments of `spec import`; `None` if they ask for help.
///
/// # Errors
///
/// An argument is unknown or invalid, or no file is named.
pub fn parse(parser: &mut lexopt::Parser) -> Result<Option<Options>, lexopt::Error> {
    let (mut file, mut write) = (None, false);
    let mut selection = Selection { operations: Vec::new(), tags: Vec::new(), tier: "inferred".to_owned() };
    while let Some(arg) = parser.next()? {
        match arg {
            Arg::Long("write") => write = true,
            Arg::Long("operation") => selection.operations.push(parser.value()?.string()?),
            Arg::Long("tag") => selection.tags.push(parser.value()?.string()?),
            Arg::Long("tier") => selection.tier = parser.value()?.string()?,
            Arg::Short('h') | Arg::Long("help") => return Ok(None),
            Arg::Value(path) if file.is_none() => file = Some(PathBuf::from(path)),
            other => return Err(other.unexpected()),
        }
    }
    if !TIERS.contains(&selection.tier.as_str()) {
        return Err(format!("`{}` is not a tier: use one of {}", selection.tier, TIERS.join(", ")).into());
    }
    let Some(file) = file else { return Err("`spec import` needs a file".into()) };
    Ok(Some(Options { file, selection, write }))
}

/// Shows the changes that an import makes to the contract of the workspace at `root`, and with `write` makes them.
///
/// # Errors
///
/// A file cannot be read or written; those of [`import`].
pub fn run(root: &Path, Options { file, selection, write }: &Options) -> Result<()> {
    let contract = fs::read_to_string(root.join(CONTRACT)).with_context(|| format!("cannot read {CONTRACT}"))?;
    let name = file.display().to_string();
    let text = load::read(file)?;
    let import = patiently(&format!("importing {name}"), || import(&name, &text, &contract, selection))?;
    print(&import.report());
    if import.contract == contract {
        print("the contract already matches; nothing to change\n");
        return Ok(());
    }
    let diff = emit::unified(CONTRACT, ["present", "with the import"], &contract, &import.contract);
    print(&coloured(&diff, colours()));
    if *write {
        emit::write(root, &[Artifact { path: CONTRACT, content: import.contract }])?;
        print(&format!("wrote     {CONTRACT}; next: spec/README.md, then cargo xtask codegen\n"));
    } else {
        let tier = &selection.tier;
        print(&format!(
            "nothing written; to change the contract, add --write: its facts become {tier} (--tier sets another tier)\n"
        ));
    }
    Ok(())
}
