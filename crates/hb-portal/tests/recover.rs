//! The example `recover`: after each fault that loses a secret, and after `kill -9`, one run leaves one endpoint whose secret is
//! stored, and deletes no endpoint that it did not create.

#![cfg(all(feature = "preview", feature = "rustls"))]
#![allow(clippy::indexing_slicing, clippy::panic, clippy::unwrap_used, reason = "clippy allows them in tests alone")]

use std::{
    path::{Path, PathBuf},
    process::{Command, Output, Stdio},
    sync::OnceLock,
    time::Duration,
};

use hb_portal::{Client, SecretFile};
use hb_portal_sandbox::{Dialect, Ending, Fault, Moment, Sandbox};
use tokio::task::JoinSet;

const URL: &str = "https://your-app.com/webhooks/references?key=1";
const EVENTS: &str = "reference.submitted,reference.declined";
/// Longer than anything here takes.
const PATIENCE: Duration = Duration::from_secs(60);
/// How long to wait between two looks at what the portal holds.
const PAUSE: Duration = Duration::from_millis(5);

/// A portal, a place for a secret, and the example.
struct Scene {
    sandbox: Sandbox,
    folder: tempfile::TempDir,
    program: PathBuf,
}

impl Scene {
    async fn start(dialect: Dialect) -> Self {
        let program = tokio::task::spawn_blocking(example).await.unwrap();
        let sandbox = Sandbox::builder().dialect(dialect).start().await.unwrap();
        Self { sandbox, folder: tempfile::tempdir().unwrap(), program }
    }

    fn file(&self) -> PathBuf {
        self.folder.path().join("secret")
    }

    fn example(&self, only_registrar: bool) -> Command {
        let mut command = Command::new(&self.program);
        command.env("HB_PORTAL_BASE_URL", self.sandbox.base_url());
        command.env("HB_PORTAL_ACCESS_TOKEN", self.sandbox.access_token());
        command.args([URL, EVENTS]).arg(self.file()).args(only_registrar.then_some("--only-registrar"));
        command
    }

    /// Runs it off the runtime's threads.
    async fn run(&self, only_registrar: bool) -> Output {
        let mut command = self.example(only_registrar);
        tokio::task::spawn_blocking(move || command.output().unwrap()).await.unwrap()
    }

    fn client(&self) -> Client {
        let client = Client::builder().base_url(self.sandbox.base_url()).access_token(self.sandbox.access_token());
        client.timeout(PATIENCE).build().unwrap()
    }

    /// Whether an attempt stores its secret.
    async fn attempt(&self) -> bool {
        let create = self.client().webhooks().create(URL, EVENTS.split(','));
        let outcome = create.store_secret_in(SecretFile::new(self.file())).send().await;
        outcome.map(|created| drop(created.secret.fingerprint())).is_ok()
    }

    /// Creates an endpoint that looks the same, or nearly, with another client. Returns its id.
    async fn other(&self, url: &str) -> u64 {
        let created = self.client().webhooks().create(url, EVENTS.split(',')).send().await.unwrap();
        assert!(!created.secret.expose_secret().is_empty());
        self.sandbox.endpoints().last().unwrap().id
    }

    fn ids(&self) -> Vec<u64> {
        self.sandbox.endpoints().iter().map(|endpoint| endpoint.id).collect()
    }
}

/// The example, which cargo has built with the tests unless this one is run alone.
fn example() -> PathBuf {
    static BUILT: OnceLock<PathBuf> = OnceLock::new();
    let build = || {
        let test = std::env::current_exe().unwrap();
        let profile = test.parent().and_then(Path::parent).unwrap();
        let mut cargo = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
        cargo.args(["build", "--quiet", "--workspace", "--example", "recover", "--profile"]);
        cargo.arg(profile.file_name().filter(|name| *name != "debug").unwrap_or("dev".as_ref()));
        // With the variables that cargo sets for a test, `ring` would be built again: now, and by the next build of the workspace.
        let of_a_package = |name: &str| ["CARGO_MANIFEST_", "CARGO_PKG_"].iter().any(|of| name.starts_with(of));
        for (name, _) in std::env::vars_os().filter(|(name, _)| of_a_package(&name.to_string_lossy())) {
            cargo.env_remove(name);
        }
        assert!(cargo.status().unwrap().success());
        profile.join("examples/recover").with_extension(std::env::consts::EXE_EXTENSION)
    };
    BUILT.get_or_init(build).clone()
}

fn printed(output: &Output) -> String {
    [&*output.stdout, &*output.stderr].map(|text| String::from_utf8(text.to_vec()).unwrap()).concat()
}

#[tokio::test(flavor = "multi_thread")]
async fn after_each_fault_that_loses_a_secret_one_endpoint_is_left_and_its_secret_is_stored() {
    let cases: JoinSet<_> = Fault::all().into_iter().filter(Fault::commits).map(recovers_from).collect();
    let lost = cases.join_all().await.into_iter().filter(|lost| *lost).count();
    assert!(lost >= 20, "{lost} faults lost a secret");
    println!("recovered from {lost} faults");
}

/// Whether the fault loses the secret; one run of the example then finds the endpoint and replaces it.
async fn recovers_from(fault: Fault) -> bool {
    let scene = Scene::start(Dialect::Page).await;
    let other = scene.other("https://your-app.com/other").await;
    scene.sandbox.inject(fault.clone());
    let ended = async {
        while scene.ids().len() < 2 {
            tokio::time::sleep(PAUSE).await;
        }
        if fault.hangs() {
            scene.sandbox.close_connections().await;
        }
    };
    let (stored, _) = tokio::join!(scene.attempt(), tokio::time::timeout(PATIENCE, ended));
    if stored {
        return false;
    }
    assert_eq!(scene.ids(), [other, 2], "{fault}");
    let output = scene.run(true).await;
    assert!(output.status.success(), "{fault}: {}", printed(&output));
    assert_eq!(scene.ids(), [other, 3], "{fault}: {}", printed(&output));
    let stored = std::fs::read_to_string(scene.file()).unwrap();
    assert_eq!(stored, scene.sandbox.endpoints()[1].expose_secret(), "{fault}");
    assert!(SecretFile::new(scene.file()).unfinished().unwrap().is_none(), "{fault}");
    assert!(!printed(&output).contains(&stored) && !printed(&output).contains("key=1"), "{fault}");
    true
}

#[tokio::test(flavor = "multi_thread")]
async fn where_there_is_nothing_to_recover_a_run_changes_nothing() {
    let scene = Scene::start(Dialect::Page).await;
    for _ in 0..2 {
        assert!(scene.run(true).await.status.success());
        assert_eq!(scene.ids(), [1]);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_kill_between_request_and_response_is_recovered_from_in_every_dialect() {
    for dialect in Dialect::ALL {
        for moment in [Moment::AfterCommit, Moment::AfterRequest] {
            let scene = Scene::start(dialect).await;
            scene.sandbox.inject(Fault::breaks(moment, Ending::Hang));
            let mut command = scene.example(true);
            let mut child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
            let made = usize::from(moment == Moment::AfterCommit);
            let has_arrived = || scene.sandbox.requests().iter().any(|request| !request.body().is_empty());
            while scene.ids().len() < made || !has_arrived() {
                tokio::time::sleep(PAUSE).await;
            }
            // On Unix this is SIGKILL.
            child.kill().unwrap();
            child.wait().unwrap();
            assert_eq!(scene.ids().len(), made, "{dialect}");
            assert!(SecretFile::new(scene.file()).unfinished().unwrap().is_some(), "{dialect}: the journal is left");
            let output = scene.run(true).await;
            assert!(output.status.success(), "{dialect}: {}", printed(&output));
            let held = scene.sandbox.endpoints();
            assert_eq!(held.len(), 1, "{dialect}: {}", printed(&output));
            assert_eq!(std::fs::read_to_string(scene.file()).unwrap(), held[0].expose_secret(), "{dialect}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn another_clients_endpoint_survives_without_the_declaration_and_next_to_a_second_candidate() {
    // Without the declaration, alone or next to the attempt's own; and next to the attempt's own even with it.
    for (only_registrar, own) in [(false, false), (false, true), (true, true)] {
        let scene = Scene::start(Dialect::Page).await;
        let moment = if own { Moment::AfterCommit } else { Moment::AfterRequest };
        scene.sandbox.inject(Fault::breaks(moment, Ending::Reset));
        assert!(!scene.attempt().await);
        let other = scene.other(URL).await;
        let before = scene.ids();
        let output = scene.run(only_registrar).await;
        assert_eq!(output.status.code(), Some(3), "{}", printed(&output));
        assert_eq!(scene.ids(), before, "{}", printed(&output));
        assert!(scene.ids().contains(&other));
        let reason = if only_registrar { "another endpoint behind" } else { "it is not declared" };
        assert!(printed(&output).contains(reason), "{}", printed(&output));
        assert!(SecretFile::new(scene.file()).unfinished().unwrap().is_some(), "a person decides");
        let deleted = scene.sandbox.requests().iter().any(|request| request.method() == "DELETE");
        assert!(!deleted, "nothing is deleted");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_endpoint_that_was_there_before_is_not_deleted() {
    let scene = Scene::start(Dialect::Page).await;
    scene.sandbox.inject(Fault::breaks(Moment::AfterRequest, Ending::Reset));
    assert!(!scene.attempt().await);
    // According to the journal, the attempt began when the endpoint was already old.
    let journal = scene.folder.path().join(".secret.journal");
    let text = std::fs::read_to_string(&journal).unwrap();
    let attempt = SecretFile::new(scene.file()).unfinished().unwrap().unwrap();
    let year = attempt.started_at.format("\"%Y-").to_string();
    std::fs::write(&journal, text.replace(&year, "\"2999-")).unwrap();
    let other = scene.other(URL).await;
    let output = scene.run(true).await;
    assert_eq!(output.status.code(), Some(3), "{}", printed(&output));
    assert!(printed(&output).contains("before the attempt began"), "{}", printed(&output));
    assert_eq!(scene.ids(), [other]);
}
