//! Operations: the methods of each path.

use serde_json::Value;

use super::{
    Dialect, Reader, SOURCE, names, references,
    values::{below, flag, text},
};
use crate::{
    api::{Operation, Place},
    walk::METHODS,
};

impl<'a> Reader<'a, '_> {
    /// Reads all operations, each with a unique name.
    pub(super) fn operations(&mut self) -> Vec<Operation> {
        let mut found: Vec<(String, &'a str, &'a Value, &'a Value, String)> = Vec::new();
        let paths = self.document.get("paths").and_then(Value::as_object).into_iter().flatten();
        for (path, item) in paths.filter(|(path, _)| !path.starts_with("x-")) {
            let at = below("/paths", path);
            let Some((item, at)) = self.resolved(item, &at) else { continue };
            let Some(template) = self.template(path, &at) else { continue };
            for method in METHODS {
                let Some(operation) = item.get(*method) else { continue };
                let at = format!("{at}/{method}");
                if operation.is_object() {
                    found.push((template.clone(), method, item, operation, at));
                } else {
                    self.notes.add(&at, "operation", "not a mapping, so not an operation: dropped");
                }
            }
        }
        let names = self.operation_names(&found);
        let operations = found.into_iter().zip(names);
        operations
            .map(|((path, method, item, operation, at), (id, name))| {
                self.operation(path, method, item, operation, at, id, name)
            })
            .collect()
    }

    /// The id and the name of each operation: a missing one is made from method and path, a repeated one is numbered.
    fn operation_names(&mut self, found: &[(String, &'a str, &'a Value, &'a Value, String)]) -> Vec<(String, String)> {
        let mut taken = names::Taken::of(names::OPERATIONS.iter().copied());
        let id = |operation: &'a Value| text(operation, "operationId");
        let usable = |id: &str| names::type_name(id).is_some();
        let settled: Vec<Option<String>> = found
            .iter()
            .map(|(.., operation, _)| {
                let name = names::type_name(id(operation)?)?;
                taken.take(&name).then_some(name)
            })
            .collect();
        let mut named = Vec::new();
        for ((path, method, _, operation, at), settled) in found.iter().zip(settled) {
            let own = id(operation);
            let derived = names::operation_id(method, path);
            let is_settled = settled.is_some();
            let name = settled.unwrap_or_else(|| {
                let base = own.filter(|id| usable(id)).unwrap_or(&derived);
                let ascii = base.is_ascii();
                let name = if ascii { names::type_name_or("Operation", base) } else { distinct(base) };
                let name = taken.unique(name);
                let what = match own {
                    Some(id) if names::type_name(id).is_some() => {
                        let same = |(.., other, place): &&(String, &str, &Value, &Value, String)| {
                            place != at && text(other, "operationId").and_then(names::type_name) == names::type_name(id)
                        };
                        if let Some((.., place)) = found.iter().find(same) {
                            self.notes.add(place, "operation id", format!("another operation also has the id `{id}`"));
                        }
                        format!("another operation has the id `{id}`: this one is named {name}")
                    }
                    Some(id) => format!("`{id}` is not an identifier: it is named {name}"),
                    None => format!("it has no id: it is named {name}"),
                };
                self.notes.add(at, "operation id", what);
                name
            });
            let kept = own.filter(|_| is_settled).map(str::to_owned);
            let id = kept.unwrap_or_else(|| names::camel_case(&name));
            named.push((id, name));
        }
        named
    }

    #[allow(clippy::too_many_arguments, reason = "the caller reads each of them on its way to the operation")]
    fn operation(
        &mut self,
        path: String,
        method: &str,
        item: &'a Value,
        operation: &'a Value,
        at: String,
        id: String,
        name: String,
    ) -> Operation {
        let item_at = at.rsplit_once('/').map_or("", |(item, _)| item).to_owned();
        let (path, parameters) = self.parameters(path, (item, &item_at), (operation, &at), &name);
        let body = operation.get("requestBody").and_then(|body| self.body(body, &at, &name));
        let responses = self.responses(operation, method, &at, &name);
        if operation.get("servers").is_some() || item.get("servers").is_some() {
            self.notes.add(&at, "servers", "its own servers are ignored: the caller chooses the base URL");
        }
        if operation.get("callbacks").and_then(Value::as_object).is_some_and(|callbacks| !callbacks.is_empty()) {
            self.notes.add(
                &format!("{at}/callbacks"),
                "operation",
                "the service makes these calls, so the client has none of them",
            );
        }
        let no_security = |holder: &Value| holder.get("security").map(|security| security == &serde_json::json!([]));
        let open = no_security(operation).or_else(|| no_security(self.document)).unwrap_or(false);
        let mut parameters = parameters;
        parameters.sort_by_key(|parameter| parameter.place != Place::Path);
        Operation {
            docs: self.operation_docs(operation, method, &path),
            authenticated: !open,
            inferred: self.dialect == Dialect::Contract && text(operation, SOURCE) == Some("inferred"),
            id,
            name,
            method: method.to_owned(),
            path,
            parameters,
            body,
            responses,
            at,
        }
    }

    fn operation_docs(&self, operation: &'a Value, method: &str, path: &str) -> String {
        let mut parts: Vec<String> =
            ["summary", "description"].iter().filter_map(|key| text(operation, key)).map(str::to_owned).collect();
        if flag(operation, "deprecated") {
            parts.push("Deprecated.".to_owned());
        }
        if let Some(tier) = text(operation, SOURCE) {
            parts.push(format!("Source: {tier}."));
        }
        let responses = operation.get("responses").and_then(Value::as_object).into_iter().flatten();
        let lines = responses.filter_map(|(status, response)| {
            let (response, _) = references::followed(self.document, response, "").ok()?;
            let tier = text(response, SOURCE)?;
            let wording = text(response, "description").map(|wording| format!(": {wording}")).unwrap_or_default();
            Some(format!("- `{status}`, {tier}{wording}"))
        });
        let lines: Vec<String> = lines.collect();
        if !lines.is_empty() {
            parts.push(format!("Responses:\n\n{}", lines.join("\n")));
        }
        parts.push(format!("`{} {path}`", method.to_ascii_uppercase()));
        parts.join("\n\n")
    }

    /// Follows the references of a value; one without a target is a problem.
    pub(super) fn resolved(&mut self, value: &'a Value, at: &str) -> Option<(&'a Value, String)> {
        references::followed(self.document, value, at)
            .map_err(|reference| {
                self.notes.problem(
                    &format!("{at}/$ref"),
                    format!("\"{reference}\" is not in this document"),
                    "add the target to the document, or remove the reference",
                );
            })
            .ok()
    }
}

/// A name for an id with non-ASCII letters, such that different ids have different names.
fn distinct(id: &str) -> String {
    let ascii: String = id.chars().filter(char::is_ascii).collect();
    let others: String = id.chars().filter(|char| !char.is_ascii()).collect();
    let prefix = names::type_name(&ascii).unwrap_or_else(|| "Operation".to_owned());
    // Accents are folded if only ASCII letters remain.
    match names::type_name(id).filter(|_| names::type_name(&others).is_some()) {
        Some(folded) => folded,
        None => names::type_name_or(&prefix, &others),
    }
}
