//! `demo`, the command that the README begins with.

use std::path::PathBuf;

use hb_portal::SigningSecret;

use super::{
    program::{command, text},
    shown::{json, normal},
};

/// The value next to a name in the output.
fn row(output: &str, name: &str) -> String {
    let line =
        output.lines().find_map(|line| line.trim_start().strip_prefix(name)).unwrap_or_else(|| panic!("{output}"));
    line.trim().to_owned()
}

#[test]
fn it_runs_the_whole_process_without_showing_the_secret() {
    let folder = tempfile::tempdir().unwrap();
    let mut files = Vec::new();
    for _ in 0..2 {
        let output = command(folder.path(), ["demo"]).env("TMPDIR", folder.path()).output().unwrap();
        assert!(output.status.success(), "{output:?}");
        let (stdout, stderr) = (text(&output.stdout), text(&output.stderr));
        let file = PathBuf::from(row(&stdout, "secret file"));
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            assert_eq!(std::fs::metadata(&file).unwrap().permissions().mode() & 0o7777, 0o600);
        }
        let secret = std::fs::read_to_string(&file).unwrap();
        assert_eq!(SigningSecret::new(&*secret).fingerprint(), row(&stdout, "fingerprint"));
        assert!(!secret.is_empty() && !stdout.contains(&secret) && !stderr.contains(&secret));
        if files.is_empty() {
            let stdout = stdout.replace(&file.display().to_string(), "SECRET_FILE");
            insta::assert_snapshot!("demo", normal(&format!("{stderr}{stdout}")));
        }
        files.push(file);
    }
    assert_ne!(files[0], files[1]);
}

/// What a person sees first.
#[cfg(unix)]
#[test]
fn the_readme_shows_what_it_prints() {
    use super::terminal::Terminal;
    let folder = tempfile::tempdir().unwrap();
    let variables = [("NO_COLOR", "1".to_owned()), ("TMPDIR", folder.path().display().to_string())];
    let (code, screen) = Terminal::run(folder.path(), &["demo"], &variables).wait();
    assert_eq!(code, 0, "{screen}");
    assert!(screen.lines().all(|line| line.chars().count() < 80), "{screen}");
    let without_file = |text: &str| {
        let file = row(text, "secret file");
        normal(&text.replace(&file, "SECRET_FILE"))
    };
    let readme = include_str!("../../../../README.md");
    let shown = readme.split_once("$ cargo hb demo\n").unwrap().1.split_once("```").unwrap().0;
    assert_eq!(without_file(&screen.replace("\r\n", "\n")), without_file(shown));
}

#[test]
fn its_json_has_a_line_for_each_step() {
    let folder = tempfile::tempdir().unwrap();
    let output = command(folder.path(), ["demo", "--json"]).env("TMPDIR", folder.path()).output().unwrap();
    let first: serde_json::Value = serde_json::from_str(text(&output.stdout).lines().next().unwrap()).unwrap();
    let path = first["secret"]["path"].as_str().unwrap();
    insta::assert_snapshot!("demo-json", normal(&json(&text(&output.stdout).replace(path, "SECRET_FILE"))));
}
