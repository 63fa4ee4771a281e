//! The suite finds a leak that is there.

use std::{error::Error, fmt};

use super::{
    canary::Canary,
    record,
    sweep::{Sweep, unwrap},
};

/// A separate canary, so that the other sweeps of this process do not find it.
const PLANTED: &str = "whsec_CanaryPlanted5Hs/+=\"\\\u{e9}";

#[derive(Debug)]
#[allow(dead_code, reason = "it is there to be printed")]
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

/// An error that is discreet itself, and whose source is not.
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
    let printed: &[(&str, Print<'_>)] = &[
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
    for (what, print) in printed {
        let mut sweep = sweep();
        print(&mut sweep);
        assert!(!sweep.leaks().is_empty(), "{what} is not found");
    }
}

#[test]
fn a_planted_leak_is_found_in_the_log() {
    let mut sweep = sweep();
    let mut unseen = |what: &str, log: &dyn Fn()| {
        let before = record::records().len();
        log();
        let found = sweep.leaks().len();
        record::records().split_off(before).iter().for_each(|line| sweep.text("log", line));
        assert!(sweep.leaks().len() > found, "{what} is not found");
    };
    let (shown, source) = (PLANTED, &Discreet as &dyn Error);
    unseen("an event's message", &|| tracing::trace!("{PLANTED}"));
    unseen("an event's text", &|| tracing::debug!(target: "elsewhere", shown));
    unseen("an event's value", &|| tracing::info!(value = ?[PLANTED]));
    unseen("an event's error", &|| tracing::warn!(error = source));
    unseen("a span's field", &|| drop(tracing::trace_span!("a span", shown)));
    unseen("a field that is told later", &|| {
        let span = tracing::info_span!("a span", later = tracing::field::Empty);
        span.record("later", tracing::field::display(PLANTED));
    });
    unseen("a line", &|| log::trace!("{PLANTED}"));
    unseen("a line of another target", &|| log::error!(target: "reqwest::connect", "{PLANTED}"));
}

fn sweep() -> Sweep {
    Sweep::for_canaries("planted leaks", vec![Canary::new("planted", PLANTED)])
}
