//! Attempts at once on one path make one endpoint.

use std::process::Command;

use hb_portal::{CreateError, NotSentReason};

use super::{
    child::Ended,
    scene::Scene,
    steps::clean_run,
    strace::{self, Run},
};

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn many_at_once_make_at_most_one_endpoint_and_store_its_secret() {
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
                Err(CreateError::NotSent(error)) => assert_eq!(error.reason(), NotSentReason::Sink),
                Err(other) => panic!("{other}"),
            }
        }
        assert!(stored <= 1);
        assert_eq!(scene.sandbox.endpoints().len(), stored);
        if stored == 1 {
            scene.assert_loaded();
        }
    }
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
        // The shell has it built in; as a program it may not be there.
        let goes_on = Command::new("sh").args(["-c", "kill -CONT \"$1\"", "sh", &process]).status().unwrap();
        assert!(goes_on.success());
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
