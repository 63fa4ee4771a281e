//! What reviewers read: the generated code in slices, each with a word on what to look for.
//!
//! The whole of it is guarded by `codegen_is_deterministic_and_idempotent`, not here.

use hb_portal_tests::slices;

/// Holds a slice against its snapshot.
fn slice(name: &str, look_for: &str, text: &str) {
    insta::with_settings!({ description => look_for, omit_expression => true, prepend_module_to_snapshot => false }, {
        insta::assert_snapshot!(name, text);
    });
}

#[test]
fn the_client() {
    let look_for = "The client without its operations. No constructor that can panic; no `Debug` derived, because \
                    `reqwest::Client` prints headers; every request leaves through `Transport`.";
    slice("client", look_for, &slices::client());
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
    let holding: Vec<String> =
        slices::type_names().into_iter().filter(|name| slices::type_named(name).contains("crate::Secret")).collect();
    let look_for = "The types with a secret of their own. One that goes from this list prints what it holds.";
    slice("secret-types", look_for, &holding.join("\n"));
}
