//! The messages of calls other than a create.

use std::{fmt::Write as _, time::Duration};

use hb_portal::{CallError, Client, RetryPolicy};
use hb_portal_sandbox::{Ending, Fault, Moment, Offset, Operation, Response, Sandbox};
use hb_portal_tests::patience;

/// A message, without its causes, which differ from system to system.
fn written(error: &CallError, address: &str) -> String {
    error.to_string().replace(address, "HOST")
}

/// Returns the section of the snapshot for an update. With a short timeout, a client may see less than what the portal sends, which
/// shows as another text.
async fn section(case: &str, fault: Option<Fault>, timeout: Duration) -> String {
    let sandbox = Sandbox::start().await.unwrap();
    let client = Client::builder()
        .base_url(sandbox.base_url())
        .access_token(sandbox.access_token())
        .timeout(timeout)
        .retry(RetryPolicy::none())
        .build()
        .unwrap();
    let create = client.webhooks().create("https://your-app.com/", ["reference.submitted"]).timeout(patience::LONG);
    let created = create.send().await.unwrap();
    assert!(!created.secret.expose_secret().is_empty());
    let id = if fault.is_some() { created.endpoint.id.unwrap() } else { "20417".into() };
    fault.into_iter().for_each(|fault| sandbox.inject(fault));
    let error = client.webhooks().update(&id).is_active(false).send().await.unwrap_err();
    let text = format!("{case}\n{}\n\n", written(&error, &sandbox.address().to_string()));
    let known = include_str!("../../../snapshots/messages.preview.snap");
    assert!(timeout == patience::LONG || known.contains(&text), "{text}");
    text
}

#[tokio::test]
async fn every_message_says_what_failed_what_that_means_and_what_to_do() {
    let on = |response: Response, operation| Some(Fault::responds(response).on(operation));
    let invalid = r#"{"message":"The url is taken.","errors":{"url":["The url is taken."]}}"#;
    let commits = |moment, ending| Some(Fault::breaks(moment, ending).on(Operation::Update));
    let cut = Response::documented().cut_at(Offset::BeforeEnd(1));
    let cases = [
        ("an update of an endpoint that does not exist", None),
        ("an update that is refused", on(Response::new(422).json(invalid), Operation::Update)),
        ("an update that comes too often", on(Response::new(429).header("retry-after", "60"), Operation::Update)),
        ("an update without permission", on(Response::new(403), Operation::Update)),
        ("an update to which the portal responds 500", on(Response::new(500).committing(), Operation::Update)),
        ("an update whose response is lost", commits(Moment::AfterCommit, Ending::Reset)),
        ("an update whose response does not come", commits(Moment::AfterCommit, Ending::Hang)),
        ("an update whose response is cut off", on(cut, Operation::Update)),
        ("an update to which a page for people responds", on(Response::new(200).html("<html>"), Operation::Update)),
    ];
    let mut text = String::new();
    for (case, fault) in cases {
        let hangs = fault.as_ref().is_some_and(Fault::hangs);
        text += &patience::run(hangs, |timeout| section(case, fault.clone(), timeout)).await;
    }
    let sandbox = Sandbox::start().await.unwrap();
    let client = Client::builder().base_url(sandbox.refusing_base_url()).access_token("t").retry(RetryPolicy::none());
    let client = client.build().unwrap();
    let address = sandbox.refusing_base_url().trim_start_matches("http://").split('/').next().unwrap();
    for (case, error) in [
        ("a portal that nobody can connect to", client.webhooks().list().send().await.unwrap_err()),
        ("an update of nothing", client.webhooks().update(&"1".into()).send().await.unwrap_err()),
        ("an id that is none", client.webhooks().delete(&"".into()).send().await.unwrap_err()),
        ("a refresh without a refresh token", client.tokens().refresh().send().await.unwrap_err()),
    ] {
        let _ = write!(text, "{case}\n{}\n\n", written(&error, address));
    }
    let look_for = "What failed, what that means at the portal, what to do. Nothing that is secret.";
    insta::with_settings!({
        description => look_for, omit_expression => true, prepend_module_to_snapshot => false, snapshot_path => "../../../snapshots"
    }, {
        insta::assert_snapshot!("messages.preview", text);
    });
}
