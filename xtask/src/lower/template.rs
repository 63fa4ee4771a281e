//! Parameters and the path's template, where they are out of step; and arguments that would share a name.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value, json};

use super::{case::snake, idents::operations, plan::Plan};
use crate::{
    notes::Notes,
    walk::{METHODS, push_step},
};

/// Makes the parameters of a path those that its template names: one that it lacks is text, one that nothing names goes.
/// A style is written into the template, which is all that `matrix` and `label` are for one value.
pub(crate) fn match_template(document: &mut Value, notes: &mut Notes) {
    let Some(paths) = document.get_mut("paths").and_then(Value::as_object_mut) else { return };
    let mut kept = Map::new();
    for (path, mut item) in std::mem::take(paths) {
        let mut pointer = "/paths".to_owned();
        push_step(&mut pointer, &path);
        let trimmed = path.trim();
        let template = if trimmed.starts_with('/') { trimmed.to_owned() } else { format!("/{trimmed}") };
        let Some(names) = template_names(&template) else {
            notes.problem(&pointer, "the braces of this path do not match", "write each parameter as {name}");
            continue;
        };
        for method in METHODS {
            let Some(operation) = item.get_mut(*method).and_then(Value::as_object_mut) else { continue };
            let parameters = operation.entry("parameters").or_insert_with(|| json!([]));
            let Some(parameters) = parameters.as_array_mut() else { continue };
            let is_path = |parameter: &Value| parameter.get("in").and_then(Value::as_str) == Some("path");
            let name = |parameter: &Value| parameter.get("name").and_then(Value::as_str).unwrap_or_default().to_owned();
            parameters.retain(|parameter| {
                let keep = !is_path(parameter) || names.contains(&name(parameter));
                if !keep {
                    notes.add(
                        &format!("{pointer}/{method}"),
                        "match_template",
                        format!("`{}` is not in the path", name(parameter)),
                    );
                }
                keep
            });
            for missing in &names {
                if !parameters.iter().any(|parameter| is_path(parameter) && name(parameter) == *missing) {
                    notes.add(
                        &format!("{pointer}/{method}"),
                        "match_template",
                        format!("`{missing}` of the path is not described: text"),
                    );
                    parameters
                        .push(json!({"name": missing, "in": "path", "required": true, "schema": {"type": "string"}}));
                }
            }
            if parameters.is_empty() {
                operation.remove("parameters");
            }
        }
        let mut at = "/paths".to_owned();
        push_step(&mut at, &template);
        if template != path {
            notes.add(&pointer, "match_template", format!("the path is {template}"));
            notes.moved(&pointer, at);
        }
        if kept.contains_key(&template) {
            notes.problem(&pointer, "another path is the same", "merge their operations");
        }
        kept.insert(template, item);
    }
    *paths = kept;
}

fn template_names(template: &str) -> Option<Vec<String>> {
    let mut names = Vec::new();
    let mut rest = template;
    while let Some(at) = rest.find(['{', '}']) {
        let inner = rest.get(at..)?.strip_prefix('{')?;
        let (name, after) = inner.split_once('}')?;
        if name.is_empty() || name.contains(['{', '/']) {
            return None;
        }
        if !names.contains(&name.to_owned()) {
            names.push(name.to_owned());
        }
        rest = after;
    }
    Some(names)
}

/// Styles of path parameters that put something before the value: it goes into the template.
pub(crate) fn template_styles(document: &mut Value, notes: &mut Notes) {
    let Some(paths) = document.get_mut("paths").and_then(Value::as_object_mut) else { return };
    let mut kept = Map::new();
    for (path, item) in std::mem::take(paths) {
        let mut template = path.clone();
        for method in METHODS {
            let parameters =
                item.get(*method).and_then(|operation| operation.get("parameters")).and_then(Value::as_array);
            for parameter in parameters.into_iter().flatten() {
                let name = parameter.get("name").and_then(Value::as_str).unwrap_or_default();
                let prefix = match parameter.get("style").and_then(Value::as_str) {
                    Some("matrix") => format!(";{name}="),
                    Some("label") => ".".to_owned(),
                    _ => continue,
                };
                let place = format!("{{{name}}}");
                let with = format!("{prefix}{place}");
                if parameter.get("in").and_then(Value::as_str) == Some("path") && !template.contains(&with) {
                    template = template.replace(&place, &with);
                }
            }
        }
        if template != path {
            let (mut from, mut to) = ("/paths".to_owned(), "/paths".to_owned());
            push_step(&mut from, &path);
            push_step(&mut to, &template);
            notes.add(
                &from,
                "template_styles",
                format!("the style of its parameters is written into the path: {template}"),
            );
            notes.moved(&from, to);
        }
        kept.insert(template, item);
    }
    *paths = kept;
}

/// Gives arguments of one operation that would have one name names apart; harden writes back what the wire calls them.
pub(crate) fn part_parameters(document: &mut Value, plan: &mut Plan, notes: &mut Notes) {
    let mut renamed_paths: BTreeMap<String, Vec<(String, String)>> = BTreeMap::new();
    operations(document, &mut |pointer, operation| {
        // What the generated function calls its own.
        let mut taken: BTreeSet<String> = ["body", "header_map", "info"].map(str::to_owned).into();
        let id = operation.get("operationId").and_then(Value::as_str).map(snake).unwrap_or_default();
        let mut aliases = BTreeMap::new();
        for parameter in operation.get_mut("parameters").and_then(Value::as_array_mut).into_iter().flatten() {
            let name = parameter.get("name").and_then(Value::as_str).unwrap_or_default().to_owned();
            let is_path = parameter.get("in").and_then(Value::as_str) == Some("path");
            let argument = snake(&name);
            let argument = if argument.is_empty() { "value".to_owned() } else { argument };
            if !is_path && taken.insert(argument.clone()) {
                continue;
            }
            // The name of a path's parameter is in the path, which all its operations share.
            if is_path {
                taken.insert(argument);
                continue;
            }
            let alias = super::names::unique(
                format!("{argument}_in_{}", parameter.get("in").and_then(Value::as_str).unwrap_or_default()),
                &taken,
            );
            taken.insert(alias.clone());
            notes.add(
                pointer,
                "part_parameters",
                format!("another argument would have the name of `{name}`: it is {alias}"),
            );
            if let Some(members) = parameter.as_object_mut() {
                members.insert("name".to_owned(), Value::from(alias.as_str()));
            }
            aliases.insert(alias, name);
        }
        if !aliases.is_empty() {
            plan.operations.entry(id).or_default().parameters = aliases;
        }
    });
    // Two of one path that become one name, as in /{userId}/{user_id}: they are numbered, in the path too.
    for (path, _) in document.get("paths").and_then(Value::as_object).into_iter().flatten() {
        let names = template_names(path).unwrap_or_default();
        let mut taken: BTreeSet<String> = ["body", "header_map", "info"].map(str::to_owned).into();
        for name in names {
            let base = snake(&name);
            let base = if base.is_empty() { "value".to_owned() } else { base };
            if taken.insert(base.clone()) {
                continue;
            }
            let alias = super::names::unique(format!("{base}_in_path"), &taken);
            taken.insert(alias.clone());
            renamed_paths.entry(path.clone()).or_default().push((name, alias));
        }
    }
    let Some(paths) = document.get_mut("paths").and_then(Value::as_object_mut) else { return };
    for (path, renames) in renamed_paths {
        let Some(mut item) = paths.remove(&path) else { continue };
        let mut template = path.clone();
        for (name, alias) in renames {
            template = template.replace(&format!("{{{name}}}"), &format!("{{{alias}}}"));
            for method in METHODS {
                let list = item
                    .get_mut(*method)
                    .and_then(|operation| operation.get_mut("parameters"))
                    .and_then(Value::as_array_mut);
                for parameter in list.into_iter().flatten() {
                    let same = parameter.get("name").and_then(Value::as_str) == Some(&name)
                        && parameter.get("in").and_then(Value::as_str) == Some("path");
                    if let (true, Some(members)) = (same, parameter.as_object_mut()) {
                        members.insert("name".to_owned(), Value::from(alias.as_str()));
                    }
                }
            }
        }
        let (mut from, mut to) = ("/paths".to_owned(), "/paths".to_owned());
        push_step(&mut from, &path);
        push_step(&mut to, &template);
        notes.add(&from, "part_parameters", format!("two of its parameters would have one name: {template}"));
        notes.moved(&from, to);
        paths.insert(template, item);
    }
}
