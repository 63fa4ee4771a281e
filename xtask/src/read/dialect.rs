//! Whose document is read.

/// Whose document is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Dialect {
    /// Ours: dates in responses are dates.
    Contract,
    /// Anybody's: what is named like a secret is one, and a date in a response is text.
    Foreign,
}
