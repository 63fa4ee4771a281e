//! Snapshots for reviewers: slices of the generated code, each with a description of what to check.
//!
//! `codegen_is_deterministic_and_idempotent` guards the whole file; the snapshots do not.

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
    read::Dialect,
    walk::{Kind, walk},
};

fn contract() -> Document {
    parse(CONTRACT, &fs::read_to_string(root().join(CONTRACT)).unwrap()).unwrap()
}

/// Compares a slice with its snapshot.
fn slice(name: &str, description: &str, text: &str) {
    insta::with_settings!({ description => description, omit_expression => true, prepend_module_to_snapshot => false, snapshot_path => "../snapshots" }, {
        insta::assert_snapshot!(name, text);
    });
}

#[test]
fn every_operation() {
    let document = contract();
    walk(&document.value, &mut |_, kind, value| {
        if kind == Kind::Operation {
            let name = slices::snake(value["operationId"].as_str().unwrap());
            let description = "Path, method and headers come from the contract, and no `api-version` is among them. \
                              Check whether the operation needs a token, and which statuses are decoded as which \
                              type; every other response is returned undecoded. An inferred operation is behind \
                              `preview`.";
            slice(&format!("operation.{name}"), description, &slices::operation(&name));
        }
    });
}

#[test]
fn every_type() {
    for name in slices::type_names() {
        let description = "The fields, their types, and which of them may be missing. A field of type `crate::Secret` \
                          prints nothing. A type with such a field derives no `Serialize` if it is in a response; in \
                          a request, only `expose_in_request` writes the secret.";
        slice(&format!("type.{name}"), description, &slices::type_named(&name));
    }
}

#[test]
fn the_types_that_hold_a_secret() {
    let description = "The types that hold a secret directly, and the fields or variants that hold it. A type that \
                      disappears from this list prints its secret from then on.";
    slice("secret-types", description, &slices::secrets_of(slices::GENERATED));
}

#[test]
fn the_public_api_of_the_facade() {
    let description = "The API that integrators compile against. A line that is removed or changed is a breaking \
                      change; a new line is a promise. The conditions of an item are in brackets. No type of \
                      progenitor appears, and types of the generated client appear only with the feature `operations`. Nothing with \
                      a secret has `Display`, `Serialize`, `PartialEq` or `Hash`.";
    slice("api.facade", description, &public_api::of("hb_portal", &root().join("crates/hb-portal/src")));
}

#[test]
fn the_public_api_of_the_client() {
    let description = "The API that the facade and direct users of the generated client compile against. Nothing with \
                      a secret has `Display`, `PartialEq` or `Hash`, or derives `Serialize` in a response; no \
                      constructor can panic.";
    slice("api.client", description, &public_api::of("hb_portal_client", &root().join("crates/hb-portal-client/src")));
}

#[test]
fn the_types_as_they_are_passed_to_progenitor() {
    let contract = fs::read_to_string(root().join(CONTRACT)).unwrap();
    let api = model(CONTRACT, &contract, Dialect::Contract).unwrap().api;
    let description = "The contract's types as the only file that uses progenitor passes them on: open enums in \
                      responses, secrets as `format: password`, and optional lists that may be null. No type \
                      information is lost.";
    slice(
        "progenitor-input",
        description,
        &yaml::of(&serde_json::to_value(generate::document(&api).components).unwrap()),
    );
}

const ON_THE_WIRE: &str = "Method, path, headers and body as they are sent, and how the client decodes each \
                          response. Nothing is sent that is not in the contract, a secret in a response is shown as \
                          `[REDACTED]`, and a response that is not in the contract is returned undecoded.";

/// Compares an operation in the contract, and the request that the facade sends for it, with one snapshot.
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
    let response = documented::response().to_string();
    let server = Capture::start("201 Created", "", response).await.unwrap();
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
    // The token request is rejected, so the facade sends no request with a token.
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
        // Only the request matters: most operations cannot decode this response.
        let _ = (row.call)(&client, &"20417".into(), "https://your-app.com/moved").await;
        on_the_wire(&slices::snake(row.id), &(row.form)(&document), &server);
        shown.insert(row.id);
    }
    walk(&document, &mut |_, kind, value| {
        if kind == Kind::Operation {
            let id = value["operationId"].as_str().unwrap();
            assert!(shown.contains(id), "{id} is not in the table of operations (tests/src/operations.rs)");
        }
    });
}
