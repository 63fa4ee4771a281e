//! The faults that have a name: a test that wants to see everything go wrong iterates over them.

use std::time::Duration;

use super::answer::Answer;
use super::bodies::{FURTHER, PLAUSIBLE, made};
use super::model::Fault;
use super::moment::{Ending, Moment};
use super::operation::Operation;
use crate::http1::{Framing, Offset};

impl Fault {
    /// Every fault of the catalogue, for [`Operation::Create`].
    ///
    /// Its names are unique. [`Fault::refuses`] is the first: it lasts until
    /// [`Sandbox::clear_faults`](crate::Sandbox::clear_faults).
    ///
    /// # Examples
    /// ```
    /// use hb_portal_sandbox::Fault;
    ///
    /// let all = Fault::all();
    /// assert!(all.iter().any(|fault| fault.commits() && fault.status() == Some(500)));
    /// assert!(all.iter().any(|fault| !fault.commits() && fault.status() == Some(429)));
    /// ```
    pub fn all() -> Vec<Self> {
        let mut all = Self::all_on(Operation::Create);
        all.extend(bodies());
        all
    }

    /// Those of them that do not depend on what the body of a create looks like, for either operation.
    pub fn all_on(operation: Operation) -> Vec<Self> {
        let mut all = breaks();
        all.extend(statuses());
        all.extend(commits());
        all.extend(deliveries());
        all.into_iter().map(|fault| fault.on(operation)).collect()
    }
}

/// No answer at all.
fn breaks() -> Vec<Fault> {
    use Ending::{Close, Hang, Reset};
    use Moment::{AfterCommit, AfterRequest, BeforeRequest, Connected, DuringRequest, NextRequest};
    let mut breaks = vec![Fault::refuses()];
    breaks.extend(
        [
            (Connected, Reset),
            (Connected, Close),
            (Connected, Hang),
            (NextRequest, Close),
            (BeforeRequest, Reset),
            (BeforeRequest, Close),
            (DuringRequest, Reset),
            (DuringRequest, Close),
            (AfterRequest, Reset),
            (AfterRequest, Close),
            (AfterRequest, Hang),
            (AfterCommit, Reset),
            (AfterCommit, Close),
            (AfterCommit, Hang),
        ]
        .map(|(moment, ending)| Fault::breaks(moment, ending)),
    );
    breaks
}

/// Answers to a request that is not carried out.
fn statuses() -> Vec<Fault> {
    // On the same origin, so that a client that follows it shows up among the requests.
    let redirect = |status| Fault::answers(Answer::new(status).header("location", "/elsewhere"));
    let says = |status: u16, text: &str| Answer::new(status).json(&format!("{{\"message\":\"{text}\"}}"));
    let throttled = || says(429, "Too Many Attempts.");
    let second = Duration::from_secs(1);
    let invalid =
        r#"{"message":"The url field must be a valid URL.","errors":{"url":["The url field must be a valid URL."]}}"#;
    vec![
        redirect(301),
        redirect(302),
        redirect(303),
        redirect(307),
        redirect(308),
        Fault::answers(says(401, "Unauthenticated.")),
        Fault::answers(says(403, "This action is unauthorized.")),
        Fault::answers(Answer::new(413).html("<h1>413 Request Entity Too Large</h1>")),
        Fault::answers(says(419, "CSRF token mismatch.")),
        Fault::answers(Answer::new(422).json(invalid)),
        Fault::answers(Answer::new(422).html("<h1>422</h1>")).named("answers 422 in HTML"),
        Fault::answers(Answer::new(422).header("content-type", "application/json").body(b"{\"message\":\"\xff\xfe\"}"))
            .named("answers 422 that is not UTF-8"),
        Fault::answers(Answer::new(422)).named("answers 422 without a body"),
        Fault::answers(throttled()),
        Fault::answers(throttled().header("retry-after", "1")).named("answers 429 with Retry-After in seconds"),
        Fault::answers(throttled().header_date_in("retry-after", second))
            .named("answers 429 with Retry-After as a date"),
        Fault::answers(says(500, "Server Error")),
        Fault::answers(Answer::new(502).html("<h1>502 Bad Gateway</h1>")),
        Fault::answers(says(503, "Service Unavailable")),
    ]
}

/// Answers that hide that the request was carried out, or tell it by another status.
fn commits() -> Vec<Fault> {
    let error = r#"{"message":"Server Error"}"#;
    vec![
        Fault::answers(Answer::new(500).json(error).committing()),
        Fault::answers(Answer::new(502).html("<h1>502 Bad Gateway</h1>").committing()),
        Fault::answers(Answer::new(503).json(error).committing()),
        Fault::answers(Answer::new(302).header("location", "/elsewhere").committing()),
        Fault::answers(Answer::new(204).committing()),
        Fault::answers(Answer::documented().status(200)),
        Fault::answers(Answer::documented().status(202)),
    ]
}

/// The ordinary answer, delivered badly.
fn deliveries() -> Vec<Fault> {
    let places = [
        ("inside the status line", Offset::Answer(11)),
        ("inside the headers", Offset::Answer(40)),
        ("before the body", Offset::Body(0)),
        ("inside the secret", Offset::BeforeSecretEnd(20)),
        ("before the secret's closing quote", Offset::BeforeSecretEnd(1)),
        ("after the secret", Offset::BeforeSecretEnd(0)),
        ("before its last byte", Offset::BeforeEnd(1)),
    ];
    let cut = places.map(|(place, offset)| {
        Fault::answers(Answer::documented().cut_at(offset)).named(format!("commits, then the answer is cut {place}"))
    });
    let stalled = places.map(|(place, offset)| {
        Fault::answers(Answer::documented().stalled_at(offset))
            .named(format!("commits, then the answer stalls {place}"))
    });
    let unannounced = Answer::documented().framing(Framing::Close);
    let others = [
        Fault::answers(unannounced.clone()).named("commits, then the answer ends with the connection"),
        Fault::answers(unannounced.cut_at(Offset::BeforeSecretEnd(0)))
            .named("commits, then the answer ends with the connection, after the secret"),
        Fault::answers(Answer::documented().framing(Framing::Chunks(10)))
            .named("commits, then the answer comes in chunks"),
        Fault::answers(Answer::documented().slowly(50, Duration::from_millis(2)))
            .named("commits, then the answer comes slowly"),
        Fault::answers(Answer::documented().gzipped()).named("commits, then the answer is gzipped"),
    ];
    cut.into_iter().chain(stalled).chain(others).collect()
}

/// The ordinary answer, with another body.
fn bodies() -> impl Iterator<Item = Fault> {
    PLAUSIBLE.iter().chain(FURTHER).map(|(name, make)| {
        let answer = Answer::documented().body_from(|issued| made(*make, issued));
        Fault::answers(answer).named(format!("answers 201, and {name}"))
    })
}
