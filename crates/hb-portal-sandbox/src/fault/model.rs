//! A fault as a value: it has a name and knows whether it commits.

use std::borrow::Cow;
use std::fmt;

use super::moment::{Ending, Moment};
use super::operation::Operation;
use super::response::Response;

/// One failure of one request.
///
/// [`Fault::all`] lists the faults of the catalogue; the other constructors make more.
///
/// A fault that commits strikes only a request that would have succeeded. A fault that does not commit strikes the next request
/// of its operation, even an invalid one.
///
/// # Examples
/// ```
/// use hb_portal_sandbox::{Ending, Fault, Moment, Offset, Response};
///
/// let lost = Fault::breaks(Moment::AfterCommit, Ending::Reset);
/// assert!(lost.commits());
/// assert_eq!(lost.to_string(), "the connection is reset after the commit");
///
/// let busy = Fault::responds(Response::new(503).header("retry-after", "1"));
/// assert!(!busy.commits());
///
/// let half = Fault::responds(Response::documented().cut_at(Offset::Body(100))).named("half a response");
/// assert_eq!(half.name(), "half a response");
/// ```
#[derive(Clone)]
pub struct Fault {
    name: Cow<'static, str>,
    operation: Operation,
    effect: Effect,
}

#[derive(Clone)]
pub(crate) enum Effect {
    Refuse,
    Break(Moment, Ending),
    Respond(Response),
}

impl Fault {
    /// Stops listening. As soon as it is injected, open connections are closed and new ones are refused, until
    /// [`Sandbox::clear_faults`](crate::Sandbox::clear_faults) is called. It affects every operation.
    pub fn refuses() -> Self {
        Self::of(Effect::Refuse, "the connection is refused")
    }

    /// Ends the connection at `moment`, without a byte of a response.
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
        Self::of(Effect::Break(moment, ending), format!("the connection {how} {when}"))
    }

    /// Sends `response` instead of the ordinary one.
    pub fn responds(response: Response) -> Self {
        let name = response.describe();
        Self::of(Effect::Respond(response), name)
    }

    fn of(effect: Effect, name: impl Into<Cow<'static, str>>) -> Self {
        Self { name: name.into(), operation: Operation::Create, effect }
    }

    /// Replaces its name.
    #[must_use]
    pub fn named(mut self, name: impl Into<Cow<'static, str>>) -> Self {
        self.name = name.into();
        self
    }

    /// Makes it strike `operation` instead of [`Operation::Create`].
    #[must_use]
    pub fn on(mut self, operation: Operation) -> Self {
        self.operation = operation;
        self
    }

    /// A short description of what it does; `Display` writes the same.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The operation whose requests it strikes.
    pub fn operation(&self) -> Operation {
        self.operation
    }

    /// Whether the request that it strikes is carried out, so that an endpoint exists or a token was minted, regardless of what
    /// the client sees.
    pub fn commits(&self) -> bool {
        match &self.effect {
            Effect::Refuse => false,
            Effect::Break(moment, _) => *moment == Moment::AfterCommit,
            Effect::Respond(response) => response.commits(),
        }
    }

    /// The status that the client sees; `None` if the head of the response does not arrive completely.
    pub fn status(&self) -> Option<u16> {
        match &self.effect {
            Effect::Refuse | Effect::Break(..) => None,
            Effect::Respond(response) => response.visible_status(self.operation),
        }
    }

    /// Whether a client without a timeout would wait forever.
    pub fn hangs(&self) -> bool {
        match &self.effect {
            Effect::Refuse => false,
            Effect::Break(_, ending) => *ending == Ending::Hang,
            Effect::Respond(response) => response.stalls(),
        }
    }

    /// Whether it strikes only a connection that has already served a request.
    pub fn needs_a_kept_connection(&self) -> bool {
        matches!(self.effect, Effect::Break(Moment::NextRequest, _))
    }

    pub(crate) fn refuses_connections(&self) -> bool {
        matches!(self.effect, Effect::Refuse)
    }

    pub(crate) fn strikes_connections(&self) -> bool {
        matches!(self.effect, Effect::Refuse | Effect::Break(Moment::Connected, _))
    }

    pub(crate) fn effect(&self) -> &Effect {
        &self.effect
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
