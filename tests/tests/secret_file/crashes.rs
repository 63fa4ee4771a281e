//! The child is killed at each of its steps, and the disk fails it at each: what is left says what the portal may hold.

use hb_portal::SigningSecret;

use super::{
    child::Ended,
    scene::{Found, JOURNAL, NAME, RECORD, Scene},
    steps::clean_run,
    strace::{self, Run, Step, Traced},
};

#[tokio::test]
async fn what_is_written_is_on_the_disk_before_anything_rests_on_it() {
    if strace::is_there() {
        clean_run().await;
    }
}

#[tokio::test]
async fn killed_at_any_step_it_leaves_no_trace_or_a_journal_or_the_whole_secret() {
    if !strace::is_there() {
        return;
    }
    let all = clean_run().await;
    let mut killed = Vec::new();
    for (index, step) in all.iter().enumerate() {
        let scene = Scene::new().await;
        let run = Run::start(&scene, &[&step.tamper("signal=KILL")]).finish();
        if step.is_on_files() {
            assert_eq!(on_files(&run.steps), on_files(&all[..=index]), "it did not come to the step, or past it");
        }
        // How often an answer is read before it is there depends on the machine.
        if run.was_killed() {
            killed.push(step.what());
        } else {
            assert!(!step.is_on_files() && run.ended() == Some(Ended::Ok), "{}: {run:?}", step.what());
        }
        assert_state_is_true(&scene, &step.what()).await;
    }
    println!("killed at {} steps:\n{}", killed.len(), killed.join("\n"));
}

#[tokio::test]
async fn a_step_that_fails_ends_in_an_outcome_that_is_true() {
    if !strace::is_there() {
        return;
    }
    let mut outcomes = Vec::new();
    for step in clean_run().await.into_iter().filter(Step::is_on_files) {
        // The standard library asks for this in debug builds only, and gives up when it fails.
        if step.call == "fcntl" {
            continue;
        }
        let scene = Scene::new().await;
        let run = Run::start(&scene, &[&step.tamper("error=EIO")]).finish();
        let what = step.what();
        let ended = run.ended().unwrap_or_else(|| panic!("{what}: {run:?}"));
        outcomes.push(format!("{ended:?}: {what}"));
        match ended {
            Ended::Ok => scene.assert_stored(),
            Ended::NotSent => {
                assert!(scene.sandbox.requests().is_empty(), "{what}: something was sent");
                assert_eq!(
                    scene.secret_file().unfinished().unwrap(),
                    None,
                    "{what}: nothing was created, says the outcome"
                );
            }
            Ended::NotStored => assert_has_the_secret(&run, &scene),
            Ended::Otherwise => panic!("{what}: {run:?}"),
        }
        assert_state_is_true(&scene, &what).await;
    }
    println!("{} steps failed:\n{}", outcomes.len(), outcomes.join("\n"));
}

fn on_files(steps: &[Step]) -> Vec<String> {
    steps.iter().filter(|step| step.is_on_files()).map(Step::what).collect()
}

/// Asserts that the outcome held the secret of the one endpoint.
fn assert_has_the_secret(run: &Traced, scene: &Scene) {
    let held = scene.sandbox.endpoints();
    assert_eq!(held.len(), 1);
    let fingerprint = SigningSecret::new(held[0].expose_secret()).fingerprint();
    assert!(run.stderr.contains(&fingerprint), "{run:?}");
}

/// Asserts that what is in the folder is true at the portal, and that it is the way to the next attempt.
async fn assert_state_is_true(scene: &Scene, step: &str) {
    // What was sent is dealt with.
    scene.sandbox.close_connections().await;
    for Found { name, mode } in scene.files() {
        let is_draft = [".journal-", ".draft-"].iter().any(|kind| name.starts_with(&format!(".{NAME}{kind}")));
        let is_known = [NAME, JOURNAL, RECORD].contains(&&*name) || is_draft;
        assert!(is_known, "{step}: {name}");
        assert_eq!(mode & !0o600, 0, "{step}: others may read {name}");
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
            assert_eq!(scene.sandbox.endpoints().len(), 0, "{step}: an endpoint, and nothing says so");
        }
        drop(scene.create().await.unwrap());
        scene.assert_loaded();
    }
    let is_left = |found: &Found| ![NAME, RECORD].contains(&&*found.name);
    assert!(!scene.files().iter().any(is_left), "{step}: {:?}", scene.files());
}
