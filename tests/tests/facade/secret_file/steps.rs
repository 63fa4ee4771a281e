//! The steps of an undisturbed create.

use tokio::sync::OnceCell;

use super::{
    child::Ended,
    scene::Scene,
    strace::{Run, Step},
};

/// Returns the child's operations on its files and its connection, in order.
pub async fn clean_run() -> Vec<Step> {
    static STEPS: OnceCell<Vec<Step>> = OnceCell::const_new();
    STEPS.get_or_init(traced).await.clone()
}

async fn traced() -> Vec<Step> {
    let scene = Scene::new().await;
    let run = Run::start(&scene, &[]).finish();
    assert_eq!(run.ended(), Some(Ended::Ok), "{run:?}");
    scene.assert_stored();
    let mut steps = run.steps.iter();
    for (call, file) in IN_THIS_ORDER {
        let is_expected =
            |step: &Step| step.call.starts_with(call) && step.files.last().is_none_or(|last| last == file);
        assert!(steps.any(is_expected), "{call} {file} is missing or out of order: {:#?}", run.steps);
    }
    run.steps
}

/// The order that matters. No file is linked before its content is on the disk, nothing relies on a file before its
/// name is on the disk, and a journal is locked before it has its final name.
const IN_THIS_ORDER: &[(&str, &str)] = &[
    ("flock", ".webhook-secret.journal-*"),
    ("write", ".webhook-secret.journal-*"),
    ("fsync", ".webhook-secret.journal-*"),
    ("link", "./.webhook-secret.journal"),
    ("fsync", "./"),
    ("connect", ""),
    // The journal under the name with which it was opened.
    ("write", ".webhook-secret.journal-*"),
    ("fsync", ".webhook-secret.journal-*"),
    ("fsync", ".webhook-secret.draft-*"),
    ("rename", "./.webhook-secret.record"),
    ("write", ".webhook-secret.draft-*"),
    ("fsync", ".webhook-secret.draft-*"),
    ("link", "./webhook-secret"),
    ("fsync", "./"),
    ("unlink", "./.webhook-secret.journal"),
    ("fsync", "./"),
];
