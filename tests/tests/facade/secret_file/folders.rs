//! If a secret cannot be stored in a place, nothing is sent, and existing files are left as they are.

use std::{
    collections::BTreeMap,
    ffi::OsStr,
    fs,
    os::unix::{ffi::OsStrExt as _, fs::symlink},
    path::{Path, PathBuf},
};

use hb_portal::{CreateError, SecretFile};
use hb_portal_sandbox::{Fault, Response, Sandbox};

use super::scene::{JOURNAL, NAME, RECORD, Scene, refused};

#[tokio::test]
async fn the_file_holds_only_the_secret_and_no_temporary_file_is_left() {
    let scene = Scene::new().await;
    let created = scene.create().await.unwrap();
    assert_eq!(fs::read_to_string(scene.path()).unwrap(), created.secret.expose_secret());
    scene.assert_loaded();
}

#[tokio::test]
async fn a_name_may_be_long_and_need_not_be_utf8() {
    for name in [&b"a"[..], b".hidden", b"with space\n", b"\xff\xfe", b"secret.journal", &[b'x'; 200]] {
        let scene = Scene::new().await;
        let path = scene.folder().join(OsStr::from_bytes(name));
        let created = scene.create_in(&path).await.unwrap();
        assert_eq!(fs::read_to_string(path).unwrap(), created.secret.expose_secret());
    }
}

#[tokio::test]
async fn a_folder_may_be_reached_through_a_link() {
    let scene = Scene::new().await;
    let link = scene.folder().join("link");
    fs::create_dir(scene.folder().join("folder")).unwrap();
    symlink("folder", &link).unwrap();
    let created = scene.create_in(link.join(NAME)).await.unwrap();
    assert_eq!(fs::read_to_string(scene.folder().join("folder").join(NAME)).unwrap(), created.secret.expose_secret());
}

/// An obstacle, and the function that creates it.
type Obstacle = (&'static str, fn(&Path));

/// At the path of the secret.
const AT_THE_PATH: &[Obstacle] = &[
    ("a file that is not empty", |path| fs::write(path, "mine").unwrap()),
    ("an empty file", |path| fs::write(path, "").unwrap()),
    ("a folder", |path| fs::create_dir(path).unwrap()),
    ("a link to nothing", |path| symlink("nothing", path).unwrap()),
    ("a link to itself", |path| symlink(NAME, path).unwrap()),
    ("a link to a file", |path| {
        fs::write(path.with_file_name("file"), "mine").unwrap();
        symlink("file", path).unwrap();
    }),
];

/// Elsewhere in the folder, or in place of the folder.
const ELSEWHERE: &[Obstacle] = &[
    ("a file that is not a valid journal", |path| fs::write(path.with_file_name(JOURNAL), "{}").unwrap()),
    ("a journal that is a link to nothing", |path| symlink("nothing", path.with_file_name(JOURNAL)).unwrap()),
    ("a journal that is a folder", |path| fs::create_dir(path.with_file_name(JOURNAL)).unwrap()),
    ("a record that is a folder", |path| fs::create_dir(path.with_file_name(RECORD)).unwrap()),
    ("a record that is a link", |path| symlink("nothing", path.with_file_name(RECORD)).unwrap()),
    ("a response that was kept", |path| fs::write(response(path), "kept").unwrap()),
    ("a link at the path of a response", |path| symlink("nothing", response(path)).unwrap()),
    ("no folder", |path| fs::remove_dir(path.parent().unwrap()).unwrap()),
    ("a file in place of the folder", |path| {
        fs::remove_dir(path.parent().unwrap()).unwrap();
        fs::write(path.parent().unwrap(), "mine").unwrap();
    }),
    ("a link to nothing in place of the folder", |path| {
        fs::remove_dir(path.parent().unwrap()).unwrap();
        symlink("nothing", path.parent().unwrap()).unwrap();
    }),
];

fn response(path: &Path) -> PathBuf {
    path.with_file_name(format!("{NAME}.response"))
}

#[tokio::test]
async fn an_obstacle_is_neither_replaced_nor_followed_and_nothing_is_sent() {
    for (obstacle, put) in AT_THE_PATH.iter().chain(ELSEWHERE) {
        let scene = Scene::new().await;
        let path = scene.folder().join("folder").join(NAME);
        fs::create_dir(path.parent().unwrap()).unwrap();
        put(&path);
        let before = everything_in(scene.folder());
        let why = refused(scene.create_in(&path).await);
        assert!(why.contains(path.parent().unwrap().to_str().unwrap()), "{obstacle}: {why}");
        assert!(scene.sandbox.requests().is_empty(), "{obstacle}");
        assert_eq!(everything_in(scene.folder()), before, "{obstacle}");
    }
}

/// Paths relative to a folder that contains the folder `there`, and whether a secret can be stored at each.
const ODD_PATHS: &[(&str, bool)] = &[
    ("", false),
    (".", false),
    ("..", false),
    ("there", false),
    ("there/", false),
    ("there/.", false),
    ("there/..", false),
    ("there/../..", false),
    ("hook/", false),
    ("hook//", false),
    ("hook/.", false),
    ("hook/..", false),
    ("there/hook/", false),
    ("there/hook/.", false),
    ("missing/hook", false),
    ("missing/../hook", false),
    ("ho\0ok", false),
    ("hook", true),
    ("./hook", true),
    ("there/../hook", true),
    ("there/./hook", true),
    ("there//hook", true),
    ("...", true),
    ("-", true),
    ("~", true),
    ("hook.journal", true),
    (".hook.journal", true),
];

#[tokio::test]
async fn a_path_where_no_secret_can_be_stored_is_rejected_before_anything_is_sent() {
    let long: Vec<_> = [(213, true), (214, false), (255, false), (300, false), (5000, false)]
        .map(|(length, is_stored)| ("x".repeat(length), is_stored))
        .into();
    let long = long.iter().map(|(name, is_stored)| (&**name, *is_stored));
    for (odd, is_stored) in ODD_PATHS.iter().copied().chain(long) {
        let scene = Scene::new().await;
        fs::create_dir(scene.folder().join("there")).unwrap();
        let path = PathBuf::from(format!("{}/{odd}", scene.folder().display()));
        let outcome = scene.create_in(&path).await;
        if is_stored {
            let created = outcome.unwrap();
            assert_eq!(fs::read_to_string(&path).unwrap(), created.secret.expose_secret(), "{odd:?}");
        } else {
            refused(outcome);
            assert!(scene.sandbox.requests().is_empty(), "{odd:?}");
            assert_eq!(scene.files().len(), 1, "{odd:?}");
        }
    }
    for path in ["", "/", ".", "..", "/proc/hb-portal-secret", "/dev/full/hook"] {
        let scene = Scene::new().await;
        refused(scene.create_in(path).await);
        assert!(scene.sandbox.requests().is_empty(), "{path:?}");
    }
}

/// Two secrets in one folder. The name of one is a prefix of the names of the other's files.
#[tokio::test]
async fn a_secret_leaves_the_files_of_another_alone() {
    for (name, other) in [
        ("webhook", "webhook.secret-prod"),
        ("webhook", "webhook.journal"),
        ("webhook", "webhook.journal-0123456789abcdef"),
        ("webhook", "webhook.draft-prod"),
        ("hook", "hook.record"),
    ] {
        let scene = Scene::new().await;
        let (path, other) = (scene.folder().join(name), scene.folder().join(other));
        scene.sandbox.inject(Fault::responds(Response::new(500).committing()));
        assert!(matches!(scene.create_in(&other).await, Err(CreateError::Unconfirmed(_))));
        for draft in [".journal-backup", ".journal-0123456789abcdef", ".draft-backup", ".secret-0123456789abcdef"] {
            fs::write(scene.folder().join(format!(".{name}{draft}")), "mine").unwrap();
        }
        let before = everything_in(scene.folder());

        let created = scene.create_in(&path).await.unwrap();
        assert_eq!(fs::read_to_string(&path).unwrap(), created.secret.expose_secret());
        assert_eq!(SecretFile::new(&path).acknowledge().unwrap(), None);
        let after = everything_in(scene.folder());
        assert!(before.iter().all(|(name, found)| after.get(name) == Some(found)), "{other:?}: {after:?}");
        assert!(SecretFile::new(&other).unfinished().unwrap().is_some());
    }
}

#[tokio::test]
async fn an_obstacle_that_appears_during_the_request_stays_and_the_error_has_the_secret() {
    for (obstacle, put) in AT_THE_PATH {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(NAME);
        let there = path.clone();
        let scene = Scene::with(Sandbox::builder().on_request(move |_| put(&there))).await;
        let error = match scene.create_in(&path).await {
            Err(CreateError::NotStored(error)) => error,
            other => panic!("{obstacle}: {other:?}"),
        };
        let endpoints = scene.sandbox.endpoints();
        assert_eq!(endpoints.len(), 1, "{obstacle}");
        assert_eq!(error.created().secret.expose_secret(), endpoints[0].expose_secret(), "{obstacle}");
        assert!(
            SecretFile::new(&path).unfinished().unwrap().is_some(),
            "{obstacle}: no journal records the endpoint whose secret is not stored"
        );

        // Apart from the sink's own files, only the obstacle is in the folder.
        SecretFile::new(&path).acknowledge().unwrap();
        let alone = tempfile::tempdir().unwrap();
        put(&alone.path().join(NAME));
        assert_eq!(everything_in(folder.path()), everything_in(alone.path()), "{obstacle}");
    }
}

#[tokio::test]
async fn a_folder_that_vanishes_during_the_request_loses_no_secret() {
    let folder = tempfile::tempdir().unwrap();
    let (path, there) = (folder.path().join(NAME), folder.path().to_owned());
    let scene = Scene::with(Sandbox::builder().on_request(move |_| fs::remove_dir_all(&there).unwrap())).await;
    match scene.create_in(&path).await {
        Err(CreateError::NotStored(error)) => {
            let created = error.into_created();
            assert_eq!(created.secret.expose_secret(), scene.sandbox.endpoints()[0].expose_secret());
        }
        other => panic!("{other:?}"),
    }
}

/// Returns every name below a folder with its file type and content.
fn everything_in(folder: &Path) -> BTreeMap<PathBuf, (fs::FileType, Option<Vec<u8>>)> {
    let mut all = BTreeMap::new();
    for entry in fs::read_dir(folder).unwrap().map(Result::unwrap) {
        let kind = entry.file_type().unwrap();
        if kind.is_dir() {
            let below = everything_in(&entry.path());
            all.extend(below.into_iter().map(|(path, found)| (Path::new(&entry.file_name()).join(path), found)));
        }
        let content = kind.is_file().then(|| fs::read(entry.path()).unwrap());
        all.insert(entry.file_name().into(), (kind, content));
    }
    all
}
