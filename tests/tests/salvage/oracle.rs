//! What a create has to make of an answer, from what the mutations know of it. Nothing is parsed.

use super::{
    body::{Body, MESSAGE, Place, URL, Wrap},
    written::Written,
};

/// What is to come of an answer.
#[derive(Debug)]
pub(crate) struct Expected {
    pub(crate) outcome: Outcome,
    /// The ids that arrived whole; the last is the endpoint's.
    pub(crate) ids: Vec<String>,
    id_is_ambiguous: bool,
    /// Whether the answer is what the contract says; `None` where that takes a judge.
    pub(crate) conforms: Option<bool>,
    /// What no deviation may show.
    pub(crate) values: Vec<String>,
}

/// Which outcome.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    Secret(String),
    SecretMissing,
    Unconfirmed,
    /// One of the last two.
    NoSecret,
}

impl Expected {
    /// Of an answer of which `reaches` bytes arrive.
    pub(crate) fn of(body: &Body, written: &Written, reaches: usize, status: u16) -> Self {
        let in_a_crowd = body.wraps.iter().any(|wrap| matches!(wrap, Wrap::Crowd));
        let found = |place| {
            let there = written.secrets.iter().filter(|(secret, end)| secret.place == Some(place) && *end <= reaches);
            there.map(|(secret, _)| &secret.text).rfind(|text| !text.is_empty())
        };
        let secret = found(Place::Root).or_else(|| found(Place::Data)).filter(|_| !in_a_crowd);
        let ids: Vec<String> = written
            .ids
            .iter()
            .filter(|(_, whole_at)| *whole_at <= reaches && !in_a_crowd)
            .map(|(text, _)| text.clone())
            .collect();
        let outcome = match secret {
            Some(secret) => Outcome::Secret(secret.clone()),
            None if status == 201 => Outcome::SecretMissing,
            None if body.id_is_ambiguous && !ids.is_empty() => Outcome::NoSecret,
            None if !ids.is_empty() => Outcome::SecretMissing,
            None => Outcome::Unconfirmed,
        };
        let odd = status != 201 || written.marked || reaches < written.bytes.len() || !body.wraps.is_empty();
        let conforms = if odd { Some(false) } else { body.conforms.then_some(true) };
        let mut values: Vec<String> = [MESSAGE, URL, "canary-decoy"].map(str::to_owned).into();
        // A shorter one may be a word that every deviation has.
        values.extend(written.secrets.iter().map(|(secret, _)| secret.text.clone()).filter(|text| text.len() > 12));
        Self { outcome, ids, id_is_ambiguous: body.id_is_ambiguous, conforms, values }
    }

    /// Whether the portal's answer allows to say that this is the endpoint's id.
    pub(crate) fn allows_id(&self, id: Option<&str>) -> bool {
        match id {
            Some(id) if self.id_is_ambiguous => self.ids.iter().any(|whole| whole == id),
            None if self.id_is_ambiguous => true,
            id => id == self.ids.last().map(String::as_str) || self.outcome == Outcome::Unconfirmed,
        }
    }
}
