//! Problems of a contract, each with its place and fix, reported together.

use std::fmt;

/// One problem of a contract.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// Its place: the file, with line and column if they are known, and the JSON pointer.
    pub place: String,
    /// The problem.
    pub what: String,
    /// The fix.
    pub fix: String,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}\n    fix: {}", self.place, self.what, self.fix)
    }
}

/// All problems of a contract.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Problems(Vec<Problem>);

impl Problems {
    /// Adds a problem.
    pub fn push(&mut self, place: String, what: impl Into<String>, fix: impl Into<String>) {
        self.0.push(Problem { place, what: what.into(), fix: fix.into() });
    }

    /// The problems, in the order of the contract.
    #[must_use]
    pub fn as_slice(&self) -> &[Problem] {
        &self.0
    }

    /// `value` if there are no problems.
    ///
    /// # Errors
    ///
    /// The problems, if there are any.
    pub fn or<T>(self, value: T) -> Result<T, Self> {
        if self.0.is_empty() { Ok(value) } else { Err(self) }
    }
}

impl fmt::Display for Problems {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let count = self.0.len();
        writeln!(f, "{count} problem{}", if count == 1 { "" } else { "s" })?;
        for problem in &self.0 {
            write!(f, "\n  {}\n", problem.to_string().replace('\n', "\n  "))?;
        }
        Ok(())
    }
}

impl std::error::Error for Problems {}
