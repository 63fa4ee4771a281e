//! `load` reads a secret, however the file was created.

use std::{fs, os::unix::fs::symlink};

use hb_portal::SecretFile;

use super::scene::{JOURNAL, NAME, RECORD, Scene};

#[tokio::test]
async fn a_secret_is_loaded_with_its_endpoint_and_the_record_does_not_hold_it() {
    let scene = Scene::new().await;
    assert!(scene.secret_file().load().unwrap().is_none());
    let created = scene.create().await.unwrap();
    scene.assert_loaded();
    let stored = scene.secret_file().load().unwrap().unwrap();
    let endpoint = stored.endpoint.unwrap();
    assert_eq!(endpoint.id, created.endpoint.id);
    assert_eq!(Some(endpoint.created_at), created.endpoint.created_at);
    let record = fs::read_to_string(scene.folder().join(RECORD)).unwrap();
    assert!(!record.contains(created.secret.expose_secret()), "the record has the secret");
}

#[test]
fn a_newline_that_an_editor_added_is_not_part_of_the_secret() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(NAME);
    for (text, secret) in [
        ("whsec_1", "whsec_1"),
        ("whsec_1\n", "whsec_1"),
        ("whsec_1\r\n", "whsec_1"),
        ("whsec_1\n\n", "whsec_1\n"),
        (" whsec_1 ", " whsec_1 "),
        ("\nwhsec_1", "\nwhsec_1"),
    ] {
        fs::write(&path, text).unwrap();
        let stored = SecretFile::new(&path).load().unwrap().unwrap();
        assert_eq!(stored.secret.expose_secret(), secret, "{text:?}");
        assert!(stored.endpoint.is_none());
    }
}

#[test]
fn an_invalid_secret_is_an_error_that_does_not_quote_it() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(NAME);
    for bytes in [&b""[..], b"\n", b"canary\xff", &[b'c'; 64 * 1024 + 1]] {
        fs::write(&path, bytes).unwrap();
        let error = SecretFile::new(&path).load().unwrap_err().to_string();
        assert!(error.contains(path.to_str().unwrap()) && !error.contains("canary"), "{error}");
    }
    fs::remove_file(&path).unwrap();
    fs::create_dir(&path).unwrap();
    assert!(SecretFile::new(&path).load().is_err());
    assert!(SecretFile::new(folder.path().join("folder/")).load().is_err());
}

/// A secret as Kubernetes mounts it: a link to a file in a folder that is itself a link.
#[test]
fn a_secret_behind_links_is_loaded() {
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir(folder.path().join("..2026")).unwrap();
    fs::write(folder.path().join("..2026").join(NAME), "whsec_1").unwrap();
    symlink("..2026", folder.path().join("..data")).unwrap();
    symlink(format!("..data/{NAME}"), folder.path().join(NAME)).unwrap();
    for path in [NAME.to_owned(), format!("..data/{NAME}")] {
        let stored = SecretFile::new(folder.path().join(&path)).load().unwrap().unwrap();
        assert_eq!(stored.secret.expose_secret(), "whsec_1", "{path}");
    }
}

#[tokio::test]
async fn while_the_journal_of_its_attempt_exists_only_a_whole_secret_is_loaded() {
    let scene = Scene::new().await;
    let secret = scene.create().await.unwrap().secret;
    let file = scene.secret_file();
    // A crash between storing the secret and removing the journal leaves both.
    fs::write(scene.folder().join(JOURNAL), "").unwrap();
    assert!(file.load().unwrap().is_some());
    // On a file system without hard links, the same happens while the secret is being written.
    fs::write(scene.path(), &secret.expose_secret()[1..]).unwrap();
    let error = file.load().unwrap_err().to_string();
    assert!(error.contains("may be incomplete"), "{error}");
    fs::remove_file(scene.folder().join(RECORD)).unwrap();
    assert!(file.load().is_err());
    // A secret that an operator put there later may have any length.
    fs::remove_file(scene.folder().join(JOURNAL)).unwrap();
    assert!(file.load().unwrap().is_some());
}

#[tokio::test]
async fn the_record_of_an_earlier_secret_is_replaced() {
    let scene = Scene::new().await;
    drop(scene.create().await.unwrap());
    fs::remove_file(scene.path()).unwrap();
    let created = scene.create().await.unwrap();
    assert_eq!(scene.secret_file().load().unwrap().unwrap().endpoint.unwrap().id, created.endpoint.id);
    scene.assert_loaded();
}
