//! The `--help` of each command.

use super::program::{command, text};

const COMMANDS: [&str; 16] = [
    "",
    "webhooks",
    "webhooks create",
    "webhooks list",
    "webhooks show",
    "webhooks update",
    "webhooks delete",
    "webhooks calls",
    "webhooks test",
    "webhooks recover",
    "listen",
    "verify",
    "detect",
    "sign",
    "sandbox",
    "demo",
];

#[test]
fn each_help_is_as_reviewed_and_has_an_example() {
    let folder = tempfile::tempdir().unwrap();
    for name in COMMANDS {
        for (option, kind) in [("--help", "help"), ("-h", "short")] {
            let output = command(folder.path(), name.split_whitespace().chain([option])).output().unwrap();
            assert!(output.status.success() && output.stderr.is_empty(), "{output:?}");
            let help = text(&output.stdout);
            assert!(help.contains("\nExample") && help.contains("  hb-portal "), "{help}");
            assert!(!help.contains('\x1b'), "colours in a pipe: {help}");
            assert!(help.lines().all(|line| line.chars().count() <= 100), "{help}");
            // Text that is laid out, which a narrower terminal would break.
            let examples = help.split_once("\nExample").unwrap().1;
            assert!(examples.lines().all(|line| line.chars().count() <= 80), "{examples}");
            if kind == "help" {
                let name = if name.is_empty() { "all".to_owned() } else { name.replace(' ', "-") };
                // A line without text has no indentation.
                let help: String = help.lines().map(|line| format!("{}\n", line.trim_end())).collect();
                insta::assert_snapshot!(format!("help-{name}"), help);
            }
        }
    }
}

#[test]
fn no_option_takes_a_token_or_a_key() {
    let folder = tempfile::tempdir().unwrap();
    for name in COMMANDS {
        let output = command(folder.path(), name.split_whitespace().chain(["--help"])).output().unwrap();
        let help = text(&output.stdout).to_lowercase();
        let options: Vec<&str> = help.split_whitespace().filter(|word| word.starts_with("--")).collect();
        assert!(!options.iter().any(|option| option.contains("token") || option.contains("key")), "{options:?}");
    }
}

#[test]
fn wrong_usage_exits_with_two() {
    let folder = tempfile::tempdir().unwrap();
    let needless = "--url https://a.example --event a --show-secret";
    for arguments in [
        "",
        "nonsense",
        "webhooks",
        "webhooks create",
        &format!("webhooks create {needless} --timeout 0"),
        &format!("webhooks create {needless} --deadline 0"),
        &format!("webhooks create {needless} --delivery-timeout 0"),
        "webhooks create --url https://a.example --event a --secret-command=",
        "webhooks list --page 0",
        "webhooks calls 1 --per-page 0",
        "listen",
        "listen --scheme x --secret-file x",
        "sandbox --port x",
        "sandbox --fault x",
    ] {
        let output = command(folder.path(), arguments.split_whitespace()).output().unwrap();
        assert_eq!(output.status.code(), Some(2), "{arguments}: {output:?}");
        assert!(text(&output.stderr).contains("--help") || arguments.is_empty() || arguments == "webhooks");
        let output = command(folder.path(), arguments.split_whitespace().chain(["--json"])).output().unwrap();
        let printed: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
        let message = printed["message"].as_str().unwrap();
        assert!(
            printed["outcome"] == "usage" && text(&output.stderr).contains(&message[..10]),
            "{arguments}: {printed}"
        );
    }
    let version = command(folder.path(), ["-V"]).output().unwrap();
    assert_eq!(text(&version.stdout), concat!("hb-portal ", env!("CARGO_PKG_VERSION"), "\n"));
}
