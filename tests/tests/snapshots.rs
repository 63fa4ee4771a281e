//! What reviewers read: the generated code in slices, each with a word on what to look for.
//!
//! The whole of it is guarded by `codegen_is_deterministic_and_idempotent`, not here.

use std::{fs, time::Duration};

use hb_portal::{Client, ClientCredentials};
use hb_portal_client::{
    Operation as _,
    operations::{CreateWebhookEndpoint, GetAccessToken},
};
use hb_portal_tests::{capture::Capture, documented, public_api, root, slices, wire, yaml};
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
fn the_operation_create_webhook_endpoint() {
    let look_for = "Path, method and headers are the contract's, and no `api-version` is among them. Which statuses are \
                    decoded, and as what; everything else gives the answer back undecoded.";
    slice("operation.create_webhook_endpoint", look_for, &slices::operation("create_webhook_endpoint"));
}

#[test]
fn the_operation_get_access_token() {
    let look_for =
        "Path, method and headers are the contract's, and no `api-version` is among them. It sends no token.";
    slice("operation.get_access_token", look_for, &slices::operation("get_access_token"));
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

#[tokio::test]
async fn create_webhook_endpoint_on_the_wire() {
    let contract = contract().value;
    let form = wire::form::<CreateWebhookEndpoint<'_>>(&contract, "/paths/~1webhooks/post", |body| {
        CreateWebhookEndpoint::new(&serde_json::from_str(body).unwrap()).request()
    });
    let answer = documented::response().to_string();
    let server = Capture::start("201 Created", "", answer).await.unwrap();
    let client = Client::builder().base_url(server.origin()).access_token("TOKEN").build().unwrap();
    let events = ["reference.submitted", "reference.declined", "reference.all_completed"];
    let create = client.webhooks().create("https://your-app.com/webhooks/references", events);
    let _ = create.delivery_timeout(Duration::from_secs(30)).delivery_retries(3).send().await.unwrap();
    let [request] = server.requests().try_into().unwrap();
    let facade = wire::request(&request, server.origin());
    let text = format!("{}\n\nthe facade sends\n\n{facade}\n", form.trim_end());
    slice("wire.create_webhook_endpoint", ON_THE_WIRE, &text);
}

#[tokio::test]
async fn get_access_token_on_the_wire() {
    let contract = contract().value;
    let form = wire::form::<GetAccessToken<'_>>(&contract, "/paths/~1auth~1token/post", |body| {
        GetAccessToken::new(&serde_json::from_str(body).unwrap()).request()
    });
    // The token is refused, so that there is one request for a token and none that uses it.
    let server = Capture::start("422 Unprocessable", "", "{}").await.unwrap();
    let credentials = ClientCredentials::new(7, "KEY");
    let client = Client::builder().base_url(server.origin()).credentials(credentials).build().unwrap();
    let _ = client.webhooks().create("https://your-app.com/", ["reference.submitted"]).send().await.unwrap_err();
    let [request] = server.requests().try_into().unwrap();
    let facade = wire::request(&request, server.origin());
    let text = format!("{}\n\nthe facade sends\n\n{facade}\n", form.trim_end());
    slice("wire.get_access_token", ON_THE_WIRE, &text);
}

/// An operation that is added to the contract is added here too. This file is read, not the folder of snapshots, which the
/// other tests write.
#[test]
fn every_operation_has_its_snapshots() {
    let document = contract();
    let mut missing = Vec::new();
    walk(&document.value, &mut |_, node| {
        if node.kind == Kind::Operation {
            let name = slices::snake(node.value["operationId"].as_str().unwrap());
            let kinds = ["operation", "wire"].map(|kind| format!("slice(\"{kind}.{name}\","));
            missing.extend(kinds.into_iter().filter(|call| !include_str!("snapshots.rs").contains(call.as_str())));
        }
    });
    assert!(missing.is_empty(), "{missing:?}: add the snapshots of the new operation to this file");
}
