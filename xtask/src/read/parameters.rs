//! Parameters: their places in a request and their types.

use serde_json::Value;

use super::{
    Reader,
    dialect::Dialect,
    forms, names, references, secrecy,
    values::{flag, text},
};
use crate::api::{Parameter, Place, Schema, Shape};

/// The kind of a parameter's value, which decides how a request writes it.
enum Written<'a> {
    Scalar,
    List,
    Object(Vec<(&'a str, &'a Value, String, bool)>),
    Other,
}

impl<'a> Reader<'a, '_> {
    /// The path as a template; a problem if its braces do not match.
    pub(super) fn template(&mut self, path: &str, at: &str) -> Option<String> {
        let trimmed = path.trim();
        let template = if trimmed.starts_with('/') { trimmed.to_owned() } else { format!("/{trimmed}") };
        if template_names(&template).is_none() {
            self.notes.problem(at, "the braces of this path do not match", "write each parameter as {name}");
            return None;
        }
        if template != path {
            self.notes.add(at, "path", format!("the path is {template}"));
        }
        Some(template)
    }

    /// The parameters of an operation and of its path item, and the path with the prefixes of their styles.
    pub(super) fn parameters(
        &mut self,
        mut path: String,
        item: (&'a Value, &str),
        operation: (&'a Value, &str),
        owner: &str,
    ) -> (String, Vec<Parameter>) {
        let mut listed: Vec<(&'a Value, String)> = Vec::new();
        for (holder, at) in [operation, item] {
            for (index, value) in holder.get("parameters").and_then(Value::as_array).into_iter().flatten().enumerate() {
                let place = format!("{at}/parameters/{index}");
                let Some((value, _)) = self.resolved(value, &place) else { continue };
                let key =
                    |value: &Value| (text(value, "in").map(str::to_owned), text(value, "name").map(str::to_owned));
                match listed.iter().find(|(known, _)| key(known) == key(value)) {
                    Some((_, known)) if known.starts_with(at) => {
                        self.notes.add(&place, "parameter", "it is already listed: dropped")
                    }
                    Some(_) => {}
                    None => listed.push((value, place)),
                }
            }
        }
        let names = template_names(&path).unwrap_or_default();
        let mut made = Vec::new();
        for (value, at) in listed {
            self.parameter(value, &at, owner, &mut path, &names, &mut made);
        }
        for missing in &names {
            if !made.iter().any(|parameter| parameter.place == Place::Path && parameter.wire == *missing) {
                self.notes.add(operation.1, "parameter", format!("`{missing}` is in the path but not described: text"));
                let schema = self.argument(Shape::Text.required(), missing, (&Value::Null, operation.1), Place::Path);
                made.push(plain(missing, Place::Path, true, schema, (String::new(), String::new())));
            }
        }
        made.sort_by_key(|parameter| match parameter.place {
            Place::Path => names.iter().position(|name| *name == parameter.wire).unwrap_or(usize::MAX),
            Place::Query | Place::Header => usize::MAX,
        });
        let mut taken = names::Taken::of(["body"]);
        for parameter in &mut made {
            let base = names::field_name(&parameter.wire);
            parameter.field = taken.unique_field(base.clone());
            if parameter.field != base {
                let what = format!(
                    "another field has the name of `{}`: this one is named {}",
                    parameter.wire, parameter.field
                );
                self.notes.add(operation.1, "name", what);
            }
        }
        (path, made)
    }

    fn parameter(
        &mut self,
        value: &'a Value,
        at: &str,
        owner: &str,
        path: &mut String,
        names: &[String],
        made: &mut Vec<Parameter>,
    ) {
        let (name, within) = (text(value, "name").unwrap_or_default(), text(value, "in").unwrap_or_default());
        let place = match (within, self.stray(name, within, names)) {
            (_, Some(why)) => {
                let kind = if within == "header" { "argument" } else { "parameter" };
                return self.notes.add(at, kind, format!("`{name}` is not an argument: {why}"));
            }
            ("path", _) => Place::Path,
            ("query", _) => Place::Query,
            _ => Place::Header,
        };
        let style = text(value, "style").unwrap_or_default();
        let required = place == Place::Path || flag(value, "required");
        let docs = self.docs(value, "The parameter");
        if place == Place::Path {
            write_style(path, name, style);
        }
        let mut push =
            |reader: &mut Self, wire: &str, name: &str, schema: Schema, from: (&'a Value, &str), required: bool| {
                let schema = reader.argument(schema, name, from, place);
                made.push(plain(wire, place, required, schema, (docs.clone(), at.to_owned())));
            };
        let Some(schema) = value.get("schema") else {
            if value.get("content").is_some() {
                self.notes.add(
                    at,
                    "argument",
                    "its value is text, which the caller writes in the documented media type",
                );
            }
            return push(self, name, name, Shape::Text.required(), (value, at), required);
        };
        let schema_at = format!("{at}/schema");
        let from = (schema, schema_at.as_str());
        let type_name = format!("{owner}{}", names::type_name_or("Parameter", name));
        let repeated =
            place == Place::Query && matches!(style, "" | "form") && value.get("explode") != Some(&Value::Bool(false));
        match self.written(schema, &schema_at, &mut Vec::new()) {
            Written::Scalar => {
                let scalar = self.schema(schema, &schema_at, &type_name);
                push(self, name, name, scalar, from, required);
            }
            Written::List if repeated => {
                let list = self.schema(schema, &schema_at, &type_name);
                push(self, name, name, list, from, required);
            }
            Written::Object(properties) if place == Place::Query && matches!(style, "" | "form" | "deepObject") => {
                self.notes.add(at, "argument", format!("each property of `{name}` is an argument"));
                for (key, property, property_at, needed) in properties {
                    let own = format!("{type_name}{}", names::type_name_or("Property", key));
                    let typed = self.schema(property, &property_at, &own);
                    let wire = if style == "deepObject" { format!("{name}[{key}]") } else { key.to_owned() };
                    push(self, &wire, key, typed, (property, &property_at), required && needed);
                }
            }
            Written::Other if place == Place::Query && style == "deepObject" => {
                self.notes.add(at, "argument", format!("the keys of `{name}` are free: a map"));
                let map = Shape::Map(Box::new(Shape::Text.required())).required();
                push(self, name, name, map, from, required);
            }
            _ if place == Place::Query && style == "spaceDelimited" && required => self.notes.problem(
                at,
                format!("the parameter `{name}` is required, but the client cannot write its style ({style})"),
                "describe each of its properties, or make it optional",
            ),
            _ => {
                self.notes.add(at, "argument", "its value is text: the caller joins its parts");
                push(self, name, name, Shape::Text.required(), from, required);
            }
        }
    }

    /// The reason why a parameter is not an argument of the operation, if it is not.
    fn stray(&self, name: &str, within: &str, names: &[String]) -> Option<&'static str> {
        let lower = name.to_ascii_lowercase();
        let token = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte);
        match within {
            "header" if ["accept", "content-type", "authorization"].contains(&&*lower) => {
                Some("the client sets this header itself")
            }
            "header" if name.is_empty() || !name.bytes().all(token) => Some("its name is not valid for a header"),
            "cookie" => Some("the HTTP client handles cookies"),
            "path" if !names.iter().any(|known| known == name) => Some("it is not in the path"),
            "path" | "query" | "header" if !name.is_empty() => None,
            _ => Some("a parameter needs a name and a place: path, query or header"),
        }
    }

    /// The type of an argument. Every parameter passes through here, so that in no place and style can text be shown that is
    /// secret by a mark or a name: alone, in a list or a map, or as a part of text that the caller joins.
    fn argument(&mut self, mut schema: Schema, name: &str, (value, at): (&'a Value, &str), place: Place) -> Schema {
        self.named_secret(&mut schema, name, value, at);
        let foreign = self.dialect == Dialect::Foreign;
        let inner = schema.innermost();
        match inner {
            Shape::Any | Shape::Text if foreign && secrecy::is_within(self.document, value, &mut Vec::new()) => {
                self.notes.add(
                    at,
                    "suspect",
                    format!("a part of `{name}` is a secret, so all of it is treated as one"),
                );
                *inner = Shape::Secret;
            }
            Shape::Any => *inner = Shape::Text,
            Shape::DateTime | Shape::Date if place != Place::Query => {
                self.notes.add(at, "argument", "a time in a path or a header is text");
                *inner = Shape::Text;
            }
            _ => {}
        }
        Schema { nullable: false, ..schema }
    }

    fn written(&self, schema: &'a Value, at: &str, seen: &mut Vec<String>) -> Written<'a> {
        if let Some(reference) = schema.get("$ref").and_then(Value::as_str) {
            let Some(to) = references::target(self.document, reference).filter(|to| !seen.contains(to)) else {
                return Written::Other;
            };
            seen.push(to.clone());
            let found = self.document.pointer(&to).map(|schema| self.written(schema, &to, seen));
            seen.pop();
            return found.unwrap_or(Written::Other);
        }
        if let Some([only]) = schema.get("allOf").and_then(Value::as_array).map(Vec::as_slice) {
            return self.written(only, &format!("{at}/allOf/0"), seen);
        }
        if ["oneOf", "anyOf", "allOf"].iter().any(|key| schema.get(*key).is_some()) {
            return Written::Other;
        }
        if let Some(properties) = schema.get("properties").and_then(Value::as_object).filter(|map| !map.is_empty()) {
            let needed = |key: &str| {
                schema.get("required").and_then(Value::as_array).is_some_and(|all| all.iter().any(|name| name == key))
            };
            let mut found = Vec::new();
            for (key, property) in properties {
                let at = super::values::below(&format!("{at}/properties"), key);
                if !matches!(self.written(property, &at, seen), Written::Scalar | Written::List) {
                    return Written::Other;
                }
                found.push((key.as_str(), property, at, needed(key)));
            }
            return Written::Object(found);
        }
        if let Some(items) = schema.get("items") {
            return match self.written(items, at, seen) {
                Written::Scalar => Written::List,
                Written::List | Written::Object(_) | Written::Other => Written::Other,
            };
        }
        let kind = schema.get("type").and_then(Value::as_str).unwrap_or_default();
        match kind {
            "object" => Written::Other,
            "array" => Written::List,
            _ if forms::is_plain(schema) || !forms::listed(schema).is_empty() => Written::Scalar,
            _ => Written::Other,
        }
    }
}

fn plain(wire: &str, place: Place, required: bool, schema: Schema, (docs, at): (String, String)) -> Parameter {
    Parameter { wire: wire.to_owned(), field: String::new(), place, required, schema, docs, at }
}

/// Writes the prefix of a style into the path.
fn write_style(path: &mut String, name: &str, style: &str) {
    let prefix = match style {
        "matrix" => format!(";{name}="),
        "label" => ".".to_owned(),
        _ => return,
    };
    let place = format!("{{{name}}}");
    *path = path.replace(&place, &format!("{prefix}{place}"));
}

/// The names of the parameters in a path; `None` if its braces do not match.
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
