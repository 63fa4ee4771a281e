//! The workflows on GitHub depend on nothing that can change unnoticed, and give strangers nothing to abuse.

use std::fs;

use hb_portal_tests::root;

fn workflows() -> Vec<(String, String)> {
    let entries = fs::read_dir(root().join(".github/workflows")).unwrap().map(|entry| entry.unwrap().path());
    let read: Vec<_> = entries.map(|path| (path.display().to_string(), fs::read_to_string(path).unwrap())).collect();
    assert!(!read.is_empty());
    read
}

#[test]
fn actions_are_pinned_by_commit_with_the_version_in_a_comment() {
    let mut seen = 0;
    for (name, text) in workflows() {
        for line in text.lines().filter(|line| line.trim_start().trim_start_matches("- ").starts_with("uses:")) {
            let pinned = line
                .split_once('@')
                .and_then(|(_, at)| at.split_once(" # v"))
                .is_some_and(|(commit, _)| commit.len() == 40 && commit.bytes().all(|byte| byte.is_ascii_hexdigit()));
            assert!(pinned, "{name}: {line}");
            seen += 1;
        }
    }
    assert!(seen > 0);
}

/// A pull request's code runs with a token that can only read, and text from a pull request is never part of a script.
#[test]
fn a_pull_request_gets_neither_secrets_nor_a_token_that_writes() {
    for (name, text) in workflows() {
        for unwanted in ["pull_request_target", "secrets.", "contents: write", "write-all"] {
            assert!(!text.contains(unwanted), "{name}: {unwanted}");
        }
        assert!(
            text.contains("\npermissions:"),
            "{name}: permissions are not restricted, so the default token may do more than it needs"
        );
        // Jobs are indented by two spaces.
        let jobs = text.split("\njobs:\n").nth(1).unwrap();
        let starts =
            jobs.lines().filter(|line| line.starts_with("  ") && !line.starts_with("   ") && line.ends_with(':'));
        for start in starts {
            let job = jobs.split_once(start).unwrap().1;
            let job: String = job
                .lines()
                .skip(1)
                .take_while(|line| line.is_empty() || line.starts_with("   "))
                .map(|line| format!("{line}\n"))
                .collect();
            let writes = job.contains(": write");
            let runs_their_code = job.contains("uses:") || job.contains("cargo");
            assert!(
                !(writes && runs_their_code),
                "{name}, {start}: the job runs the pull request's code with a token that can write"
            );
        }
        for script in text.split("run: |").skip(1) {
            let script: String =
                script.lines().take_while(|line| line.is_empty() || line.starts_with("          ")).collect();
            assert!(!script.contains("${{"), "{name}: an expression in a script: {script}");
        }
    }
}
