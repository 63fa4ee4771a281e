//! The file's permissions do not depend on the umask, and a folder or disk that cannot be written is detected before
//! anything is sent.

use std::{
    fs,
    os::unix::fs::{MetadataExt as _, PermissionsExt as _},
    path::Path,
    process::Command,
};

use super::{
    child::{self, Ended},
    scene::{NAME, Scene},
};

/// Runs the child as the end of a shell script, which `exec`s its arguments.
fn run_in_shell(scene: &Scene, script: &str) -> Ended {
    let mut command = Command::new("sh");
    command.args(["-c", script, "sh"]).arg(child::program()).args(child::arguments());
    child::hand_over(&mut command, scene);
    ended(&mut command)
}

fn ended(command: &mut Command) -> Ended {
    let output = command.output().unwrap();
    let code = output.status.code().and_then(Ended::from_code);
    code.unwrap_or_else(|| panic!("{}: {}", output.status, String::from_utf8_lossy(&output.stderr)))
}

#[tokio::test]
async fn only_the_owner_can_read_the_file_whatever_the_umask() {
    for umask in ["0000", "0022", "0077", "0277", "0700", "0777"] {
        let scene = Scene::new().await;
        assert_eq!(run_in_shell(&scene, &format!("umask {umask}; exec \"$@\"")), Ended::Ok, "{umask}");
        scene.assert_loaded();
    }
}

#[tokio::test]
async fn a_path_may_be_relative() {
    let scene = Scene::new().await;
    let mut command = child::command(&scene);
    child::store_in(&mut command, Path::new(NAME));
    assert_eq!(ended(command.current_dir(scene.folder())), Ended::Ok);
    scene.assert_stored();
}

/// No file may grow, as on a full disk.
#[tokio::test]
async fn a_full_disk_is_detected_before_anything_is_sent() {
    let scene = Scene::new().await;
    assert_eq!(run_in_shell(&scene, "trap '' XFSZ; ulimit -f 0; exec \"$@\""), Ended::NotSent);
    assert!(scene.sandbox.requests().is_empty());
    assert_eq!(scene.files(), []);
}

#[tokio::test]
async fn an_unwritable_folder_is_detected_before_anything_is_sent() {
    for mode in [0o555, 0o444, 0o000] {
        let scene = Scene::new().await;
        let folder = scene.folder().join("folder");
        fs::create_dir(&folder).unwrap();
        set_mode(&folder, mode);
        let mut command = unprivileged();
        child::hand_over(&mut command, &scene);
        child::store_in(&mut command, &folder.join(NAME));
        assert_eq!(ended(command.current_dir("/")), Ended::NotSent, "{mode:o}");
        assert!(scene.sandbox.requests().is_empty(), "{mode:o}");
        set_mode(&folder, 0o700);
        assert_eq!(fs::read_dir(folder).unwrap().count(), 0, "{mode:o}");
    }
}

/// Returns a command that runs the child without capabilities, because with them root is denied nothing.
fn unprivileged() -> Command {
    let mut command = Command::new(child::program());
    if fs::metadata("/proc/self").is_ok_and(|own| own.uid() == 0) {
        command = Command::new("setpriv");
        command.args(["--bounding-set", "-all"]).arg(child::program());
    }
    command.args(child::arguments());
    command
}

fn set_mode(path: &Path, mode: u32) {
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
}
