//! The suite finds planted leaks.

use std::{error::Error, fmt};

use super::{
    canary::Canary,
    record,
    sweep::{Sweep, unwrap},
};

/// A separate canary, so that the other sweeps of this process do not find it.
const PLANTED: &str = "whsec_CanaryPlanted5Hs/+=\"\\\u{e9}";

#[derive(Debug)]
#[allow(dead_code, reason = "only printed")]
struct Careless {
    name: &'static str,
    secret: String,
}

impl fmt::Display for Careless {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name)
    }
}

impl Error for Careless {}

/// An error whose own text is harmless, but whose source leaks.
#[derive(Debug)]
struct Discreet;

impl fmt::Display for Discreet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("it failed")
    }
}

impl Error for Discreet {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        static CARELESS: Careless = Careless { name: PLANTED, secret: String::new() };
        Some(&CARELESS)
    }
}

#[test]
fn a_planted_leak_is_found() {
    let careless = || Careless { name: "it", secret: PLANTED.to_owned() };
    type Print<'a> = &'a dyn Fn(&mut Sweep);
    let leaks: &[(&str, Print<'_>)] = &[
        ("Debug", &|sweep| sweep.debug("", &careless())),
        ("Display", &|sweep| sweep.display("", PLANTED)),
        ("a source", &|sweep| sweep.error("", &Discreet)),
        ("unwrap", &|sweep| sweep.panic("", || unwrap(Err::<(), _>(careless())))),
        ("bytes", &|sweep| sweep.debug("", PLANTED.as_bytes())),
        ("JSON", &|sweep| sweep.text("", &serde_json::to_string(PLANTED).unwrap())),
        ("a byte string", &|sweep| sweep.text("", &PLANTED.as_bytes().escape_ascii().to_string())),
        ("upper case", &|sweep| sweep.text("", &PLANTED.to_uppercase())),
        ("a part", &|sweep| sweep.text("", &PLANTED[..PLANTED.len() - 5])),
        ("hexadecimal", &|sweep| sweep.text("", "77687365635f43616E617279506C616E746564354873")),
        ("a URL", &|sweep| sweep.text("", "secret=whsec_CanaryPlanted5Hs%2F%2B%3D%22%5C%C3%A9")),
        ("base64", &|sweep| sweep.text("", "eyJzZWNyZXQiOiJ3aHNlY19DYW5hcnlQbGFudGVkNUhzIn0=")),
    ];
    for (what, print) in leaks {
        let mut sweep = sweep();
        print(&mut sweep);
        assert!(!sweep.leaks().is_empty(), "{what} is not found");
    }
}

#[test]
fn a_planted_leak_is_found_in_the_log() {
    let mut sweep = sweep();
    let mut assert_found = |what: &str, log: &dyn Fn()| {
        let before = record::records().len();
        log();
        let found = sweep.leaks().len();
        record::records().split_off(before).iter().for_each(|line| sweep.text("log", line));
        assert!(sweep.leaks().len() > found, "{what} is not found");
    };
    let (shown, source) = (PLANTED, &Discreet as &dyn Error);
    assert_found("an event's message", &|| tracing::trace!("{PLANTED}"));
    assert_found("an event's text", &|| tracing::debug!(target: "elsewhere", shown));
    assert_found("an event's value", &|| tracing::info!(value = ?[PLANTED]));
    assert_found("an event's error", &|| tracing::warn!(error = source));
    assert_found("a span's field", &|| drop(tracing::trace_span!("a span", shown)));
    assert_found("a field that is recorded later", &|| {
        let span = tracing::info_span!("a span", later = tracing::field::Empty);
        span.record("later", tracing::field::display(PLANTED));
    });
    assert_found("a line", &|| log::trace!("{PLANTED}"));
    assert_found("a line of another target", &|| log::error!(target: "reqwest::connect", "{PLANTED}"));
}

fn sweep() -> Sweep {
    Sweep::for_canaries("planted leaks", vec![Canary::new("planted", PLANTED)])
}
