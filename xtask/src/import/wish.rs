//! The parts of a document that a maintainer selects.

/// The tiers of facts, the best known first.
pub const TIERS: &[&str] = &["documented", "corroborated", "inferred"];

/// What to import, and as what.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wish {
    /// The ids of the operations, or `METHOD PATH`; with none here and among the tags, all.
    pub operations: Vec<String>,
    /// The tags whose operations are wanted.
    pub tags: Vec<String>,
    /// How well the facts are known.
    pub tier: String,
}

impl Wish {
    /// Whether all operations are wanted.
    pub(super) fn is_all(&self) -> bool {
        self.operations.is_empty() && self.tags.is_empty()
    }
}
