//! Writes a document's security in the form of the contract, whose clients have only a bearer token.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::{api::Api, notes::Notes, read::followed};

/// The contract's name for a bearer token.
const BEARER: &str = "bearerAuth";

/// The security of each operation, by its place.
pub(super) fn security(document: &Value, api: &Api, notes: &mut Notes) -> BTreeMap<String, Value> {
    let mut found = BTreeMap::new();
    for operation in &api.operations {
        let own = document.pointer(&operation.at).and_then(|operation| operation.get("security"));
        // Without `security`, it is unknown whether the operation requires credentials.
        let Some(ways) = own.or_else(|| document.get("security")).and_then(Value::as_array) else { continue };
        let mut written: Vec<Value> = Vec::new();
        for way in ways.iter().filter_map(Value::as_object) {
            let schemes: Vec<&String> = way.keys().filter(|key| !key.starts_with("x-")).collect();
            let others: Vec<&str> =
                schemes.iter().filter(|name| !is(document, name)).map(|name| name.as_str()).collect();
            match (others.as_slice(), schemes.is_empty()) {
                ([], true) => written.push(json!({})),
                ([], false) => written.push(json!({BEARER: []})),
                (others, _) => {
                    let what = format!("left out security {}: the client has a bearer token", others.join(" with "));
                    notes.add(&format!("{}/security", operation.at), "import", what);
                }
            }
        }
        written.dedup();
        if ways.is_empty() || !written.is_empty() {
            found.insert(operation.at.clone(), written.into());
        }
    }
    found
}

fn is(document: &Value, name: &str) -> bool {
    let scheme = document.pointer("/components/securitySchemes").and_then(|schemes| schemes.get(name));
    scheme.and_then(|scheme| followed(document, scheme, "").ok()).is_some_and(|(scheme, _)| is_bearer(scheme))
}

/// Whether a scheme sends a bearer token: `http` with `bearer`, Apidog's `bearer`, OAuth or OpenID Connect.
fn is_bearer(scheme: &Value) -> bool {
    let text = |key: &str| scheme.get(key).and_then(Value::as_str).unwrap_or_default().to_ascii_lowercase();
    match text("type").as_str() {
        "http" => text("scheme") == "bearer",
        "bearer" | "oauth2" | "openidconnect" => true,
        _ => false,
    }
}
