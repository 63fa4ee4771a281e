//! The report of a change is true: it names the users that the change breaks, and the snapshots that differ.

mod pairs;
mod validator;

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
};

use hb_portal_tests::{root, slices};
use xtask::{
    CONTRACT,
    diff::{
        Change,
        command::{self, Options},
        diff,
    },
    load::parse,
};

/// A name, and pairs of a text of the contract and its replacement; the first pairs make the base.
struct Case {
    name: &'static str,
    /// As many rows as a reviewer has to read for it, and not one more.
    rows: usize,
    base: &'static [(&'static str, &'static str)],
    now: &'static [(&'static str, &'static str)],
}

const CASES: &[Case] = &[
    Case {
        name: "a field",
        rows: 1,
        base: &[],
        now: &[(
            "        is_active:\n",
            "        paused_at:\n          type: string\n          nullable: true\n        is_active:\n",
        )],
    },
    Case {
        name: "an enum value that is sent",
        rows: 1,
        base: &[(
            "          items:\n            type: string\n",
            "          items:\n            type: string\n            enum: [a.b]\n",
        )],
        now: &[("enum: [a.b]", "enum: [a.b, c.d]")],
    },
    // Enums of responses are open, so the code is the same.
    Case {
        name: "an enum value that is read",
        rows: 1,
        base: &[(
            "        is_active:\n",
            "        state:\n          type: string\n          enum: [on]\n        is_active:\n",
        )],
        now: &[("enum: [on]", "enum: [on, off]")],
    },
    Case {
        name: "a tier",
        rows: 1,
        base: &[],
        now: &[("x-hb-source: inferred\n      properties:", "x-hb-source: corroborated\n      properties:")],
    },
    Case {
        name: "the description of a response, and its tier",
        rows: 2,
        base: &[],
        now: &[(
            "description: Endpoint created\n          x-hb-source: documented",
            "description: d\n          x-hb-source: inferred",
        )],
    },
    Case {
        name: "an operation",
        rows: 1,
        base: &[],
        now: &[(
            "components:\n",
            "  /ping:\n    get:\n      operationId: ping\n      responses:\n        '204':\n          description: d\ncomponents:\n",
        )],
    },
    Case { name: "a type", rows: 1, base: &[], now: &[("          format: date-time\n", "          format: date\n")] },
    Case {
        name: "a secret",
        rows: 1,
        base: &[(
            "        expires_in:\n          type: integer\n          format: int64\n",
            "        expires_in:\n          type: string\n",
        )],
        now: &[(
            "        expires_in:\n          type: string\n",
            "        expires_in:\n          type: string\n          x-hb-secret: true\n",
        )],
    },
    Case { name: "a name", rows: 1, base: &[], now: &[("        is_active:\n", "        active:\n")] },
    Case { name: "required", rows: 1, base: &[], now: &[("required: [url, events]", "required: [url]")] },
    Case { name: "a status", rows: 2, base: &[], now: &[("        '401':\n", "        '403':\n")] },
    Case {
        name: "words",
        rows: 2,
        base: &[],
        now: &[("Create a new webhook", "Make a new webhook"), ("The key of the API client.", "The key.")],
    },
];

fn edited(contract: &str, edits: &[(&str, &str)]) -> String {
    edits.iter().fold(contract.to_owned(), |text, (from, to)| {
        let edited = text.replacen(from, to, 1);
        assert!(edited != text, "{from:?} is not in the contract");
        edited
    })
}

#[test]
fn the_snapshots_that_a_change_names_are_those_that_differ() {
    let contract = fs::read_to_string(root().join(CONTRACT)).unwrap();
    let mut bases = BTreeMap::new();
    for Case { name, rows, base, now } in CASES {
        let base = edited(&contract, base);
        let now = edited(&base, now);
        let generated = |contract: &str| slices::of(&crate::client(contract).unwrap());
        // Most cases have the same base.
        let (before, after) = (&*bases.entry(base.clone()).or_insert_with(|| generated(&base)), generated(&now));
        let names: BTreeSet<&String> = before.keys().chain(after.keys()).collect();
        let differ: BTreeSet<&String> =
            names.into_iter().filter(|name| before.get(*name) != after.get(*name)).collect();
        let (base, now) = (parse("b", &base).unwrap().value, parse("n", &now).unwrap().value);
        let changes: Vec<Change> = diff(&base, &now);
        assert_eq!(changes.len(), *rows, "{name}: {changes:#?}");
        // The facade sends the request, so a change on the wire does not show here.
        let named: BTreeSet<&String> =
            changes.iter().flat_map(|change| &change.snapshots).filter(|name| !name.starts_with("wire.")).collect();
        let wrong: Vec<_> = named.difference(&differ).collect();
        assert!(wrong.is_empty(), "{name}: {wrong:?} do not differ, but {differ:?}, in {changes:#?}");
        // The types that unite an operation's errors are made by the generator: the contract has none of them.
        let is_of_the_contract = |name: &str| match name.strip_prefix("type.") {
            Some(schema) => [&base, &now].iter().any(|of| !of["components"]["schemas"][schema].is_null()),
            None => true,
        };
        let unnamed: Vec<_> = differ.difference(&named).filter(|name| is_of_the_contract(name)).collect();
        assert!(unnamed.is_empty(), "{name}: {unnamed:?} differ as well, in {changes:#?}");
    }
}

#[test]
fn the_exit_code_tells_whether_something_breaks() {
    let against = |base: &str| {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("base.yaml");
        fs::write(&file, base).unwrap();
        command::run(&root(), &Options { base: Some(file.into()), markdown: false, ..Default::default() })
    };
    let contract = fs::read_to_string(root().join(CONTRACT)).unwrap();
    let (output, code) = against(&contract).unwrap();
    assert!(code == 0 && output.starts_with("the contract is the same as in "), "{code} {output}");
    let (output, code) = against(&contract.replace("A message for people.", "Words.")).unwrap();
    assert!(code == 0 && output.contains("docs only"), "{code} {output}");
    let (output, code) = against(&contract.replace("required: [url, events]", "required: [url]")).unwrap();
    assert!(code == 3 && output.contains("CreateWebhookEndpoint.events  required now"), "{code} {output}");
    let newer = "openapi: 3.1.0\ninfo: {title: t, version: '1'}\nwebhooks: {made: {post: {responses: {'204': {description: d}}}}}\n";
    let (output, code) = against(newer).unwrap();
    assert!(code == 3 && output.contains("webhook made ") && output.contains("operation removed"), "{code} {output}");
    let error = format!("{:#}", against("openapi: [").unwrap_err());
    assert!(error.contains("base.yaml:") && error.contains("not YAML"), "{error}");
}

/// Runs the script that comments, with a `gh` that has one comment already and keeps what it is sent; and returns that.
#[cfg(unix)]
fn commented(markdown: &str) -> (String, String) {
    use std::process::Command;

    let folder = tempfile::tempdir().unwrap();
    let workflow = parse("spec.yml", &fs::read_to_string(root().join(".github/workflows/spec.yml")).unwrap());
    let job = workflow.unwrap().value["jobs"]["comment"].clone();
    assert!(job["if"].as_str().unwrap().contains("!cancelled()"), "{job}: a diff that fails is not reported");
    // Not a file, because a process that another test starts may have the descriptor that wrote it, so that it could not be executed.
    let gh = r#"gh() { case "$*" in *--jq*) echo 7;; *) echo "$*" > "$RUNNER_TEMP/args"; last=${!#}; cp "${last#*@}" "$RUNNER_TEMP/sent";; esac; }"#;
    let script = format!("{gh}\n{}", job["steps"][0]["run"].as_str().unwrap());
    let variables =
        [("GITHUB_SERVER_URL", "https://host"), ("GITHUB_REPOSITORY", "a/b"), ("GITHUB_RUN_ID", "5"), ("NUMBER", "1")];
    let status = Command::new("bash")
        .args(["-euo", "pipefail", "-c", &script])
        .env("RUNNER_TEMP", folder.path())
        .env("MARKDOWN", markdown)
        .envs(variables)
        .status();
    assert!(status.unwrap().success());
    let read = |name: &str| fs::read_to_string(folder.path().join(name)).unwrap();
    (read("args"), read("sent"))
}

#[test]
#[cfg(unix)]
fn a_diff_that_could_not_be_made_replaces_the_comment_of_the_one_before() {
    let (args, sent) = commented("| a | table |");
    assert!(args.contains("PATCH repos/a/b/issues/comments/7") && sent.contains("| a | table |"), "{args} {sent}");
    let (args, sent) = commented("");
    assert!(args.contains("PATCH repos/a/b/issues/comments/7"), "{args}");
    assert!(
        sent.contains("the diff could not be made") && sent.contains("(https://host/a/b/actions/runs/5)"),
        "{sent}"
    );
}
