//! A client from the environment, in a separate process, because the environment of this one cannot be changed.

use std::{ffi::OsString, os::unix::ffi::OsStringExt as _, process::Command};

use hb_portal::Client;

use super::{
    canary::{API_KEY, TOKEN},
    record,
    sweep::{Sweep, unwrap},
};

const CHILD: &str = "HB_PORTAL_TESTS_CHILD";

#[test]
fn nothing_leaks_from_the_environment() {
    let mut sweep = Sweep::new("environments");
    let not_unicode = |text: &str| OsString::from_vec([text.as_bytes(), b"\xff"].concat());
    let text = |text: &str| OsString::from(text);
    let portal = || ("HB_PORTAL_BASE_URL", text("https://portal.example"));
    let token = || ("HB_PORTAL_ACCESS_TOKEN", text(TOKEN));
    let key = || ("HB_PORTAL_API_KEY", text(API_KEY));
    for (what, fails, variables) in [
        ("a token", false, vec![portal(), token()]),
        ("a key", false, vec![portal(), ("HB_PORTAL_CLIENT_ID", text("7")), key()]),
        ("no base URL", true, vec![token(), key()]),
        (
            "a base URL with user info",
            true,
            vec![("HB_PORTAL_BASE_URL", text(&format!("https://a:{TOKEN}@portal.example"))), token()],
        ),
        ("an invalid base URL", true, vec![("HB_PORTAL_BASE_URL", text(TOKEN)), token()]),
        ("a base URL that is not Unicode", true, vec![("HB_PORTAL_BASE_URL", not_unicode(TOKEN)), token()]),
        ("a token that is not Unicode", true, vec![portal(), ("HB_PORTAL_ACCESS_TOKEN", not_unicode(TOKEN))]),
        (
            "a token with a line break",
            true,
            vec![portal(), ("HB_PORTAL_ACCESS_TOKEN", text(&format!("{TOKEN}\n{TOKEN}")))],
        ),
        ("a client id that is not a number", true, vec![portal(), ("HB_PORTAL_CLIENT_ID", text(API_KEY)), key()]),
        (
            "a key that is not Unicode",
            true,
            vec![portal(), ("HB_PORTAL_CLIENT_ID", text("7")), ("HB_PORTAL_API_KEY", not_unicode(API_KEY))],
        ),
        ("a key without a client id", true, vec![portal(), key()]),
    ] {
        let mut child = Command::new(std::env::current_exe().unwrap());
        child.args(["--exact", "env::a_client_is_built_from_the_environment", "--nocapture"]);
        for (name, _) in std::env::vars_os().filter(|(name, _)| name.to_string_lossy().starts_with("HB_PORTAL")) {
            child.env_remove(name);
        }
        let output = child.env(CHILD, "").envs(variables).output().unwrap();
        let printed = String::from_utf8_lossy(&output.stdout);
        assert!(printed.contains(if fails { "child: failed" } else { "child: built" }), "{what}: {printed}");
        sweep.text(&format!("{what}, standard output"), &printed);
        sweep.text(&format!("{what}, standard error"), &String::from_utf8_lossy(&output.stderr));
    }
    sweep.finish();
}

/// The child of `nothing_leaks_from_the_environment`, which searches its output. It does nothing unless the variable is set.
#[test]
fn a_client_is_built_from_the_environment() {
    if std::env::var_os(CHILD).is_none() {
        return;
    }
    record::install();
    match Client::from_env() {
        Ok(client) => println!("child: built {client:?} {client:#?}"),
        Err(error) => {
            println!("child: failed {error:?} {error:#?} {error} {error:#}");
            println!("{}", record::panic_of(std::panic::AssertUnwindSafe(|| unwrap(Err::<(), _>(error)))));
        }
    }
    println!("{}", record::records().join("\n"));
}
