//! Parameters: their places in a request and their types.

use std::iter::successors;

use serde_json::Value;

use super::{Dialect, Reader, keywords, names, operations::Found, schemas::docs, secrecy, site::Site};
use crate::api::{Parameter, Place, Shape};

/// The kind of a parameter's value, which decides how a request writes it.
enum Written<'a> {
    Scalar,
    List,
    /// An object whose properties are scalars and lists.
    Object(Site<'a>),
    Other,
}

impl<'a> Reader<'a, '_> {
    /// The path as a template; a problem if its braces do not match.
    pub(super) fn template(&mut self, path: &str, item: &Site<'a>) -> Option<String> {
        let trimmed = path.trim();
        let template = if trimmed.starts_with('/') { trimmed.to_owned() } else { format!("/{trimmed}") };
        if template_names(&template).is_none() {
            self.notes.problem(&item.at, "the braces of this path do not match", "write each parameter as {name}");
            return None;
        }
        if template != path {
            self.note(item, "path", format!("the path is {template}"));
        }
        Some(template)
    }

    /// The parameters of an operation and of its path item, those in the path first; adds the prefixes of their styles to the
    /// path.
    pub(super) fn parameters(&mut self, found: &mut Found<'a>, owner: &str) -> Vec<Parameter> {
        let (template, operation) = (found.path.clone(), found.operation.clone());
        let names = template_names(&template).unwrap_or_default();
        let mut listed: Vec<Site<'a>> = Vec::new();
        for place in [&found.operation, &found.item].into_iter().flat_map(|holder| holder.items("parameters")) {
            let Some(target) = self.resolved(&place) else { continue };
            let key = |site: &Site<'a>| (site.text("in"), site.text("name"));
            match listed.iter().find(|known| key(known) == key(&target)) {
                None => listed.push(Site { at: place.at, ..target }),
                // An operation may replace a parameter of its path.
                Some(known) if place.at.rsplit_once('/').is_some_and(|(list, _)| !known.at.starts_with(list)) => {}
                Some(_) => self.note(&place, "parameter", "it is already listed: dropped"),
            }
        }
        let read = |site| self.parameter(site, owner, &names, &mut found.path);
        let mut made: Vec<Parameter> = listed.iter().flat_map(read).collect();
        for missing in &names {
            if !made.iter().any(|parameter| parameter.place == Place::Path && parameter.wire == *missing) {
                self.note(&operation, "parameter", format!("`{missing}` is in the path but not described: text"));
                made.push(self.argument(plain(missing, Place::Path, true), missing, &operation.any(&operation.at)));
            }
        }
        let in_path = |one: &Parameter| names.iter().position(|name| one.place == Place::Path && *name == one.wire);
        made.sort_by_key(|parameter| in_path(parameter).unwrap_or(usize::MAX));
        let mut taken = names::Taken::of(["body"]);
        for parameter in &mut made {
            let at = if parameter.at.is_empty() { &operation.at } else { &parameter.at };
            parameter.field = self.field_name(names::field_name(&parameter.wire), &mut taken, at);
        }
        made
    }

    fn parameter(&mut self, site: &Site<'a>, owner: &str, names: &[&str], path: &mut String) -> Vec<Parameter> {
        let (name, within) = (site.text("name").unwrap_or_default(), site.text("in").unwrap_or_default());
        let place = match place(name, within, names) {
            Ok(place) => place,
            Err(why) => {
                let kind = if within == "header" { "argument" } else { "parameter" };
                self.note(site, kind, format!("`{name}` is not an argument: {why}"));
                return Vec::new();
            }
        };
        let style = site.text("style").unwrap_or_default();
        if place == Place::Path {
            let prefix = match style {
                "matrix" => format!(";{name}="),
                "label" => ".".to_owned(),
                _ => String::new(),
            };
            *path = path.replace(&format!("{{{name}}}"), &format!("{prefix}{{{name}}}"));
        }
        let required = place == Place::Path || site.flag("required");
        let text =
            Parameter { docs: docs(site, "The parameter is"), at: site.at.clone(), ..plain(name, place, required) };
        let Some(schema) = site.get("schema") else {
            if site.has(&["content"]) {
                let what = "its value is text, which the caller writes in the documented media type";
                self.note(site, "argument", what);
            }
            return vec![self.argument(text, name, site)];
        };
        let type_name = || format!("{owner}{}", names::type_name_or("Parameter", name));
        let is_query = place == Place::Query;
        let is_form = is_query && matches!(style, "" | "form");
        let is_exploded = is_form && site.value.get("explode") != Some(&Value::Bool(false));
        let typed = match written(&schema, 0) {
            kind @ (Written::Scalar | Written::List) if is_exploded || matches!(kind, Written::Scalar) => {
                self.schema(&schema, type_name)
            }
            Written::Object(object) if is_form || (is_query && style == "deepObject") => {
                self.note(site, "argument", format!("each property of `{name}` is an argument"));
                if object.get("additionalProperties").is_some_and(|rest| rest.value != &Value::Bool(false)) {
                    self.note(site, "parameter", format!("the other keys of `{name}` are not arguments: dropped"));
                }
                let needed = object.value.get("required").and_then(Value::as_array);
                let argument = |(key, property): (&str, Site<'a>)| {
                    let own = || format!("{}{}", type_name(), names::type_name_or("Property", key));
                    let schema = self.schema(&property, own);
                    let wire = if is_form { key.to_owned() } else { format!("{name}[{key}]") };
                    let required = required && needed.is_some_and(|all| all.iter().any(|name| name == key));
                    self.argument(Parameter { wire, required, schema, ..text.clone() }, key, &property)
                };
                return object.members("properties").into_iter().map(argument).collect();
            }
            Written::Other if is_query && style == "deepObject" => {
                self.note(site, "argument", format!("the keys of `{name}` are free: a map"));
                Shape::Map(Box::new(Shape::Text.required())).required()
            }
            _ if is_query && style == "spaceDelimited" && required => {
                let what =
                    format!("the parameter `{name}` is required, but the client cannot write its style ({style})");
                self.notes.problem(&site.at, what, "describe each of its properties, or make it optional");
                return Vec::new();
            }
            _ => {
                self.note(site, "argument", "its value is text: the caller joins its parts");
                Shape::Text.required()
            }
        };
        vec![self.argument(Parameter { schema: typed, ..text }, name, &schema)]
    }

    /// Settles the type of an argument. Every parameter passes through here, so that in no place and style can text be shown
    /// that is secret by a mark or a name: alone, in a list or a map, or as a part of text that the caller joins.
    fn argument(&mut self, mut parameter: Parameter, name: &str, site: &Site<'a>) -> Parameter {
        let is_named = secrecy::marked(site.value).is_none() && secrecy::looks_secret(name);
        let inner = parameter.schema.innermost_mut();
        match inner {
            Shape::Any | Shape::Text if is_named && self.dialect == Dialect::Foreign => {
                self.suspect(site, name);
                *inner = Shape::Secret;
            }
            Shape::Any | Shape::Text => {
                let shape = self.any(site);
                *inner = if shape == Shape::Any { Shape::Text } else { shape };
            }
            Shape::DateTime | Shape::Date if parameter.place != Place::Query => {
                self.note(site, "argument", "a time in a path or a header is text");
                *inner = Shape::Text;
            }
            _ => {}
        }
        if self.dialect == Dialect::Contract && (is_named || parameter.schema.is_secret()) {
            let why = if is_named { "named like a secret" } else { "a secret" };
            let what = format!("`{name}` is {why}, and a parameter must not hold one: it is text in a URL or a header");
            let fix = "move it into the body, or a token into `security`; if it is no secret, write `x-hb-secret: false` in its schema";
            self.notes.problem(&parameter.at, what, fix);
        }
        parameter.schema.nullable = false;
        parameter
    }
}

/// A parameter whose value is text.
fn plain(wire: &str, place: Place, required: bool) -> Parameter {
    let (wire, schema) = (wire.to_owned(), Shape::Text.required());
    Parameter { wire, field: String::new(), place, required, schema, docs: String::new(), at: String::new() }
}

/// The place of a parameter, or the reason why it is not an argument of the operation.
fn place(name: &str, within: &str, names: &[&str]) -> Result<Place, &'static str> {
    let own = ["accept", "content-type", "authorization"];
    let token = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte);
    match within {
        "header" if own.contains(&&*name.to_ascii_lowercase()) => Err("the client sets this header itself"),
        "header" if name.is_empty() || !name.bytes().all(token) => Err("its name is not valid for a header"),
        "header" => Ok(Place::Header),
        "cookie" => Err("the HTTP client handles cookies"),
        "path" if names.contains(&name) => Ok(Place::Path),
        "path" => Err("it is not in the path"),
        "query" if !name.is_empty() => Ok(Place::Query),
        _ => Err("a parameter needs a name and a place: path, query or header"),
    }
}

/// How a request writes a value of this schema, which is the whole value (`depth` 0), a property of it (1) or an item (2).
fn written<'a>(schema: &Site<'a>, depth: usize) -> Written<'a> {
    let Some(schema) = bare(schema) else { return Written::Other };
    if schema.has(&["oneOf", "anyOf", "allOf"]) {
        return Written::Other;
    }
    let properties = schema.members("properties");
    if !properties.is_empty() {
        let is_simple = |property| matches!(written(property, 1), Written::Scalar | Written::List);
        let is_flat = depth == 0 && properties.iter().all(|(_, property)| is_simple(property));
        return if is_flat { Written::Object(schema) } else { Written::Other };
    }
    match (schema.text("type"), schema.get("items")) {
        (_, Some(items)) if depth < 2 && matches!(written(&items, 2), Written::Scalar) => Written::List,
        (_, Some(_)) | (Some("object"), None) => Written::Other,
        (Some("array"), None) => Written::List,
        _ if keywords::is_plain(schema.value) || !keywords::listed(schema.value).is_empty() => Written::Scalar,
        _ => Written::Other,
    }
}

/// The schema that references and the only parts of `allOf`s lead to; `None` if they lead nowhere.
fn bare<'a>(schema: &Site<'a>) -> Option<Site<'a>> {
    let part = |site: &Site<'a>| Some(site.items("allOf")).filter(|all| all.len() == 1)?.pop();
    let next = |site: &Site<'a>| site.target().or_else(|| part(site));
    // A longer chain leads back to itself.
    let chain = successors(Some(schema.clone()), next).take(64);
    chain.last().filter(|site| !site.has(&["$ref"]) && part(site).is_none())
}

/// The names of the parameters in a path; `None` if its braces do not match.
fn template_names(template: &str) -> Option<Vec<&str>> {
    let mut parts = template.split('{');
    let mut names = Vec::new();
    let mut is_balanced = !parts.next()?.contains('}');
    for part in parts {
        let (name, text) = part.split_once('}').filter(|(name, _)| !name.is_empty() && !name.contains('/'))?;
        is_balanced &= !text.contains('}');
        if !names.contains(&name) {
            names.push(name);
        }
    }
    is_balanced.then_some(names)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use crate::{
        api::Shape,
        notes::Notes,
        read::{Dialect, read},
    };

    #[test]
    fn an_operation_may_replace_a_parameter_of_its_path_but_not_list_one_twice() {
        let page = |kind: &str| json!({"name": "page", "in": "query", "schema": {"type": kind}});
        for (own, notes) in [(json!([page("integer")]), 0), (json!([page("integer"), page("string")]), 1)] {
            let get = json!({"parameters": own, "responses": {"204": {"description": ""}}});
            let document = json!({"openapi": "3.0.3", "info": {"title": "t", "version": "1"},
                "paths": {"/a": {"parameters": [page("string")], "get": get}}});
            let mut all = Notes::default();
            let api = read(&document, Dialect::Contract, &mut all);
            assert_eq!(api.operations[0].parameters[0].schema.shape, Shape::Integer("i64"));
            assert_eq!(api.operations[0].parameters.len(), 1);
            assert_eq!(all.as_slice().iter().filter(|note| note.kind == "parameter").count(), notes);
        }
    }
}
