//! Where a secret cannot be put, nothing is sent, and what is there stays as it is.

use std::{
    collections::BTreeMap,
    ffi::OsStr,
    fs,
    os::unix::{ffi::OsStrExt as _, fs::symlink},
    path::{Path, PathBuf},
};

use hb_portal::{CreateError, NotSentReason, SecretFile};
use hb_portal_sandbox::Sandbox;

use super::scene::{Found, JOURNAL, NAME, Scene};

#[tokio::test]
async fn the_file_holds_the_secret_and_nothing_else_and_is_alone() {
    let scene = Scene::new().await;
    let created = scene.create().await.unwrap();
    assert_eq!(fs::read_to_string(scene.path()).unwrap(), created.secret.expose_secret());
    scene.assert_stored();
    assert_eq!(scene.files(), [Found::private(NAME)]);
}

#[tokio::test]
async fn a_name_may_be_long_and_need_not_be_text() {
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

/// What stands in the way, and how it gets there.
type Obstacle = (&'static str, fn(&Path));

/// Where the secret is to be.
const AT_THE_PATH: &[Obstacle] = &[
    ("a file with something in it", |path| fs::write(path, "mine").unwrap()),
    ("an empty file", |path| fs::write(path, "").unwrap()),
    ("a folder", |path| fs::create_dir(path).unwrap()),
    ("a link to nothing", |path| symlink("nothing", path).unwrap()),
    ("a link to itself", |path| symlink(NAME, path).unwrap()),
    ("a link to a file", |path| {
        fs::write(path.with_file_name("file"), "mine").unwrap();
        symlink("file", path).unwrap();
    }),
];

/// Elsewhere in the folder, or instead of it.
const ELSEWHERE: &[Obstacle] = &[
    ("a journal that is none", |path| fs::write(path.with_file_name(JOURNAL), "{}").unwrap()),
    ("a journal that is a link to nothing", |path| symlink("nothing", path.with_file_name(JOURNAL)).unwrap()),
    ("a journal that is a folder", |path| fs::create_dir(path.with_file_name(JOURNAL)).unwrap()),
    ("no folder", |path| fs::remove_dir(path.parent().unwrap()).unwrap()),
    ("a file instead of the folder", |path| {
        fs::remove_dir(path.parent().unwrap()).unwrap();
        fs::write(path.parent().unwrap(), "mine").unwrap();
    }),
    ("a link to nothing instead of the folder", |path| {
        fs::remove_dir(path.parent().unwrap()).unwrap();
        symlink("nothing", path.parent().unwrap()).unwrap();
    }),
];

#[tokio::test]
async fn what_stands_in_the_way_is_neither_replaced_nor_followed_and_nothing_is_sent() {
    for (obstacle, put) in AT_THE_PATH.iter().chain(ELSEWHERE) {
        let scene = Scene::new().await;
        let path = scene.folder().join("folder").join(NAME);
        fs::create_dir(path.parent().unwrap()).unwrap();
        put(&path);
        let before = everything_in(scene.folder());
        match scene.create_in(&path).await {
            Err(CreateError::NotSent(error)) => assert_eq!(error.reason(), NotSentReason::Sink, "{obstacle}"),
            other => panic!("{obstacle}: {other:?}"),
        }
        assert!(scene.sandbox.requests().is_empty(), "{obstacle}");
        assert_eq!(everything_in(scene.folder()), before, "{obstacle}");
    }
}

#[tokio::test]
async fn a_path_without_a_usable_name_is_refused() {
    for path in ["", "/", "..", "/tmp/..", &"x".repeat(250), &"x".repeat(300)] {
        let scene = Scene::new().await;
        let folder = if path.starts_with('/') { Path::new("") } else { scene.folder() };
        assert!(matches!(scene.create_in(folder.join(path)).await, Err(CreateError::NotSent(_))), "{path:?}");
        assert!(scene.sandbox.requests().is_empty(), "{path:?}");
        assert_eq!(scene.files(), [], "{path:?}");
    }
}

#[tokio::test]
async fn what_gets_in_the_way_while_the_request_is_under_way_stays_and_the_error_has_the_secret() {
    for (obstacle, put) in AT_THE_PATH {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(NAME);
        let there = path.clone();
        let scene = Scene::with(Sandbox::builder().on_request(move |_| put(&there))).await;
        let error = match scene.create_in(&path).await {
            Err(CreateError::NotStored(error)) => error,
            other => panic!("{obstacle}: {other:?}"),
        };
        let held = scene.sandbox.endpoints();
        assert_eq!(held.len(), 1, "{obstacle}");
        assert_eq!(error.created().secret.expose_secret(), held[0].expose_secret(), "{obstacle}");
        assert!(SecretFile::new(&path).journal().unwrap().is_some(), "{obstacle}: an endpoint without a stored secret");

        // What the sink left aside, only the obstacle is there.
        SecretFile::new(&path).acknowledge().unwrap();
        let alone = tempfile::tempdir().unwrap();
        put(&alone.path().join(NAME));
        assert_eq!(everything_in(folder.path()), everything_in(alone.path()), "{obstacle}");
    }
}

#[tokio::test]
async fn a_folder_that_vanishes_while_the_request_is_under_way_loses_no_secret() {
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

/// Names below a folder, with what each is and holds.
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
