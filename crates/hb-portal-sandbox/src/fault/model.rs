//! A fault as a value: it has a name and knows whether it commits.

use std::borrow::Cow;
use std::fmt;

use super::answer::Answer;
use super::moment::{Ending, Moment};
use super::operation::Operation;

/// One thing that goes wrong with one request.
///
/// [`Fault::all`] lists the ones that have a name of their own; the other constructors make more.
///
/// A fault that commits strikes only a request that would have succeeded. One that does not commit strikes whatever request
/// of its operation comes next, a bad one too.
///
/// # Examples
/// ```
/// use hb_portal_sandbox::{Answer, Ending, Fault, Moment, Offset};
///
/// let lost = Fault::breaks(Moment::AfterCommit, Ending::Reset);
/// assert!(lost.commits());
/// assert_eq!(lost.to_string(), "the connection is reset after the commit");
///
/// let busy = Fault::answers(Answer::new(503).header("retry-after", "1"));
/// assert!(!busy.commits());
///
/// let half = Fault::answers(Answer::documented().cut_at(Offset::Body(100))).named("half an answer");
/// assert_eq!(half.name(), "half an answer");
/// ```
#[derive(Clone)]
pub struct Fault {
    name: Cow<'static, str>,
    operation: Operation,
    what: What,
}

#[derive(Clone)]
pub(crate) enum What {
    Refuse,
    Break(Moment, Ending),
    Answer(Answer),
}

impl Fault {
    /// Nothing listens: from the moment this is injected, every connection is refused and the open ones are closed, until
    /// [`Sandbox::clear_faults`](crate::Sandbox::clear_faults). It strikes both operations.
    pub fn refuses() -> Self {
        Self::of(What::Refuse, "the connection is refused")
    }

    /// The connection ends at `moment`, without a byte of an answer.
    pub fn breaks(moment: Moment, ending: Ending) -> Self {
        let when = match moment {
            Moment::Connected => "when it is accepted",
            Moment::NextRequest => "as the next request arrives",
            Moment::BeforeRequest => "before the request is read",
            Moment::DuringRequest => "during the request",
            Moment::AfterRequest => "after the request",
            Moment::AfterCommit => "after the commit",
        };
        let how = match ending {
            Ending::Reset => "is reset",
            Ending::Close => "is closed",
            Ending::Hang => "hangs",
        };
        Self::of(What::Break(moment, ending), format!("the connection {how} {when}"))
    }

    /// Another answer comes than the ordinary one.
    pub fn answers(answer: Answer) -> Self {
        let name = answer.describe();
        Self::of(What::Answer(answer), name)
    }

    fn of(what: What, name: impl Into<Cow<'static, str>>) -> Self {
        Self { name: name.into(), operation: Operation::Create, what }
    }

    /// Gives it a name of its own.
    #[must_use]
    pub fn named(mut self, name: impl Into<Cow<'static, str>>) -> Self {
        self.name = name.into();
        self
    }

    /// Has it strike another operation than [`Operation::Create`].
    #[must_use]
    pub fn on(mut self, operation: Operation) -> Self {
        self.operation = operation;
        self
    }

    /// What it does, in a few words; `Display` gives the same.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The operation whose request it strikes.
    pub fn operation(&self) -> Operation {
        self.operation
    }

    /// Whether the request that it strikes is carried out: an endpoint is held, or a token minted, whatever the client sees.
    pub fn commits(&self) -> bool {
        match &self.what {
            What::Refuse => false,
            What::Break(moment, _) => *moment == Moment::AfterCommit,
            What::Answer(answer) => answer.commits(),
        }
    }

    /// The status that the client gets to see; `None` when the head of the answer does not arrive whole.
    pub fn status(&self) -> Option<u16> {
        match &self.what {
            What::Refuse | What::Break(..) => None,
            What::Answer(answer) => answer.visible_status(self.operation),
        }
    }

    /// Whether a client without a timeout would wait for ever.
    pub fn hangs(&self) -> bool {
        match &self.what {
            What::Refuse => false,
            What::Break(_, ending) => *ending == Ending::Hang,
            What::Answer(answer) => answer.stalls(),
        }
    }

    /// Whether it strikes only a connection that has served a request before.
    pub fn needs_a_kept_connection(&self) -> bool {
        matches!(self.what, What::Break(Moment::NextRequest, _))
    }

    pub(crate) fn refuses_connections(&self) -> bool {
        matches!(self.what, What::Refuse)
    }

    pub(crate) fn strikes_connections(&self) -> bool {
        matches!(self.what, What::Refuse | What::Break(Moment::Connected, _))
    }

    pub(crate) fn what(&self) -> &What {
        &self.what
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.name)
    }
}

impl fmt::Debug for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Fault")
            .field("name", &self.name)
            .field("operation", &self.operation)
            .field("commits", &self.commits())
            .finish_non_exhaustive()
    }
}
