//! The form of one schema: the keywords of 3.0 and 3.1, and their variants in the output of tools.

use std::collections::BTreeSet;

use serde_json::Value;

use super::{Reader, site::Site};
use crate::walk;

/// The effect of a keyword on a client's types.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Effect {
    /// It is dropped without a note.
    None,
    /// The service enforces it; a type that did would reject a response that violates it.
    Limit,
    /// It is about the use of a schema, not about its values.
    Use,
    Read,
    Unknown,
}

/// The effect of a keyword.
pub(super) fn effect(key: &str) -> Effect {
    match key {
        "$anchor" | "$comment" | "$defs" | "$id" | "$schema" | "contentEncoding" | "contentMediaType"
        | "definitions" | "deprecated" | "description" | "example" | "examples" | "externalDocs" | "id" | "mock"
        | "title" | "xml" => Effect::None,
        "exclusiveMaximum" | "exclusiveMinimum" | "maxItems" | "maxLength" | "maxProperties" | "maximum"
        | "minItems" | "minLength" | "minProperties" | "minimum" | "multipleOf" | "pattern" | "uniqueItems" => {
            Effect::Limit
        }
        "default" | "nullable" | "readOnly" | "writeOnly" => Effect::Use,
        "additionalProperties" | "discriminator" | "patternProperties" | "prefixItems" | "properties" => Effect::Read,
        "$ref" | "allOf" | "anyOf" | "const" | "enum" | "format" | "items" | "oneOf" | "required" | "type" => {
            Effect::Read
        }
        _ if key.starts_with("x-") => Effect::None,
        _ => Effect::Unknown,
    }
}

/// The keywords of a schema that pass a test, as a list for people.
pub(super) fn list(schema: &Value, test: impl Fn(&str) -> bool) -> String {
    let keys = schema.as_object().into_iter().flatten().map(|(key, _)| key.as_str());
    keys.filter(|key| test(key)).collect::<Vec<_>>().join(", ")
}

/// Whether each keyword of a schema has no effect on its type, or is one of `others`; `false` if it is not a mapping.
pub(super) fn has_only(schema: &Value, others: &[&str]) -> bool {
    let has_no_effect =
        |key: &str| matches!(effect(key), Effect::None | Effect::Use | Effect::Limit) || others.contains(&key);
    schema.is_object() && list(schema, |key| !has_no_effect(key)).is_empty()
}

/// Whether a schema has no effect on the type of an object that it is a part of.
pub(super) fn says_nothing(schema: &Value) -> bool {
    has_only(schema, &["type"]) && schema.get("type").is_none_or(|kind| kind == "object")
}

/// The parts of a schema's `allOf` that say something.
pub(super) fn parts<'a>(site: &Site<'a>) -> Vec<Site<'a>> {
    site.items("allOf").into_iter().filter(|part| !says_nothing(part.value)).collect()
}

/// The alternatives of a schema but null: of `oneOf` or `anyOf`, which are the same for a type that holds one value at a time.
pub(super) fn alternatives<'a>(site: &Site<'a>) -> Vec<Site<'a>> {
    let all = ["oneOf", "anyOf"].map(|key| site.items(key)).into_iter().find(|all| !all.is_empty());
    all.into_iter().flatten().filter(|one| !is_null(one.value)).collect()
}

/// Whether an alternative only lists required properties.
pub(super) fn only_requires(alternative: &Value) -> bool {
    let mut properties = alternative.get("properties").and_then(Value::as_object).into_iter().flatten();
    has_only(alternative, &["type", "required", "properties"])
        && matches!(words(alternative).as_slice(), [] | ["object"])
        && properties.all(|(_, property)| property.as_object().is_some_and(serde_json::Map::is_empty))
}

impl<'a> Reader<'a, '_> {
    /// The JSON types of a schema without null, and its texts if it is an enum of texts; `None` for any JSON if it is not a
    /// mapping.
    pub(super) fn form(&mut self, site: &Site<'a>) -> Option<(Vec<&'static str>, Vec<String>)> {
        if !site.value.is_object() {
            if site.value != &Value::Bool(true) {
                self.note(site, "schema", "not a mapping: any JSON value");
            }
            return None;
        }
        for (of, kind, what) in [
            (Effect::Limit, "limits", "enforced by the service, not by the type"),
            (Effect::Unknown, "schema", "not supported, so dropped"),
        ] {
            let keys = list(site.value, |key| effect(key) == of);
            if !keys.is_empty() {
                self.note(site, kind, format!("{what}: {keys}"));
            }
        }
        if let Some(default) = site.value.get("default").filter(|default| !default.is_null()) {
            self.note(site, "default", format!("the service applies it: {default}"));
        }
        if site.has(&["discriminator"]) && !site.has(&["oneOf", "anyOf"]) {
            self.note(site, "discriminator", "it lists no alternatives, so every value is read as this type");
        }
        for word in words(site.value) {
            match json_type(word) {
                Some(json) if json == word => {}
                Some(json) => self.note(site, "type", format!("`{word}` is read as `{json}`")),
                None => self.note(site, "type", format!("`{word}` is not a type: any JSON value")),
            }
        }
        let mut types = types(site.value);
        let values = self.constants(site, &mut types);
        if site.has(&["prefixItems"]) {
            self.note(site, "schema", "items typed by position are any JSON values");
        }
        if site.has(&["patternProperties"]) {
            self.note(site, "schema", "properties typed by pattern are any JSON values");
        }
        if let Some(format) = site.text("format") {
            let has_effect = match types.as_slice() {
                ["string"] => true,
                ["integer"] => integer(format).is_some(),
                ["number"] => matches!(format, "float" | "double"),
                _ => false,
            };
            if !has_effect {
                self.note(site, "format", format!("`{format}` has no effect on the type"));
            }
        }
        Some((types, values))
    }

    /// The texts of an enum of texts. Any other enum becomes the type of its values.
    fn constants(&mut self, site: &Site<'a>, types: &mut Vec<&'static str>) -> Vec<String> {
        let mut kinds: Vec<&str> = listed(site.value).into_iter().map(type_of).filter(|kind| *kind != "null").collect();
        kinds.dedup();
        if let ([kind @ ("string" | "boolean" | "integer" | "number")], []) = (kinds.as_slice(), types.as_slice()) {
            types.push(kind);
        }
        if kinds == ["string"] && *types == ["string"] {
            return texts(site.value);
        }
        if !kinds.is_empty() {
            let kind = types.first().copied().unwrap_or("JSON value");
            self.note(site, "enum", format!("only an enum of texts becomes one: any {kind}"));
        }
        Vec::new()
    }
}

/// The type of a constant in the words of schemas.
fn type_of(constant: &Value) -> &'static str {
    if constant.is_i64() || constant.is_u64() { "integer" } else { walk::json_type(constant) }
}

/// The Rust type of an integer with this format: `u8` for `uint8`.
pub(super) fn integer(format: &str) -> Option<&'static str> {
    let rust = format.contains("int").then(|| format.replace("uint", "u").replace("int", "i"))?;
    ["i8", "i16", "i32", "i64", "u8", "u16", "u32", "u64"].into_iter().find(|known| *known == rust)
}

/// The types of a schema: one or a list, in the words of JSON or of tools; inferred where `type` is missing.
pub(super) fn types(schema: &Value) -> Vec<&'static str> {
    let words = words(schema);
    let known: Option<Vec<&str>> = words.iter().map(|word| json_type(word)).collect();
    let mut types = known.unwrap_or_default();
    types.extend(inferred(schema).filter(|_| words.is_empty()));
    let mut seen = BTreeSet::from(["null"]);
    types.retain(|json| seen.insert(*json));
    types
}

/// The words in a schema's `type`, which may be a list.
pub(super) fn words(schema: &Value) -> Vec<&str> {
    match schema.get("type") {
        Some(Value::String(word)) => vec![word],
        Some(Value::Array(words)) => words.iter().filter_map(Value::as_str).collect(),
        _ => Vec::new(),
    }
}

/// The type that follows from a schema's other keywords.
fn inferred(schema: &Value) -> Option<&'static str> {
    let has = |key: &&str| schema.get(*key).is_some_and(|member| member.is_object() || member.is_array());
    let is_object = ["properties", "additionalProperties", "patternProperties", "required"].iter().any(has);
    let is_array = ["items", "prefixItems"].iter().any(has);
    is_object.then_some("object").or(is_array.then_some("array"))
}

/// The JSON type that a word means, including the words of tools and people.
fn json_type(word: &str) -> Option<&'static str> {
    Some(match word.trim().to_ascii_lowercase().as_str() {
        "string" | "str" | "text" | "date" | "datetime" | "date-time" | "uuid" | "file" | "binary" | "password" => {
            "string"
        }
        "integer" | "int" | "int32" | "int64" | "long" | "short" | "timestamp" => "integer",
        "number" | "float" | "double" | "decimal" => "number",
        "boolean" | "bool" => "boolean",
        "array" | "list" => "array",
        "object" | "map" | "dict" => "object",
        "null" | "nil" => "null",
        _ => return None,
    })
}

/// The constants that a schema allows.
pub(super) fn listed(schema: &Value) -> Vec<&Value> {
    match schema.get("const") {
        Some(constant) => vec![constant],
        None => schema.get("enum").and_then(Value::as_array).into_iter().flatten().collect(),
    }
}

/// The texts that a schema lists.
pub(super) fn texts(schema: &Value) -> Vec<String> {
    listed(schema).into_iter().filter_map(|constant| constant.as_str().map(str::to_owned)).collect()
}

/// Whether a schema allows null, by its type or by a constant.
pub(super) fn has_null(schema: &Value) -> bool {
    words(schema).into_iter().any(|word| json_type(word) == Some("null"))
        || listed(schema).iter().any(|constant| constant.is_null())
}

/// Whether a schema allows null only.
pub(super) fn is_null(schema: &Value) -> bool {
    let (words, listed) = (words(schema), listed(schema));
    words == ["null"] || (words.is_empty() && !listed.is_empty() && listed.iter().all(|one| one.is_null()))
}

/// Whether a schema never needs a name: text, a number, any JSON, or a reference.
pub(super) fn is_plain(schema: &Value) -> bool {
    let has = |keys: &[&str]| keys.iter().any(|key| schema.get(key).is_some());
    if has(&["properties", "additionalProperties", "patternProperties", "items", "prefixItems", "oneOf", "anyOf"]) {
        return false;
    }
    if let (None, Some(all)) = (schema.get("$ref"), schema.get("allOf")) {
        let is_only = |all: &[Value]| matches!(all, [only] if is_plain(only)) && has_only(schema, &["allOf", "type"]);
        return all.as_array().is_some_and(|all| is_only(all));
    }
    let mut types = words(schema).into_iter().filter_map(json_type).filter(|kind| *kind != "null");
    let is_scalar = types.next().is_none_or(|kind| !matches!(kind, "object" | "array")) && types.next().is_none();
    has(&["$ref"]) || (is_scalar && listed(schema).is_empty() && !has(&["required"]))
}
