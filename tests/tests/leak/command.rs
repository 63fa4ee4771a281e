//! The command `hb-portal`: its output, and the arguments and the environment of its children.

use std::{
    collections::BTreeSet,
    io::Write as _,
    path::{Path, PathBuf},
    process::{Command, Output, Stdio},
};

use hb_portal_sandbox::{Fault, Response};
use hb_portal_tests::every_case;

use super::{
    canary::{API_KEY, Canary, SECRET, TOKEN, URL},
    portal::{Token, echo_with_url, mints_the_canary, sandbox},
    sweep::Sweep,
};

const REPEATS: &str = "the portal repeats the request";

/// Returns the command that `cargo test --workspace` builds next to the tests, and builds it if it is missing.
fn binary() -> PathBuf {
    let test = std::env::current_exe().unwrap();
    let profile = test.ancestors().nth(2).unwrap();
    let binary = profile.join(format!("hb-portal{}", std::env::consts::EXE_SUFFIX));
    if !binary.exists() {
        let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
        let mut build = Command::new(cargo);
        build.args(["build", "-p", "hb-portal-cli"]).current_dir(hb_portal_tests::root());
        if profile.ends_with("release") {
            build.arg("--release");
        }
        // With the variables that cargo sets for a test, `ring` would be built again.
        let of_a_package = |name: &str| ["CARGO_MANIFEST_", "CARGO_PKG_"].iter().any(|of| name.starts_with(of));
        for (name, _) in std::env::vars_os().filter(|(name, _)| of_a_package(&name.to_string_lossy())) {
            build.env_remove(name);
        }
        assert!(build.env("CARGO_TARGET_DIR", profile.parent().unwrap()).status().unwrap().success());
    }
    binary
}

/// Returns the command with `folder` as its current folder and its home.
fn command(folder: &Path, variables: &[(&str, &str)]) -> Command {
    let mut command = Command::new(binary());
    for (name, _) in std::env::vars_os().filter(|(name, _)| name.to_string_lossy().starts_with("HB_PORTAL")) {
        command.env_remove(name);
    }
    command
        .current_dir(folder)
        .env("XDG_STATE_HOME", folder)
        .env("LOCALAPPDATA", folder)
        .envs(variables.iter().copied());
    command
}

/// Runs a create for a URL with credentials.
fn create(folder: &Path, variables: &[(&str, &str)], options: &[&str]) -> Output {
    let mut command = command(folder, variables);
    command.args(["webhooks", "create", "--url", URL, "--event", "reference.submitted"]);
    command.args(options).output().unwrap()
}

fn sweep_output(sweep: &mut Sweep, what: &str, output: &Output) {
    sweep.text(&format!("{what}, standard output"), &String::from_utf8_lossy(&output.stdout));
    sweep.text(&format!("{what}, standard error"), &String::from_utf8_lossy(&output.stderr));
}

#[test]
fn the_demo_leaks_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let output = command(folder.path(), &[]).arg("demo").env("TMPDIR", folder.path()).output().unwrap();
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    let printed = String::from_utf8_lossy(&output.stdout);
    let path = printed.lines().find_map(|line| line.trim().strip_prefix("secret file")).unwrap().trim();
    let secret = std::fs::read_to_string(path).unwrap();
    let mut sweep = Sweep::for_canaries("the demo", vec![Canary::new("secret", &secret)]);
    sweep_output(&mut sweep, "created", &output);
    sweep.finish();
}

#[tokio::test]
async fn a_create_with_a_given_token_leaks_nothing_whatever_the_portal_does() {
    sweep_creates(Token::Given, [0, 2]).await;
}

#[tokio::test]
async fn a_create_with_a_minted_token_leaks_nothing_whatever_the_portal_does() {
    sweep_creates(Token::Minted, [1, 3]).await;
}

/// Creates an endpoint with every fault, or with every fourth fault from each of two offsets: one with JSON output, the other with
/// text. That is enough, because `outcomes` has every fault with both tokens, and the command prints every outcome in the same way.
async fn sweep_creates(token: Token, offsets: [usize; 2]) {
    let mut sweep = Sweep::new("the command");
    let sandbox = sandbox().await;
    let client_id = sandbox.client_id().to_string();
    let base_url = ("HB_PORTAL_BASE_URL", sandbox.base_url());
    let run = |options: &[&str]| {
        let folder = tempfile::tempdir().unwrap();
        let options = [&["--secret-file", "secret"], options].concat();
        match token {
            Token::Given => create(folder.path(), &[base_url, ("HB_PORTAL_ACCESS_TOKEN", TOKEN)], &options),
            Token::Minted => create(
                folder.path(),
                &[base_url, ("HB_PORTAL_CLIENT_ID", &client_id), ("HB_PORTAL_API_KEY", API_KEY)],
                &options,
            ),
        }
    };
    let mut codes = BTreeSet::new();
    let formats: [&[&str]; 2] = [&["--json"], &[]];
    let mut strike = |fault: Fault, times, options: &[&str]| {
        sandbox.clear_faults().unwrap();
        sandbox.inject_n(fault.clone(), times);
        sandbox.inject_always(mints_the_canary());
        let output = run(options);
        codes.insert(output.status.code());
        sweep_output(&mut sweep, &format!("{fault}, {token:?}, {options:?}"), &output);
    };
    // Few other faults lead to the outcome that nothing was sent.
    strike(Fault::refuses(), 1, formats[0]);
    // A fault that hangs would take half a minute, and leads to the same output as one that breaks the connection.
    let catalogue = Fault::all().into_iter().filter(|fault| !fault.hangs());
    for (index, fault) in catalogue.enumerate() {
        for (offset, options) in offsets.into_iter().zip(formats) {
            if every_case() || index % 4 == offset {
                strike(fault.clone(), 1, options);
            }
        }
    }
    for status in [301, 401, 403, 422, 429, 500] {
        for options in formats {
            let repeats = Fault::responds(Response::new(status).json(&echo_with_url(token, URL))).named(REPEATS);
            // A single response may lead to a retry; a repeated one is the outcome.
            strike(repeats, 3, options);
        }
    }
    assert!([0, 3, 4, 5, 6].iter().all(|code| codes.contains(&Some(*code))), "not every outcome: {codes:?}");
    sandbox.clear_faults().unwrap();
    let dry = run(&["--dry-run"]);
    assert_eq!(dry.status.code(), Some(0), "{dry:?}");
    sweep_output(&mut sweep, "a dry run", &dry);
    sweep.finish();
}

/// The command that receives the secret sees neither credentials nor the secret, except on its standard input.
#[cfg(target_os = "linux")]
#[tokio::test]
async fn the_arguments_and_the_environment_of_children_leak_nothing() {
    let mut sweep = Sweep::new("the children of the command");
    let sandbox = sandbox().await;
    for (end, code) in [("exit 0", 0), ("exit 1", 8), ("rm -r hb-portal; exit 1", 7)] {
        let folder = tempfile::tempdir().unwrap();
        let client_id = sandbox.client_id().to_string();
        let variables = [
            ("HB_PORTAL_BASE_URL", sandbox.base_url()),
            ("HB_PORTAL_ACCESS_TOKEN", TOKEN),
            ("HB_PORTAL_CLIENT_ID", &*client_id),
            ("HB_PORTAL_API_KEY", API_KEY),
        ];
        let script = format!(
            "cat > stored; cat /proc/$$/cmdline > arguments; tr '\\0' '\\n' < /proc/self/environ > environment; {end}"
        );
        let output = create(folder.path(), &variables, &["--secret-command", &script]);
        assert_eq!(output.status.code(), Some(code), "{output:?}");
        sweep_output(&mut sweep, end, &output);
        let read = |name: &str| std::fs::read_to_string(folder.path().join(name)).unwrap();
        assert_eq!(read("stored"), SECRET);
        assert!(
            read("environment").contains("PATH=") && read("arguments").contains("/proc"),
            "the child recorded nothing"
        );
        sweep.text("the arguments of a child", &read("arguments"));
        sweep.text("the environment of a child", &read("environment"));
    }
    sweep.finish();
}

#[tokio::test]
async fn the_other_commands_leak_nothing() {
    let mut sweep = Sweep::new("the other commands");
    let sandbox = sandbox().await;
    let folder = tempfile::tempdir().unwrap();
    let variables = [("HB_PORTAL_BASE_URL", sandbox.base_url()), ("HB_PORTAL_ACCESS_TOKEN", TOKEN)];
    assert_eq!(create(folder.path(), &variables, &["--secret-file", "secret"]).status.code(), Some(0));
    sandbox.inject("commits, then responds with 500".parse().unwrap());
    assert_eq!(create(folder.path(), &variables, &["--secret-file", "other"]).status.code(), Some(5));
    for fault in ["nothing", "responds with 422", "responds with 500"] {
        for (words, operation) in [
            ("list", "list"),
            ("show 1", "list"),
            ("update 1 --active true", "update"),
            ("test 1", "test"),
            ("calls 1", "calls"),
            ("recover --secret-file other", "list"),
            ("delete 7 --yes", "delete"),
        ] {
            for option in [None, Some("--json")] {
                if let Ok(fault) = format!("{operation}: {fault}").parse() {
                    sandbox.inject(fault);
                }
                let mut command = command(folder.path(), &variables);
                let output = command.arg("webhooks").args(words.split(' ')).args(option).output().unwrap();
                assert!(matches!(output.status.code(), Some(0 | 1 | 4 | 5 | 9)), "{words}: {output:?}");
                sweep_output(&mut sweep, words, &output);
            }
        }
    }
    sweep.finish();
}

#[test]
fn the_commands_for_deliveries_leak_nothing() {
    let mut sweep = Sweep::new("the commands for deliveries");
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("secret"), SECRET).unwrap();
    std::fs::write(folder.path().join("quoted"), format!("\"{SECRET}\"")).unwrap();
    let run = |words: &str, input: &[u8]| {
        let mut command = command(folder.path(), &[]);
        let pipes = command.args(words.split(' ')).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = pipes.spawn().unwrap();
        // A command that refuses its options reads no input.
        let _ = child.stdin.take().unwrap().write_all(input);
        child.wait_with_output().unwrap()
    };
    let signed = run("sign --scheme hex:Sig --secret-file secret", b"{}");
    let capture = [&signed.stdout[..], b"\n{}"].concat();
    sweep_output(&mut sweep, "signed", &signed);
    for (words, code) in [
        ("verify --scheme hex:Sig --secret-file secret", 0),
        ("verify --scheme hex:Sig --secret-file quoted", 1),
        ("verify --scheme standard-webhooks --secret-file secret", 2),
        ("detect --secret-file secret", 0),
        ("detect --secret-file quoted", 1),
    ] {
        for option in ["", " --json"] {
            let output = run(&format!("{words}{option}"), &capture);
            assert_eq!(output.status.code(), Some(code), "{words}: {output:?}");
            sweep_output(&mut sweep, words, &output);
        }
    }
    sweep.finish();
}

#[test]
fn invalid_variables_and_options_do_not_leak() {
    let mut sweep = Sweep::new("the command's environment");
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
        let output = create(folder.path(), &variables, &["--secret-file", "secret"]);
        assert_eq!(output.status.code(), Some(2), "{output:?}");
        sweep_output(&mut sweep, "an environment", &output);
    }
    for option in [["--token", TOKEN], ["--access-token", TOKEN], ["--api-key", API_KEY]] {
        let output = create(folder.path(), &[], &option);
        assert_eq!(output.status.code(), Some(2));
        sweep_output(&mut sweep, "an unknown option", &output);
        let output = create(folder.path(), &[], &[&option.join("=")]);
        assert_eq!(output.status.code(), Some(2));
        sweep_output(&mut sweep, "an unknown option with its value", &output);
    }
    sweep.finish();
}
