//! Attempts at once on one path make one endpoint.

use std::{
    process::Command,
    sync::{Mutex, mpsc},
};

use hb_portal::CreateError;
use hb_portal_sandbox::Sandbox;

use super::{
    child::Ended,
    scene::{Scene, refused},
    steps::clean_run,
    strace::{self, Run, Step},
};

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn many_at_once_make_one_endpoint_and_store_its_secret() {
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
                    // Whoever is told to delete an endpoint would delete that of the one that succeeds.
                    let why = refused(outcome);
                    let is_true = [" has been running since ", " exists and is never replaced"];
                    assert!(is_true.iter().any(|told| why.contains(told)), "{why}");
                }
            }
        }
        assert_eq!((stored, scene.sandbox.endpoints().len()), (1, 1));
        scene.assert_loaded();
    }
}

/// A journal that was opened is unlocked a moment later, when its attempt has finished.
#[tokio::test(flavor = "multi_thread")]
async fn an_attempt_that_finishes_while_its_journal_is_read_is_not_reported_as_unfinished() {
    if !strace::is_there() {
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
    // The first file that the second one opens is the journal.
    let mut second = Run::start(&scene, &[&opens.tamper("signal=STOP")]);
    let process = second.stopped();
    drop(finish);
    drop(first.await.unwrap().unwrap());
    go_on(&process);
    let second = second.finish();
    assert_eq!(second.ended(), Some(Ended::NotSent), "{second:?}");
    let opened = |step: &Step| step.call == "openat" && step.files == ["./.webhook-secret.journal"];
    assert!(second.steps.iter().any(opened), "it did not open the journal: {second:?}");
    assert!(second.stderr.contains("exists and is never replaced"), "{}", second.stderr);
    assert_eq!(scene.sandbox.endpoints().len(), 1);
    scene.assert_loaded();
}

fn go_on(process: &str) {
    // The shell has it built in; as a program it may not be there.
    let goes_on = Command::new("sh").args(["-c", "kill -CONT \"$1\"", "sh", process]).status().unwrap();
    assert!(goes_on.success());
}

/// One attempt stops before each of its steps, while another is made from beginning to end.
#[tokio::test]
async fn two_make_one_endpoint_whenever_the_one_overtakes_the_other() {
    if !strace::is_there() {
        return;
    }
    let all = clean_run().await;
    let mut orders = 0;
    for pair in all.windows(2).filter(|pair| pair.iter().all(|step| step.is_on_files())) {
        let [before, step] = pair else { unreachable!("windows of two") };
        let scene = Scene::new().await;
        // The signal takes effect when the step before has been made.
        let mut slow = Run::start(&scene, &[&before.tamper("signal=STOP")]);
        let process = slow.stopped();
        let fast = scene.create().await;
        go_on(&process);
        let slow = slow.finish();
        let what = step.what();
        assert!(matches!(fast, Ok(_) | Err(CreateError::NotSent(_))), "{what}: {fast:?}");
        assert!(matches!(slow.ended(), Some(Ended::Ok | Ended::NotSent)), "{what}: {slow:?}");
        let stored = usize::from(fast.is_ok()) + usize::from(slow.ended() == Some(Ended::Ok));
        assert_eq!((stored, scene.sandbox.endpoints().len()), (1, 1), "{what}");
        scene.assert_loaded();
        orders += 1;
    }
    println!("{orders} orders of two attempts");
}
