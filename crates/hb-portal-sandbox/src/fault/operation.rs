//! The operations that a fault can strike.

/// The operation whose request a fault strikes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Operation {
    /// `POST {base}/webhooks`
    Create,
    /// `POST {base}/auth/token`
    Token,
}

impl Operation {
    /// The status of its answer when nothing is wrong.
    pub(crate) fn documented_status(self) -> u16 {
        match self {
            Self::Create => 201,
            Self::Token => 200,
        }
    }
}
