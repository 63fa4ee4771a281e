//! Concurrent attempts with one path create one endpoint.

use std::{
    process::Command,
    sync::{Mutex, mpsc},
};

use hb_portal::CreateError;
use hb_portal_sandbox::Sandbox;
use hb_portal_tests::every_case;

use super::{
    child::Ended,
    scene::{Scene, refused},
    steps::clean_run,
    strace::{self, Run, Step},
};

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn concurrent_attempts_create_one_endpoint_and_store_its_secret() {
    for _ in 0..20 {
        let scene = Scene::new().await;
        let (base_url, token) = (scene.sandbox.base_url().to_owned(), scene.sandbox.access_token().to_owned());
        let create = || {
            let (base_url, token, path) = (base_url.clone(), token.clone(), scene.path());
            tokio::spawn(async move { super::scene::create(&base_url, &token, path).await })
        };
        let attempts: Vec<_> = (0..16).map(|_| create()).collect();
        let mut stored = 0;
        for attempt in attempts {
            match attempt.await.unwrap() {
                Ok(_) => stored += 1,
                outcome => {
                    // An error that says to delete an endpoint would make the reader delete the one that succeeded.
                    let why = refused(outcome);
                    let is_true = [" has been running since ", " exists and is never replaced"];
                    assert!(is_true.iter().any(|reason| why.contains(reason)), "{why}");
                }
            }
        }
        assert_eq!((stored, scene.sandbox.endpoints().len()), (1, 1));
        scene.assert_loaded();
    }
}

/// Another attempt may open a journal just before the journal's own attempt finishes and unlocks it.
#[tokio::test(flavor = "multi_thread")]
async fn an_attempt_that_finishes_while_its_journal_is_read_is_not_reported_as_unfinished() {
    if !strace::is_available() {
        return;
    }
    let opens = clean_run().await.into_iter().find(|step| step.call == "openat").unwrap();
    let (finish, finished) = mpsc::channel::<()>();
    let finished = Mutex::new(finished);
    let scene = Scene::with(Sandbox::builder().on_request(move |_| {
        let _ = finished.lock().unwrap().recv();
    }))
    .await;
    let (base_url, token) = (scene.sandbox.base_url().to_owned(), scene.sandbox.access_token().to_owned());
    let path = scene.path();
    let first = tokio::spawn(async move { super::scene::create(&base_url, &token, path).await });
    while scene.secret_file().unfinished().unwrap().is_none() {
        tokio::task::yield_now().await;
    }
    // The journal is the first file that the second attempt opens.
    let mut second = Run::start(&scene, &[&opens.tamper("signal=STOP")]);
    let process = second.stopped();
    drop(finish);
    drop(first.await.unwrap().unwrap());
    resume(&process);
    let second = second.finish();
    assert_eq!(second.ended(), Some(Ended::NotSent), "{second:?}");
    let opened = |step: &Step| step.call == "openat" && step.files == ["./.webhook-secret.journal"];
    assert!(second.steps.iter().any(opened), "the second attempt did not open the journal: {second:?}");
    assert!(second.stderr.contains("exists and is never replaced"), "{}", second.stderr);
    assert_eq!(scene.sandbox.endpoints().len(), 1);
    scene.assert_loaded();
}

fn resume(process: &str) {
    // `kill` is built into the shell, but may not exist as a program.
    let resumed = Command::new("sh").args(["-c", "kill -CONT \"$1\"", "sh", process]).status().unwrap();
    assert!(resumed.success());
}

/// One attempt stops before each of its steps while another one runs from beginning to end.
#[tokio::test]
async fn two_attempts_create_one_endpoint_wherever_one_overtakes_the_other() {
    if !strace::is_available() {
        return;
    }
    let all = clean_run().await;
    let mut orders = 0;
    for pair in all.windows(2).filter(|pair| pair.iter().all(|step| step.is_on_files())) {
        let [before, step] = pair else { unreachable!("windows of two") };
        if before.is_private() && !every_case() {
            continue;
        }
        let scene = Scene::new().await;
        // The signal takes effect after the previous step.
        let mut slow = Run::start(&scene, &[&before.tamper("signal=STOP")]);
        let process = slow.stopped();
        let fast = scene.create().await;
        resume(&process);
        let slow = slow.finish();
        let step = step.describe();
        assert!(matches!(fast, Ok(_) | Err(CreateError::NotSent(_))), "{step}: {fast:?}");
        assert!(matches!(slow.ended(), Some(Ended::Ok | Ended::NotSent)), "{step}: {slow:?}");
        let stored = usize::from(fast.is_ok()) + usize::from(slow.ended() == Some(Ended::Ok));
        assert_eq!((stored, scene.sandbox.endpoints().len()), (1, 1), "{step}");
        scene.assert_loaded();
        orders += 1;
    }
    println!("{orders} orders of two attempts");
}
