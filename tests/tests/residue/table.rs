//! Statistics of the canaries left in freed memory: sizes and owners, never contents.

use std::{collections::BTreeMap, fmt};

use super::{blame, watch::Hit};

/// The blocks that one run left.
#[derive(Debug, Clone, Default)]
pub struct Residue {
    /// Blocks with the secret that the transport allocated.
    pub transport: Blocks,
    /// Blocks with the secret that anything else allocated.
    pub others: Blocks,
    /// Blocks with a token or the key.
    pub credentials: Blocks,
    /// Where the blocks of `others` were allocated and freed.
    pub traces: String,
}

/// Blocks by owner and size.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Blocks(BTreeMap<(String, usize), usize>);

impl Residue {
    pub fn of(hits: Vec<Hit>) -> Self {
        let mut residue = Self::default();
        for hit in hits {
            let owner = blame::owner(&hit);
            if hit.found.credential {
                residue.credentials.add(&owner, hit.size);
            }
            if hit.found.secret && blame::is_transport(&owner) {
                residue.transport.add(&owner, hit.size);
            } else if hit.found.secret {
                residue.others.add(&owner, hit.size);
                residue.traces += &format!(
                    "{} bytes of {owner}'s, freed by {} in the phase `{}`; allocated at\n{}\nfreed at\n{}\n",
                    hit.size,
                    blame::freer(&hit),
                    hit.phase,
                    hit.allocated.map_or_else(String::new, |trace| trace.to_string()),
                    hit.freed,
                );
            }
        }
        residue
    }

    /// All blocks with the secret.
    fn secrets(&self) -> Blocks {
        let mut all = self.transport.clone();
        all.0.extend(self.others.0.clone());
        all
    }
}

impl Blocks {
    fn add(&mut self, owner: &str, size: usize) {
        *self.0.entry((owner.to_owned(), size)).or_default() += 1;
    }

    pub fn count(&self) -> usize {
        self.0.values().sum()
    }
}

/// `3: hyper 8192 (2), serde_json 64`.
impl fmt::Display for Blocks {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let of_a_kind = |((owner, size), count): (&(String, usize), &usize)| match count {
            1 => format!("{owner} {size}"),
            _ => format!("{owner} {size} ({count})"),
        };
        let kinds: Vec<_> = self.0.iter().map(of_a_kind).collect();
        let text = if kinds.is_empty() { "0".to_owned() } else { format!("{}: {}", self.count(), kinds.join(", ")) };
        f.pad(&text)
    }
}

/// One row for each response, with ours next to raw.
#[derive(Default)]
pub struct Table(Vec<Row>);

struct Row {
    response: &'static str,
    raw: Residue,
    ours: Residue,
    stored: Residue,
}

impl Table {
    pub fn add(&mut self, response: &'static str, raw: Residue, ours: Residue, stored: Residue) {
        self.0.push(Row { response, raw, ours, stored });
    }

    /// Prints it in Markdown.
    pub fn print(&self, title: &str) {
        println!("\nfreed blocks, {title}");
        println!(
            "| response | secret: raw | ours | ours, stored in a file | credentials: raw | ours |\n|---|---|---|---|---|---|"
        );
        for Row { response, raw, ours, stored } in &self.0 {
            let (secrets, credentials) = (Residue::secrets, |residue: &Residue| residue.credentials.clone());
            let (raw_secrets, ours_secrets, stored_secrets) = (secrets(raw), secrets(ours), secrets(stored));
            println!(
                "| {response} | {raw_secrets} | {ours_secrets} | {stored_secrets} | {} | {} |",
                credentials(raw),
                credentials(ours)
            );
        }
    }

    /// Fails if our code left a block, or if the transport beneath it left more than is allowed, or more than beneath
    /// raw.
    pub fn hold(&self, allowed: usize) {
        for Row { response, raw, ours, stored } in &self.0 {
            for ours in [ours, stored] {
                assert_eq!(ours.others, Blocks::default(), "{response}:\n{}", ours.traces);
                let left = ours.transport.count();
                assert!(left <= allowed && left <= raw.transport.count(), "{response}: {}", ours.transport);
            }
        }
    }
}
