//! The example program, which prints what a user's would.

use std::{
    path::{Path, PathBuf},
    process::{Command, Output},
};

use hb_portal_sandbox::{Answer, Fault, Sandbox};

use super::{
    canary::{API_KEY, Canary, SECRET, TOKEN},
    portal::{TOKENS, Token, echo_with_url, mints_the_canary, sandbox},
    sweep::Sweep,
};

const REPEATS: &str = "the portal repeats what it got";

/// The program, as `cargo test --workspace` leaves it beside the tests; built if it is not there.
fn program() -> PathBuf {
    let test = std::env::current_exe().unwrap();
    let profile = test.ancestors().nth(2).unwrap();
    let program = profile.join("examples").join(format!("create_webhook{}", std::env::consts::EXE_SUFFIX));
    if !program.exists() {
        let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
        let mut build = Command::new(cargo);
        build.args(["build", "-p", "hb-portal", "--example", "create_webhook"]).current_dir(hb_portal_tests::root());
        if profile.ends_with("release") {
            build.arg("--release");
        }
        assert!(build.env("CARGO_TARGET_DIR", profile.parent().unwrap()).status().unwrap().success());
    }
    program
}

/// Runs it with a fresh path for the secret.
fn run(folder: &Path, variables: &[(&str, &str)]) -> Output {
    let mut program = Command::new(program());
    for (name, _) in std::env::vars_os().filter(|(name, _)| name.to_string_lossy().starts_with("HB_PORTAL")) {
        program.env_remove(name);
    }
    program.arg("--secret-file").arg(folder.join("secret")).envs(variables.iter().copied()).output().unwrap()
}

fn sweep_output(sweep: &mut Sweep, what: &str, output: &Output) {
    sweep.text(&format!("{what}, standard output"), &String::from_utf8_lossy(&output.stdout));
    sweep.text(&format!("{what}, standard error"), &String::from_utf8_lossy(&output.stderr));
}

#[test]
fn the_example_shows_nothing_in_its_own_sandbox() {
    let folder = tempfile::tempdir().unwrap();
    let output = run(folder.path(), &[]);
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    let secret = std::fs::read_to_string(folder.path().join("secret")).unwrap();
    let mut sweep = Sweep::for_canaries("the example and its sandbox", vec![Canary::new("secret", &secret)]);
    sweep_output(&mut sweep, "created", &output);
    sweep.finish();
}

#[tokio::test]
async fn the_example_shows_nothing_whatever_the_portal_does() {
    let mut sweep = Sweep::new("the example");
    let sandbox = sandbox().await;
    // It would wait for half a minute where the portal hangs, and says the same as where it breaks.
    let catalogue: Vec<_> = Fault::all().into_iter().filter(|fault| !fault.hangs()).collect();
    for token in TOKENS {
        let run_against = |sandbox: &Sandbox| {
            let folder = tempfile::tempdir().unwrap();
            let client_id = sandbox.client_id().to_string();
            let base_url = ("HB_PORTAL_BASE_URL", sandbox.base_url());
            match token {
                Token::Given => run(folder.path(), &[base_url, ("HB_PORTAL_ACCESS_TOKEN", TOKEN)]),
                Token::Minted => {
                    run(folder.path(), &[base_url, ("HB_PORTAL_CLIENT_ID", &client_id), ("HB_PORTAL_API_KEY", API_KEY)])
                }
            }
        };
        let repeats = |status| {
            Fault::answers(Answer::new(status).json(&echo_with_url(token, "https://your-app.com/webhooks/references")))
                .named(REPEATS)
        };
        let mut codes = std::collections::BTreeSet::new();
        for fault in catalogue.iter().cloned().chain([301, 401, 403, 422, 429, 500].map(repeats)) {
            sandbox.clear_faults().unwrap();
            // What is answered once may be asked again; what repeats is to be what comes out.
            sandbox.inject_n(fault.clone(), if fault.name() == REPEATS { 3 } else { 1 });
            sandbox.inject_always(mints_the_canary());
            let output = run_against(&sandbox);
            codes.insert(output.status.code());
            sweep_output(&mut sweep, &format!("{fault}, {token:?}"), &output);
        }
        assert!([0, 3, 4, 5, 6].iter().all(|code| codes.contains(&Some(*code))), "not every outcome: {codes:?}");
    }
    sweep.finish();
}

#[test]
fn the_example_shows_nothing_of_what_it_cannot_use() {
    let mut sweep = Sweep::new("the example's environment");
    let folder = tempfile::tempdir().unwrap();
    for variables in [
        vec![("HB_PORTAL_BASE_URL", TOKEN), ("HB_PORTAL_ACCESS_TOKEN", TOKEN)],
        vec![
            ("HB_PORTAL_BASE_URL", "https://a.example"),
            ("HB_PORTAL_CLIENT_ID", API_KEY),
            ("HB_PORTAL_API_KEY", API_KEY),
        ],
        vec![("HB_PORTAL_BASE_URL", "https://a.example"), ("HB_PORTAL_ACCESS_TOKEN", "CanaryToken4Rw\n")],
        vec![("HB_PORTAL_API_KEY", API_KEY), ("HB_PORTAL_ACCESS_TOKEN", TOKEN)],
    ] {
        let output = run(folder.path(), &variables);
        assert_eq!(output.status.code(), Some(2), "{output:?}");
        sweep_output(&mut sweep, "an environment", &output);
    }
    let mut program = Command::new(program());
    let output = program.args(["--token", TOKEN, SECRET]).output().unwrap();
    assert_eq!(output.status.code(), Some(2));
    sweep_output(&mut sweep, "an option that there is not", &output);
    sweep.finish();
}
