//! Operations: the methods of each path.

use std::collections::BTreeMap;

use heck::ToLowerCamelCase as _;

use super::{Dialect, Reader, SOURCE, names, site::Site};
use crate::{api::Operation, walk::METHODS};

/// An operation before it is named.
pub(super) struct Found<'a> {
    pub(super) path: String,
    method: &'static str,
    pub(super) item: Site<'a>,
    pub(super) operation: Site<'a>,
}

impl<'a> Reader<'a, '_> {
    /// Reads all operations, each with a unique name.
    pub(super) fn operations(&mut self) -> Vec<Operation> {
        let mut found = Vec::new();
        for (path, item) in self.root.members("paths").into_iter().filter(|(path, _)| !path.starts_with("x-")) {
            let Some(item) = self.resolved(&item) else { continue };
            let Some(template) = self.template(path, &item) else { continue };
            for method in METHODS {
                let Some(operation) = item.get(method) else { continue };
                if operation.value.is_object() {
                    found.push(Found { path: template.clone(), method, item: item.clone(), operation });
                } else {
                    self.note(&operation, "operation", "not a mapping, so not an operation: dropped");
                }
            }
        }
        let names = self.operation_names(&found);
        std::iter::zip(found, names).map(|(found, (id, name))| self.operation(found, id, name)).collect()
    }

    /// The id and the name of each operation: a missing one is made from method and path, a repeated one is numbered.
    fn operation_names(&mut self, found: &[Found<'a>]) -> Vec<(String, String)> {
        let mut taken = names::Taken::of(names::OPERATIONS.iter().copied());
        let named = |id: &'a str| Some((id, names::type_name(id)?));
        let wanted = |one: &Found<'a>| one.operation.text("operationId").and_then(named);
        // The first operation with an id has its name, even if the names of others are made before it is read.
        // An id that is already a name, but for its first letter, has priority over one that becomes that name.
        let mut order: Vec<_> = found.iter().filter_map(|one| Some((&one.operation.at, wanted(one)?))).collect();
        order.sort_by_key(|(_, (id, name))| id != name && *id != name.to_lower_camel_case());
        let first: BTreeMap<_, _> = order.into_iter().filter(|(_, (_, name))| taken.take(name)).collect();
        let named = found.iter().map(|one| {
            let at = &one.operation.at;
            if let Some((id, name)) = first.get(at) {
                return ((*id).to_owned(), name.clone());
            }
            let wanted = wanted(one);
            let derived = names::operation_id(one.method, &one.path);
            let name = taken.unique(names::operation_name(wanted.as_ref().map_or(&derived, |(id, _)| id)));
            let what = match (&wanted, one.operation.text("operationId")) {
                (Some((id, wanted)), _) => {
                    if let Some((other, _)) = first.iter().find(|(_, (_, name))| name == wanted) {
                        let what = format!("another operation also has the id `{id}`");
                        self.notes.add(other, "operation id", what);
                    }
                    format!("another operation has the id `{id}`: this one is named {name}")
                }
                (None, Some(id)) => format!("`{id}` is not an identifier: it is named {name}"),
                (None, None) => format!("it has no id: it is named {name}"),
            };
            self.note(&one.operation, "operation id", what);
            (name.to_lower_camel_case(), name)
        });
        named.collect()
    }

    fn operation(&mut self, mut found: Found<'a>, id: String, name: String) -> Operation {
        let parameters = self.parameters(&mut found, &name);
        let Found { path, method, item, operation } = found;
        let body = operation.get("requestBody").and_then(|body| self.body(&body, &name));
        let responses = self.responses(&operation, method, &name);
        if operation.has(&["servers"]) || item.has(&["servers"]) {
            self.note(&operation, "servers", "its own servers are ignored: the caller chooses the base URL");
        }
        if let Some(callbacks) = operation.get("callbacks").filter(|callbacks| !callbacks.children().is_empty()) {
            let what = "the service makes these calls, so the client has none of them";
            self.note(&callbacks, "operation", what);
        }
        let security = operation.get("security").or_else(|| self.root.get("security"));
        Operation {
            docs: operation_docs(&operation, method, &path),
            authenticated: security.is_none_or(|security| security.value != &serde_json::json!([])),
            inferred: self.dialect == Dialect::Contract && operation.text(SOURCE) == Some("inferred"),
            id,
            name,
            method: method.to_owned(),
            path,
            parameters,
            body,
            responses,
            at: operation.at,
        }
    }

    /// Follows the references of a place; one without a target is a problem.
    pub(super) fn resolved(&mut self, site: &Site<'a>) -> Option<Site<'a>> {
        let unresolved = |reference| {
            let what = format!("\"{reference}\" is not in this document");
            let fix = "add the target to the document, or remove the reference";
            self.notes.problem(&format!("{}/$ref", site.at), what, fix);
        };
        site.followed().map_err(unresolved).ok()
    }
}

fn operation_docs(operation: &Site<'_>, method: &str, path: &str) -> String {
    let texts = ["summary", "description"].iter().filter_map(|key| operation.text(key));
    let mut parts: Vec<String> = texts.map(str::to_owned).collect();
    if operation.flag("deprecated") {
        parts.push("Deprecated.".to_owned());
    }
    parts.extend(operation.text(SOURCE).map(|tier| format!("Source: {tier}.")));
    let line = |(status, response): (&str, Site<'_>)| {
        let response = response.followed().ok()?;
        let tier = response.text(SOURCE)?;
        let wording = response.text("description").map(|wording| format!(": {wording}")).unwrap_or_default();
        Some(format!("- `{status}`, {tier}{wording}"))
    };
    let lines: Vec<String> = operation.members("responses").into_iter().filter_map(line).collect();
    if !lines.is_empty() {
        parts.push(format!("Responses:\n\n{}", lines.join("\n")));
    }
    parts.push(format!("`{} {path}`", method.to_ascii_uppercase()));
    parts.join("\n\n")
}
