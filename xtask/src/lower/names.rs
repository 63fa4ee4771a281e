//! Names that a document leaves out: progenitor refuses an operation without an id.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::{
    notes::Notes,
    walk::{Kind, last_step, walk, walk_mut},
};

/// Gives an operation without `operationId` one made of its method and path, as in `getWebhooksById`.
pub(super) fn derive_operation_ids(document: &mut Value, notes: &mut Notes) {
    let mut taken = BTreeSet::new();
    walk(document, &mut |_, node| {
        if let (Kind::Operation, Some(id)) = (node.kind, node.value.get("operationId").and_then(Value::as_str)) {
            taken.insert(id.to_owned());
        }
    });
    walk_mut(document, &mut |pointer, kind, value| {
        let (Kind::Operation, Some(operation)) = (kind, value.as_object_mut()) else { return };
        if operation.contains_key("operationId") {
            return;
        }
        let path = pointer.rsplit_once('/').map(|(path, _)| last_step(path)).unwrap_or_default();
        let id = unique(operation_id(&last_step(pointer), &path), &taken);
        taken.insert(id.clone());
        notes.add(pointer, "derive_operation_ids", format!("it has no id: {id}"));
        operation.insert("operationId".to_owned(), Value::from(id));
    });
}

/// `get` at `/webhooks/{id}` is `getWebhooksById`.
pub(super) fn operation_id(method: &str, path: &str) -> String {
    let mut id = method.to_owned();
    for segment in path.split('/').filter(|segment| !segment.is_empty()) {
        if segment.starts_with('{') {
            id.push_str("By");
        }
        id.push_str(&pascal_case(segment));
    }
    id
}

/// The words of `text` joined, each with a capital.
pub(crate) fn pascal_case(text: &str) -> String {
    text.split(|char: char| !char.is_alphanumeric())
        .flat_map(|word| {
            let mut chars = word.chars();
            chars.next().into_iter().flat_map(char::to_uppercase).chain(chars)
        })
        .collect()
}

/// `name`, or the first of `name2`, `name3`, … that is not taken.
pub(crate) fn unique(name: String, taken: &BTreeSet<String>) -> String {
    if !taken.contains(&name) {
        return name;
    }
    (2..).map(|number: usize| format!("{name}{number}")).find(|name| !taken.contains(name)).unwrap_or(name)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn an_operation_without_an_id_gets_one_that_is_unique_and_one_with_an_id_keeps_it() {
        let mut document = json!({"paths": {
            "/auth/token": {"post": {}},
            "/webhooks": {"get": {"operationId": "getWebhooksById"}},
            "/webhooks/{id}": {"get": {}},
        }});
        derive_operation_ids(&mut document, &mut Notes::default());
        assert_eq!(document["paths"]["/auth/token"]["post"]["operationId"], "postAuthToken");
        assert_eq!(document["paths"]["/webhooks"]["get"]["operationId"], "getWebhooksById");
        assert_eq!(document["paths"]["/webhooks/{id}"]["get"]["operationId"], "getWebhooksById2");
    }
}
