//! The outcome that a response must have, derived from the mutations. Nothing is parsed.

use super::{
    body::{Body, MESSAGE, Place, URL, Wrap},
    written::{DECOY, Secret, Written},
};

/// The expected result for a response.
#[derive(Debug)]
pub(crate) struct Expected {
    pub(crate) outcome: Outcome,
    /// The ids that arrived complete; the last one is the endpoint's.
    pub(crate) ids: Vec<String>,
    id_is_ambiguous: bool,
    /// Whether the response conforms to the contract; `None` if the mutations do not determine it.
    pub(crate) conforms: Option<bool>,
    /// Values that no deviation may show.
    pub(crate) values: Vec<String>,
}

/// The expected outcome.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    Secret(String),
    SecretMissing,
    Unconfirmed,
    /// `SecretMissing` or `Unconfirmed`.
    NoSecret,
    /// One of these secrets, or none.
    Unsure(Vec<String>),
}

impl Expected {
    /// The expected result for a response of which `reaches` bytes arrive.
    pub(crate) fn of(body: &Body, written: &Written, reaches: usize, status: u16) -> Self {
        let in_a_crowd = body.wraps.iter().any(|wrap| matches!(wrap, Wrap::Crowd));
        let arrived: Vec<_> =
            written.secrets.iter().filter(|secret| secret.end <= reaches && !secret.text.is_empty()).collect();
        // If an object has several members of one name, the last one counts.
        let is_last = |secret: &Secret| {
            arrived.iter().rfind(|other| other.member == secret.member).is_some_and(|last| std::ptr::eq(*last, secret))
        };
        let at = |place: Place| {
            let there = arrived.iter().filter(|secret| secret.place == place && is_last(secret));
            let mut texts: Vec<String> = there.map(|secret| secret.text.clone()).collect();
            texts.sort();
            texts.dedup();
            texts
        };
        let mut secrets = at(Place::Documented);
        if secrets.is_empty() {
            secrets = at(Place::Candidate);
        }
        let perhaps = at(Place::Perhaps);
        let is_unsure = at(Place::Documented).is_empty() && !perhaps.is_empty();
        let ids: Vec<String> = written
            .ids
            .iter()
            .filter(|(_, whole_at)| *whole_at <= reaches && !in_a_crowd)
            .map(|(text, _)| text.clone())
            .collect();
        let outcome = match secrets.as_slice() {
            _ if is_unsure => Outcome::Unsure([secrets, perhaps].concat()),
            [secret] => Outcome::Secret(secret.clone()),
            _ if status == 201 => Outcome::SecretMissing,
            _ if body.id_is_ambiguous && !ids.is_empty() => Outcome::NoSecret,
            _ if !ids.is_empty() => Outcome::SecretMissing,
            _ => Outcome::Unconfirmed,
        };
        let odd = status != 201 || written.marked || reaches < written.bytes.len() || !body.wraps.is_empty();
        let conforms = if odd { Some(false) } else { body.conforms.then_some(true) };
        let mut values: Vec<String> = [MESSAGE, URL, DECOY].map(str::to_owned).into();
        // A shorter one may be a word that occurs in every deviation.
        values.extend(written.secrets.iter().map(|secret| secret.text.clone()).filter(|text| text.len() > 12));
        let id_is_ambiguous = body.id_is_ambiguous || is_unsure;
        Self { outcome, ids, id_is_ambiguous, conforms, values }
    }

    /// Returns whether the response allows this id to be reported as the endpoint's.
    pub(crate) fn allows_id(&self, id: Option<&str>) -> bool {
        match id {
            Some(id) if self.id_is_ambiguous => self.ids.iter().any(|whole| whole == id),
            None if self.id_is_ambiguous => true,
            id => id == self.ids.last().map(String::as_str) || self.outcome == Outcome::Unconfirmed,
        }
    }
}
