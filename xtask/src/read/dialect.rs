//! The dialect of a document: the contract's or any other.

/// The dialect of a document.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Dialect {
    /// The contract: dates in responses are dates.
    Contract,
    /// Any other document: a value named like a secret is one, and a date in a response is text.
    Foreign,
}
