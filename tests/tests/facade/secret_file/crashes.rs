//! The child is killed at each step, and the disk fails at each step. The remaining files are consistent with the portal.

use hb_portal::SigningSecret;
use hb_portal_tests::every_case;

use super::{
    child::Ended,
    scene::{Found, JOURNAL, NAME, RECORD, Scene},
    steps::clean_run,
    strace::{self, Run, Step, Traced},
};

#[tokio::test]
async fn data_is_on_the_disk_before_anything_relies_on_it() {
    if strace::is_available() {
        clean_run().await;
    }
}

#[tokio::test]
async fn killed_at_any_step_a_create_leaves_nothing_or_a_journal_or_the_whole_secret() {
    if !strace::is_available() {
        return;
    }
    let all = clean_run().await;
    let mut killed = Vec::new();
    // The child dies before the step. After a step without an effect, it leaves the same files as when it dies before that step.
    let is_next = |index: &usize| {
        every_case() || *index == 0 || all[*index - 1].is_observable() || all[*index - 1].call == "recvfrom"
    };
    for index in (0..all.len()).filter(is_next) {
        let step = &all[index];
        let scene = Scene::new().await;
        let run = Run::start(&scene, &[&step.tamper("signal=KILL")]).finish();
        if step.is_on_files() {
            assert_eq!(on_files(&run.steps), on_files(&all[..=index]), "the child was not killed at this step");
        }
        // The number of reads until a response is complete depends on the machine.
        if run.was_killed() {
            killed.push(step.describe());
        } else {
            assert!(!step.is_on_files() && run.ended() == Some(Ended::Ok), "{}: {run:?}", step.describe());
        }
        assert_consistent(&scene, &step.describe()).await;
    }
    println!("killed at {} steps:\n{}", killed.len(), killed.join("\n"));
}

#[tokio::test]
async fn the_outcome_is_true_whichever_step_fails() {
    if !strace::is_available() {
        return;
    }
    let mut outcomes = Vec::new();
    for step in clean_run().await.into_iter().filter(Step::is_on_files) {
        // In debug builds only, the standard library makes this call, and it aborts when the call fails.
        if step.call == "fcntl" {
            continue;
        }
        let scene = Scene::new().await;
        let run = Run::start(&scene, &[&step.tamper("error=EIO")]).finish();
        let step = step.describe();
        let ended = run.ended().unwrap_or_else(|| panic!("{step}: {run:?}"));
        outcomes.push(format!("{ended:?}: {step}"));
        match ended {
            Ended::Ok => scene.assert_stored(),
            Ended::NotSent => {
                assert!(scene.sandbox.requests().is_empty(), "{step}: something was sent");
                assert_eq!(
                    scene.secret_file().unfinished().unwrap(),
                    None,
                    "{step}: a journal is left, but the outcome says that nothing was created"
                );
            }
            Ended::NotStored => assert_has_the_secret(&run, &scene),
            Ended::Otherwise => panic!("{step}: {run:?}"),
        }
        assert_consistent(&scene, &step).await;
    }
    println!("{} steps failed:\n{}", outcomes.len(), outcomes.join("\n"));
}

fn on_files(steps: &[Step]) -> Vec<String> {
    steps.iter().filter(|step| step.is_on_files()).map(Step::describe).collect()
}

/// Asserts that the outcome holds the secret of the only endpoint.
fn assert_has_the_secret(run: &Traced, scene: &Scene) {
    let endpoints = scene.sandbox.endpoints();
    assert_eq!(endpoints.len(), 1);
    let fingerprint = SigningSecret::new(endpoints[0].expose_secret()).fingerprint();
    assert!(run.stderr.contains(&fingerprint), "{run:?}");
}

/// Asserts that the files in the folder are consistent with the portal, and that the next attempt can follow.
async fn assert_consistent(scene: &Scene, step: &str) {
    // Wait until the portal has processed every request that was sent.
    scene.sandbox.close_connections().await;
    for Found { name, mode } in scene.files() {
        let is_draft = [".journal-", ".draft-"].iter().any(|kind| name.starts_with(&format!(".{NAME}{kind}")));
        let is_known = [NAME, JOURNAL, RECORD].contains(&&*name) || is_draft;
        assert!(is_known, "{step}: {name}");
        assert_eq!(mode & !0o600, 0, "{step}: other users may read {name}");
    }
    let file = scene.secret_file();
    let unfinished = file.unfinished().unwrap();
    if let Some(attempt) = &unfinished {
        scene.assert_journal(attempt);
    }
    if scene.path().exists() {
        scene.assert_stored();
        scene.assert_refused().await;
        assert_eq!(file.acknowledge().unwrap(), unfinished, "{step}");
        scene.assert_refused().await;
        scene.assert_stored();
        assert!(file.load().unwrap().is_some(), "{step}");
    } else {
        assert!(file.load().unwrap().is_none(), "{step}");
        if unfinished.is_some() {
            scene.assert_refused().await;
            assert_eq!(file.acknowledge().unwrap(), unfinished, "{step}");
        } else {
            assert_eq!(scene.sandbox.endpoints().len(), 0, "{step}: an endpoint exists, but no file records it");
        }
        drop(scene.create().await.unwrap());
        scene.assert_loaded();
    }
    let is_left = |found: &Found| ![NAME, RECORD].contains(&&*found.name);
    assert!(!scene.files().iter().any(is_left), "{step}: {:?}", scene.files());
}
