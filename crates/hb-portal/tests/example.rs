//! The example `create_webhook`, run as a person would.

#![cfg(all(feature = "client", feature = "verify"))]
#![allow(
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "clippy allows them in tests, and not in what tests share"
)]

use std::{
    path::{Path, PathBuf},
    process::{Command, Output},
    sync::Once,
};

use hb_portal_sandbox::{Answer, Ending, Fault, Moment, Offset, Sandbox};

/// The example, built as `cargo test --workspace` does: after that there is nothing left to do, and when this test is run
/// alone, cargo would not have built it, or not anew.
fn example() -> Command {
    static BUILT: Once = Once::new();
    let test = std::env::current_exe().unwrap();
    let profile = test.parent().and_then(Path::parent).unwrap();
    BUILT.call_once(|| {
        let mut cargo = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
        cargo.args(["build", "--quiet", "--workspace", "--example", "create_webhook", "--profile"]);
        cargo.arg(profile.file_name().filter(|name| *name != "debug").unwrap_or("dev".as_ref()));
        assert!(cargo.status().unwrap().success());
    });
    let mut path = profile.join("examples/create_webhook");
    path.set_extension(std::env::consts::EXE_EXTENSION);
    let mut command = Command::new(path);
    for name in ["BASE_URL", "ACCESS_TOKEN", "CLIENT_ID", "API_KEY"] {
        command.env_remove(format!("HB_PORTAL_{name}"));
    }
    command
}

fn text(output: &[u8]) -> String {
    String::from_utf8(output.to_vec()).unwrap()
}

/// Runs it off the runtime's threads, which the sandbox needs.
async fn run(mut command: Command) -> Output {
    tokio::task::spawn_blocking(move || command.output().unwrap()).await.unwrap()
}

/// What stands behind a name in the outcome.
fn row(output: &Output, name: &str) -> String {
    let stdout = text(&output.stdout);
    let line =
        stdout.lines().find_map(|line| line.trim_start().strip_prefix(name)).unwrap_or_else(|| panic!("{stdout}"));
    line.trim().to_owned()
}

#[cfg(unix)]
fn mode(path: &Path) -> u32 {
    use std::os::unix::fs::PermissionsExt as _;
    std::fs::metadata(path).unwrap().permissions().mode() & 0o7777
}

#[cfg(unix)]
#[tokio::test(flavor = "multi_thread")]
async fn with_nothing_configured_it_creates_an_endpoint_and_keeps_the_secret_however_often_it_is_run() {
    let mut files = Vec::new();
    for _ in 0..2 {
        let output = run(example()).await;
        assert!(output.status.success(), "{output:?}");
        assert_eq!(row(&output, "id"), "1");
        let file = PathBuf::from(row(&output, "secret file"));
        assert!(file.is_absolute());
        assert_eq!(mode(&file), 0o600);
        let secret = std::fs::read_to_string(&file).unwrap();
        assert!(!secret.is_empty() && !secret.ends_with('\n'));
        assert_eq!(hb_portal::SigningSecret::new(&secret).fingerprint(), row(&output, "fingerprint"));
        assert_eq!(row(&output, "delivery"), "received, and verified with the stored secret (204)");
        assert_eq!(row(&output, "forgery"), "received, and refused (401)");
        assert!(!text(&output.stdout).contains(&secret) && !text(&output.stderr).contains(&secret));
        assert!(!text(&output.stdout).contains('\u{1b}'), "plain in a pipe");
        std::fs::remove_dir_all(file.parent().unwrap()).unwrap();
        files.push(file);
    }
    assert_ne!(files[0], files[1]);
}

#[tokio::test(flavor = "multi_thread")]
async fn with_the_variables_set_it_uses_the_portal_they_name() {
    let sandbox = Sandbox::start().await.unwrap();
    let folder = tempfile::tempdir().unwrap();
    let by_credentials = |command: &mut Command| {
        command.env("HB_PORTAL_CLIENT_ID", sandbox.client_id().to_string()).env("HB_PORTAL_API_KEY", sandbox.api_key());
    };
    let by_token = |command: &mut Command| {
        command.env("HB_PORTAL_ACCESS_TOKEN", sandbox.access_token());
    };
    let ways: [&dyn Fn(&mut Command); 2] = [&by_token, &by_credentials];
    for (index, authorize) in ways.into_iter().enumerate() {
        let path = folder.path().join(index.to_string());
        let mut command = example();
        command.env("HB_PORTAL_BASE_URL", sandbox.base_url()).arg("--secret-file").arg(&path);
        authorize(&mut command);
        let output = run(command).await;
        assert!(output.status.success(), "{output:?}");
        let stored = std::fs::read_to_string(&path).unwrap();
        assert_eq!(stored, sandbox.endpoints()[index].expose_secret());
        assert!(!text(&output.stdout).contains("delivery"), "a portal is not asked to deliver");
    }
    assert_eq!(sandbox.endpoints().len(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn whatever_is_missing_is_named_and_nothing_is_sent() {
    let sandbox = Sandbox::start().await.unwrap();
    let url = ("HB_PORTAL_BASE_URL", sandbox.base_url());
    let token = ("HB_PORTAL_ACCESS_TOKEN", sandbox.access_token());
    let id = |id| ("HB_PORTAL_CLIENT_ID", id);
    let no_folder = "/no/such/folder/secret";
    // The variables that are set, the arguments, the exit code, and what is said.
    let cases = [
        (vec![token], vec![], 2, "HB_PORTAL_BASE_URL is not set"),
        (vec![url], vec![], 2, "HB_PORTAL_ACCESS_TOKEN is not set"),
        (vec![url, id("1")], vec![], 2, "HB_PORTAL_API_KEY is not set"),
        (vec![url, id("x"), ("HB_PORTAL_API_KEY", "y")], vec![], 2, "HB_PORTAL_CLIENT_ID is not a whole"),
        (vec![("HB_PORTAL_BASE_URL", "http://portal.example"), token], vec![], 2, "use https"),
        (vec![url, token], vec![], 2, "--secret-file PATH"),
        (vec![], vec!["--secret-fil", "x"], 2, "--secret-fil"),
        (vec![url, token], vec!["--secret-file", "/dev/null"], 3, "exists and is never replaced"),
        (vec![url, token], vec!["--secret-file", no_folder], 3, "/no/such/folder"),
    ];
    for (variables, args, code, expected) in cases {
        let mut command = example();
        command.envs(variables).args(args);
        let output = run(command).await;
        let said = text(&output.stderr);
        assert_eq!(output.status.code(), Some(code), "{said}");
        assert!(said.contains(expected), "expected {expected}\nfound {said}");
        assert!(!said.contains(sandbox.access_token()), "{said}");
    }
    assert!(sandbox.requests().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn each_outcome_has_its_exit_code_and_says_what_it_means_and_what_to_do() {
    let documented = Answer::documented;
    let cut = documented().cut_at(Offset::BeforeSecretEnd(5));
    // The fault, the exit code, what it means at the portal, and what to do.
    let cases = [
        (Fault::refuses(), 3, "nothing was created", "check the base URL and the network"),
        (Fault::answers(Answer::new(401)), 4, "nothing was created", "check the token"),
        (
            Fault::answers(Answer::new(422).json(r#"{"message":"No."}"#)),
            4,
            "\"No.\"; nothing was created",
            "correct the request",
        ),
        (Fault::answers(Answer::new(308)), 4, "nothing was created", "check the base URL"),
        (Fault::breaks(Moment::AfterCommit, Ending::Reset), 5, "may have been created", "look for it at the portal"),
        (Fault::answers(Answer::new(500).committing()), 5, "may have been created", "look for it at the portal"),
        (Fault::answers(cut), 6, "was created", "delete the endpoint and create it again"),
        (Fault::answers(documented().status(202)), 0, "", "not as documented"),
    ];
    for (fault, code, meaning, mend) in cases {
        let sandbox = Sandbox::start().await.unwrap();
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("secret");
        let mut command = example();
        command.env("HB_PORTAL_BASE_URL", sandbox.base_url()).env("HB_PORTAL_ACCESS_TOKEN", sandbox.access_token());
        command.arg("--secret-file").arg(&path);
        sandbox.inject(fault.clone());
        let output = run(command).await;
        let said = text(&output.stderr);
        assert_eq!(output.status.code(), Some(code), "{fault}: {said}");
        assert!(said.contains(meaning) && said.contains(mend), "{fault}: {said}");
        for endpoint in sandbox.endpoints() {
            assert!(
                !said.contains(endpoint.expose_secret()) && !text(&output.stdout).contains(endpoint.expose_secret())
            );
        }
        assert!(!said.contains(sandbox.access_token()));
        assert_eq!(path.exists(), code == 0, "{fault}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn help_names_options_variables_and_exit_codes() {
    let mut command = example();
    command.arg("--help");
    let output = run(command).await;
    assert!(output.status.success());
    for word in ["--secret-file", "HB_PORTAL_BASE_URL", "HB_PORTAL_API_KEY", "Exit codes:"] {
        assert!(text(&output.stdout).contains(word), "{word}");
    }
}
