//! What reviewers read: the generated code in slices, each with a word on what to look for.
//!
//! The whole of it is guarded by `codegen_is_deterministic_and_idempotent`, not here.

use std::{collections::BTreeSet, fs, time::Duration};

use hb_portal::{Client, ClientCredentials};
use hb_portal_client::{
    Operation as _,
    operations::{CreateWebhookEndpoint, GetAccessToken},
};
use hb_portal_tests::{capture::Capture, documented, operations::OPERATIONS, public_api, root, slices, wire, yaml};
use xtask::{
    CONTRACT, generate,
    load::{Document, parse},
    model,
    walk::{Kind, walk},
};

fn contract() -> Document {
    parse(CONTRACT, &fs::read_to_string(root().join(CONTRACT)).unwrap()).unwrap()
}

/// Holds a slice against its snapshot.
fn slice(name: &str, look_for: &str, text: &str) {
    insta::with_settings!({ description => look_for, omit_expression => true, prepend_module_to_snapshot => false }, {
        insta::assert_snapshot!(name, text);
    });
}

#[test]
fn every_operation() {
    let document = contract();
    walk(&document.value, &mut |_, node| {
        if node.kind == Kind::Operation {
            let name = slices::snake(node.value["operationId"].as_str().unwrap());
            let look_for = "Path, method and headers are the contract's, and no `api-version` is among them. Whether it needs a \
                            token. Which statuses are decoded, and as what; everything else gives the answer back \
                            undecoded. One that is inferred is behind `preview`.";
            slice(&format!("operation.{name}"), look_for, &slices::operation(&name));
        }
    });
}

#[test]
fn every_type() {
    for name in slices::type_names() {
        let look_for = "Fields: names, types, what may be missing. A field that is `crate::Secret` prints nothing; a type \
                        with one in an answer derives no `Serialize`, and in a request it is written by \
                        `expose_in_request` alone.";
        slice(&format!("type.{name}"), look_for, &slices::type_named(&name));
    }
}

#[test]
fn which_types_hold_a_secret() {
    let look_for = "The types with a secret of their own, and what in them holds it. One that goes from this list prints what \
                    it holds from then on.";
    slice("secret-types", look_for, &slices::secrets_of(slices::GENERATED));
}

#[test]
fn the_public_api_of_the_facade() {
    let look_for = "What integrators compile against. A line that goes or changes breaks somebody; a new one is a promise. In \
                    brackets what it takes to have it. No type of progenitor or of the generated client; nothing with a \
                    secret has `Display`, `Serialize`, `PartialEq` or `Hash`.";
    slice("api.facade", look_for, &public_api::of("hb_portal", &root().join("crates/hb-portal/src")));
}

#[test]
fn the_public_api_of_the_client() {
    let look_for = "What the facade compiles against, and whoever uses the generated client itself. Nothing with a secret has \
                    `Display`, `PartialEq` or `Hash`, or derives `Serialize` in an answer; no constructor can panic.";
    slice("api.client", look_for, &public_api::of("hb_portal_client", &root().join("crates/hb-portal-client/src")));
}

#[test]
fn the_types_as_progenitor_is_given_them() {
    let (_, api, _) = model(CONTRACT, &fs::read_to_string(root().join(CONTRACT)).unwrap()).unwrap();
    let look_for = "The contract's types as the one file that knows progenitor passes them on: open enums in responses, secrets as \
                    `format: password`, optional lists that may be null. Nothing typed is gone.";
    slice("progenitor-input", look_for, &yaml::of(&generate::document(&api)["components"]));
}

const ON_THE_WIRE: &str = "Method, path, headers and body as they really went out, and what the client makes of each answer. \
                           Nothing that the contract does not have; a secret in an answer is `[REDACTED]`; whatever is not \
                           in the contract is given back undecoded.";

/// What an operation is in the contract, and the request for it that leaves the facade, in one snapshot.
fn on_the_wire(name: &str, form: &str, server: &Capture) {
    let requests = server.requests();
    let facade = wire::request(requests.last().expect("a request"), server.origin());
    slice(&format!("wire.{name}"), ON_THE_WIRE, &format!("{}\n\nthe facade sends\n\n{facade}\n", form.trim_end()));
}

#[tokio::test]
async fn create_webhook_endpoint_on_the_wire() {
    type Operation<'a> = CreateWebhookEndpoint<'a>;
    let form = wire::form::<Operation<'_>>(&contract().value, |body| {
        Operation::new(&serde_json::from_str(body).unwrap()).request()
    });
    let answer = documented::response().to_string();
    let server = Capture::start("201 Created", "", answer).await.unwrap();
    let client = Client::builder().base_url(server.origin()).access_token("TOKEN").build().unwrap();
    let events = ["reference.submitted", "reference.declined", "reference.all_completed"];
    let create = client.webhooks().create("https://your-app.com/webhooks/references", events);
    let _ = create.delivery_timeout(Duration::from_secs(30)).delivery_retries(3).send().await.unwrap();
    on_the_wire(&slices::snake(Operation::ID), &form, &server);
}

#[tokio::test]
async fn get_access_token_on_the_wire() {
    type Operation<'a> = GetAccessToken<'a>;
    let form = wire::form::<Operation<'_>>(&contract().value, |body| {
        Operation::new(&serde_json::from_str(body).unwrap()).request()
    });
    // The token is refused, so that there is one request for a token and none that uses it.
    let server = Capture::start("422 Unprocessable", "", "{}").await.unwrap();
    let credentials = ClientCredentials::new(7, "KEY");
    let client = Client::builder().base_url(server.origin()).credentials(credentials).build().unwrap();
    let _ = client.webhooks().create("https://your-app.com/", ["reference.submitted"]).send().await.unwrap_err();
    on_the_wire(&slices::snake(Operation::ID), &form, &server);
}

#[tokio::test]
async fn every_other_operation_on_the_wire() {
    let document = contract().value;
    let mut shown = BTreeSet::from([CreateWebhookEndpoint::ID, GetAccessToken::ID]);
    for row in OPERATIONS {
        let tokens = r#"{"access_token":"TOKEN","refresh_token":"REFRESH"}"#;
        let server = Capture::start("200 OK", "", tokens).await.unwrap();
        let client = Client::builder().base_url(server.origin()).credentials(ClientCredentials::new(7, "KEY"));
        let client = client.build().unwrap();
        // Only the request counts: most operations cannot read this response.
        let _ = (row.call)(&client, &"20417".into(), "https://your-app.com/moved").await;
        on_the_wire(&slices::snake(row.id), &(row.form)(&document), &server);
        shown.insert(row.id);
    }
    walk(&document, &mut |_, node| {
        if node.kind == Kind::Operation {
            let id = node.value["operationId"].as_str().unwrap();
            assert!(shown.contains(id), "{id} is not in the table of operations (tests/src/operations.rs)");
        }
    });
}
