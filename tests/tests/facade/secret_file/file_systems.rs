//! File systems without hard links, and without locks.

use std::time::Duration;

use hb_portal::{CreateError, Liveness, NotSentReason, SecretFile};
use hb_portal_sandbox::{Fault, Response};

use super::{
    child::Ended,
    scene::{self, Found, JOURNAL, Scene, URL, events},
    strace::{self, Run},
};

const NO_LINKS: &str = "inject=link,linkat:error=EPERM";
const NO_LOCKS: &str = "inject=flock:error=ENOLCK";

#[tokio::test]
async fn a_secret_is_stored_without_hard_links_or_locks() {
    for system in [&[NO_LINKS][..], &[NO_LOCKS], &[NO_LINKS, NO_LOCKS], &["inject=link,linkat:error=EOPNOTSUPP"]] {
        if !strace::is_available() {
            return;
        }
        let scene = Scene::new().await;
        let run = Run::start(&scene, system).finish();
        assert_eq!(run.ended(), Some(Ended::Ok), "{system:?}: {run:?}");
        scene.assert_loaded();
        // An existing file is not replaced.
        let run = Run::start(&scene, system).finish();
        assert_eq!(run.ended(), Some(Ended::NotSent), "{system:?}: {run:?}");
        scene.assert_loaded();
        assert_eq!(scene.sandbox.endpoints().len(), 1);
    }
}

#[tokio::test]
async fn an_unfinished_attempt_is_dead_without_hard_links_and_of_unknown_liveness_without_locks() {
    for (system, liveness) in [
        (&[NO_LINKS][..], Liveness::Dead),
        (&[NO_LOCKS], Liveness::Unknown),
        (&[NO_LINKS, NO_LOCKS], Liveness::Unknown),
    ] {
        if !strace::is_available() {
            return;
        }
        let scene = Scene::new().await;
        scene.sandbox.inject(Fault::responds(Response::new(500)));
        let run = Run::start(&scene, system).finish();
        assert_eq!(run.ended(), Some(Ended::Otherwise), "{system:?}: {run:?}");
        assert_eq!(scene.files(), [Found::private(JOURNAL)]);
        let file: SecretFile = scene.secret_file();
        let attempt = file.unfinished().unwrap().unwrap();
        assert_eq!(attempt.liveness, liveness, "{system:?}");
        let why = scene.assert_refused().await;
        let says_unknown = why.contains("whether it is still running is unknown");
        assert_eq!(says_unknown, liveness == Liveness::Unknown, "{why}");
        let client = scene::client(scene.sandbox.base_url(), scene.sandbox.access_token());
        let ensure = client.webhooks().ensure(URL, events(), file.clone()).deadline(Duration::from_millis(200));
        let Err(CreateError::NotSent(error)) = ensure.send().await else { panic!("{system:?}: something was sent") };
        let waited = error.reason() == NotSentReason::Deadline;
        assert_eq!(waited, liveness == Liveness::Unknown, "it may be running: {error}");
        // Acknowledging an attempt means that the operator has made sure that it is over.
        assert_eq!(file.acknowledge().unwrap(), Some(attempt));
        drop(scene.create().await.unwrap());
        scene.assert_loaded();
    }
}
