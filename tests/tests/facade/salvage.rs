//! The secret is recovered from responses that deviate from the contract.

mod body;
mod decoys;
mod deviations;
mod drift;
mod heads;
mod mutation;
mod oddities;
mod oracle;
mod server;
mod written;

use std::{
    fmt::Write as _,
    sync::atomic::{AtomicUsize, Ordering},
};

use body::Body;
use hb_portal::{CreateError, CreatedWebhook, EndpointId};
use hb_portal_tests::properties;
use mutation::{Mutation, mutations};
use oracle::{Expected, Outcome};
use proptest::{prelude::*, test_runner::TestRunner};
use server::{Reply, Server};
use written::Style;

/// A response to a create: the documented one with changes.
#[derive(Debug, Clone)]
struct Case {
    status: u16,
    secret: String,
    mutations: Vec<Mutation>,
    style: Style,
    /// The part of the body that arrives, in 65,536ths; all of it if `None`.
    cut: Option<u16>,
}

fn cases() -> impl Strategy<Value = Case> {
    let status = prop_oneof![
        6 => Just(201u16),
        2 => proptest::sample::select(vec![200, 202, 203, 206, 207, 226, 299]),
    ];
    let cut = prop_oneof![3 => Just(None), 2 => any::<u16>().prop_map(Some)];
    (status, secrets(), mutations(), Style::any(), cut).prop_map(|(status, secret, mutations, style, cut)| Case {
        status,
        secret,
        mutations,
        style,
        cut,
    })
}

/// Returns any text that is not empty, with more of the characters that JSON treats specially than chance would give.
fn secrets() -> impl Strategy<Value = String> {
    let special = "\"\\/\u{8}\u{c}\n\r\t\0\u{1f}\u{7f}\u{85}\u{2028}\u{feff}\u{fffd}\u{ffff}'u{}[]:,";
    let char = prop_oneof![
        3 => proptest::char::range('0', 'z'),
        2 => proptest::sample::select(special.chars().collect::<Vec<_>>()),
        2 => any::<char>(),
        1 => proptest::char::range('\u{10000}', '\u{10ffff}'),
    ];
    proptest::collection::vec(char, 1..40).prop_map(String::from_iter)
}

#[test]
fn a_secret_in_its_place_is_returned_whatever_surrounds_it() {
    let server = Server::start();
    let (mutated, saved) = (AtomicUsize::new(0), AtomicUsize::new(0));
    let result = TestRunner::new(properties(1024, 4096)).run(&cases(), |case| {
        let body = case.mutations.iter().fold(Body::documented(&case.secret), |body, mutation| mutation.apply(body));
        let written = body.write(&case.style);
        let reaches = case.cut.map_or(written.bytes.len(), |cut| (written.bytes.len() * usize::from(cut)) >> 16);
        let expected = Expected::of(&body, &written, reaches, case.status);
        let text = String::from_utf8_lossy(&written.bytes[..reaches]).into_owned();
        let outcome = server.create(Reply { reaches, ..Reply::whole(case.status, written.bytes) });
        mutated.fetch_add(1, Ordering::Relaxed);
        saved.fetch_add(usize::from(outcome.is_ok()), Ordering::Relaxed);
        check(&expected, &outcome).map_err(|why| TestCaseError::fail(format!("{why}; the response was {text}")))
    });
    if let Err(error) = result {
        panic!("{error}");
    }
    let (mutated, saved) = (mutated.into_inner(), saved.into_inner());
    println!("salvage: {mutated} bodies mutated, {saved} of them with a recoverable secret");
    assert!(saved * 4 > mutated && saved < mutated, "the mutations leave too many or too few secrets");
}

/// Checks the outcome against the one that the response must have.
fn check(expected: &Expected, outcome: &Result<CreatedWebhook, CreateError>) -> Result<(), String> {
    let id = match (&expected.outcome, outcome) {
        (Outcome::Secret(secret), Ok(created)) if created.secret.expose_secret() == *secret => {
            check_deviations(expected, created)?;
            created.endpoint.id.as_ref()
        }
        (Outcome::Unsure(secrets), Ok(created))
            if secrets.iter().any(|secret| secret == created.secret.expose_secret()) =>
        {
            return check_deviations(expected, created);
        }
        (Outcome::Unsure(_), Err(CreateError::SecretMissing(_) | CreateError::Unconfirmed(_))) => return Ok(()),
        (Outcome::SecretMissing | Outcome::NoSecret, Err(CreateError::SecretMissing(missing))) => missing.id(),
        (Outcome::Unconfirmed | Outcome::NoSecret, Err(CreateError::Unconfirmed(_))) => None,
        (wanted, Ok(created)) => {
            return Err(format!("expected {wanted:?}, got the secret {:?}", created.secret.expose_secret()));
        }
        (wanted, Err(error)) => return Err(format!("expected {wanted:?}, got {error:?}")),
    };
    // A wrong id could be that of another user's endpoint, which the caller would be told to delete.
    if !expected.allows_id(id.map(EndpointId::as_str)) {
        return Err(format!("expected the id {:?}, got {id:?}", expected.ids));
    }
    Ok(())
}

/// Checks that deviations show only kinds, and that some are reported exactly if the response deviates.
fn check_deviations(expected: &Expected, created: &CreatedWebhook) -> Result<(), String> {
    let mut text = String::new();
    for deviation in created.deviations() {
        write!(text, "{deviation} {deviation:?} ").unwrap();
    }
    if let Some(shown) = expected.values.iter().find(|value| text.contains(*value)) {
        return Err(format!("the deviations show {shown:?}: {text}"));
    }
    match expected.conforms {
        Some(true) if !created.deviations().is_empty() => {
            Err(format!("nothing deviates, but deviations are reported: {text}"))
        }
        Some(false) if created.deviations().is_empty() => Err("no deviation is reported".to_owned()),
        _ => Ok(()),
    }
}
