//! The form of one schema: the keywords of 3.0 and 3.1, and their variants in the output of tools.

use serde_json::Value;

use super::values::text;
use crate::notes::Notes;

/// The values of a schema, apart from the schemas in it.
pub(super) struct Form {
    /// Its JSON types, without null.
    pub(super) types: Vec<&'static str>,
    /// Whether null is one of them.
    pub(super) nullable: bool,
    /// Its texts, if it is an enum of texts.
    pub(super) values: Vec<String>,
}

impl Form {
    /// Whether its values are text.
    pub(super) fn is_text(&self) -> bool {
        self.types == ["string"] && self.values.is_empty()
    }
}

/// Keywords without an effect on a client's types; they are dropped without a note.
const SAYS_NOTHING: &str = "$anchor $comment $defs $id $schema contentEncoding contentMediaType definitions deprecated \
    example examples externalDocs id mock xml";

/// Limits on values. The service enforces them; a type that did would reject a response that violates one.
const LIMITS: &str = "exclusiveMaximum exclusiveMinimum maxItems maxLength maxProperties maximum minItems minLength \
    minProperties minimum multipleOf pattern uniqueItems";

/// Keywords that are read, here or elsewhere.
const READ: &str = "$ref additionalProperties allOf anyOf const default description discriminator enum format items nullable oneOf \
    patternProperties prefixItems properties readOnly required title type writeOnly";

/// The form of a schema; `None` for any JSON if it is not a mapping.
pub(super) fn form(value: &Value, at: &str, notes: &mut Notes) -> Option<Form> {
    let Some(members) = value.as_object() else {
        if value != &Value::Bool(true) {
            notes.add(at, "schema", "not a mapping: any JSON value");
        }
        return None;
    };
    let limits: Vec<&str> = LIMITS.split(' ').filter(|key| members.contains_key(*key)).collect();
    if !limits.is_empty() {
        notes.add(at, "limits", format!("enforced by the service, not by the type: {}", limits.join(", ")));
    }
    let known = |key: &str| {
        [SAYS_NOTHING, LIMITS, READ].iter().any(|list| list.split(' ').any(|known| known == key))
            || key.starts_with("x-")
    };
    let unknown: Vec<&str> = members.keys().map(String::as_str).filter(|key| !known(key)).collect();
    if !unknown.is_empty() {
        notes.add(at, "schema", format!("not supported, so dropped: {}", unknown.join(", ")));
    }
    if let Some(default) = members.get("default").filter(|default| !default.is_null()) {
        notes.add(at, "default", format!("the service applies it: {default}"));
    }
    if members.contains_key("discriminator") && !["oneOf", "anyOf"].iter().any(|key| members.contains_key(*key)) {
        notes.add(at, "discriminator", "it lists no alternatives, so every value is read as this type");
    }
    let mut form = types(value, at, notes);
    constants(&mut form, value, at, notes);
    for (key, what) in
        [("prefixItems", "items typed by position are"), ("patternProperties", "properties typed by pattern are")]
    {
        if members.contains_key(key) {
            notes.add(at, "schema", format!("{what} any JSON values"));
        }
    }
    if let Some(format) = text(value, "format") {
        let known: &[&str] = match form.types.as_slice() {
            ["string"] => &["date", "date-time", "password", "binary", "byte"],
            ["integer"] => INTEGERS,
            ["number"] => &["float", "double"],
            _ => &[],
        };
        if !known.contains(&format) && form.types != ["string"] {
            notes.add(at, "format", format!("`{format}` has no effect on the type"));
        }
    }
    Some(form)
}

const INTEGERS: &[&str] = &["int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64"];

/// The Rust type of an integer.
pub(super) fn integer(schema: &Value) -> &'static str {
    let maximum = schema.get("maximum").and_then(Value::as_f64).unwrap_or_default();
    match text(schema, "format") {
        Some("int8") => "i8",
        Some("int16") => "i16",
        Some("int32") => "i32",
        Some("uint8") => "u8",
        Some("uint16") => "u16",
        Some("uint32") => "u32",
        Some("uint64") => "u64",
        _ if maximum >= 9_223_372_036_854_775_808.0 => "u64",
        _ => "i64",
    }
}

/// The types of a schema: one or a list, in the words of JSON or of tools; inferred where `type` is missing.
fn types(value: &Value, at: &str, notes: &mut Notes) -> Form {
    let mut types: Vec<&'static str> = Vec::new();
    let mut stray = false;
    for word in words(value) {
        match json_type(word) {
            Some(json) => {
                if json != word {
                    notes.add(at, "type", format!("`{word}` is read as `{json}`"));
                }
                if !types.contains(&json) {
                    types.push(json);
                }
            }
            None => {
                stray = true;
                notes.add(at, "type", format!("`{word}` is not a type: any JSON value"));
            }
        }
    }
    let nullable = types.contains(&"null");
    types.retain(|name| *name != "null");
    if stray {
        types.clear();
    } else if types.is_empty() && !nullable {
        types.extend(inferred(value));
    }
    Form { types, nullable, values: Vec::new() }
}

/// The words in a schema's `type`, which may be a list.
fn words(schema: &Value) -> Vec<&str> {
    match schema.get("type") {
        Some(Value::String(word)) => vec![word],
        Some(Value::Array(words)) => words.iter().filter_map(Value::as_str).collect(),
        _ => Vec::new(),
    }
}

/// The type that follows from a schema's other keywords.
fn inferred(value: &Value) -> Option<&'static str> {
    let has = |key: &str| value.get(key).is_some_and(|member| member.is_object() || member.is_array());
    if has("properties") || has("additionalProperties") || has("patternProperties") || has("required") {
        Some("object")
    } else if has("items") || has("prefixItems") {
        Some("array")
    } else {
        None
    }
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
pub(super) fn listed(value: &Value) -> Vec<&Value> {
    match value.get("const") {
        Some(constant) => vec![constant],
        None => value.get("enum").and_then(Value::as_array).into_iter().flatten().collect(),
    }
}

/// Whether a schema allows null, by its type or by a constant.
pub(super) fn has_null(value: &Value) -> bool {
    words(value).into_iter().any(|word| json_type(word) == Some("null"))
        || listed(value).iter().any(|constant| constant.is_null())
}

/// Whether a schema allows null only.
pub(super) fn is_null(value: &Value) -> bool {
    let only = value.get("type").is_some_and(|kind| kind == "null" || kind == &serde_json::json!(["null"]));
    only || (value.get("type").is_none() && !listed(value).is_empty() && listed(value).iter().all(|one| one.is_null()))
}

/// Keeps an enum of texts; any other enum becomes the type of its values.
fn constants(form: &mut Form, value: &Value, at: &str, notes: &mut Notes) {
    let listed: Vec<&Value> = listed(value).into_iter().filter(|constant| !constant.is_null()).collect();
    if listed.is_empty() {
        return;
    }
    let texts: Vec<String> = listed.iter().filter_map(|constant| constant.as_str().map(str::to_owned)).collect();
    let all_text = texts.len() == listed.len();
    if all_text && (form.types == ["string"] || form.types.is_empty()) {
        form.types = vec!["string"];
        form.values = texts;
        return;
    }
    if form.types.is_empty() {
        let of = |constant: &&Value| match constant {
            Value::Bool(_) => Some("boolean"),
            Value::Number(number) if number.is_f64() => Some("number"),
            Value::Number(_) => Some("integer"),
            _ => None,
        };
        let first = listed.first().and_then(of);
        if first.is_some() && listed.iter().all(|constant| of(constant) == first) {
            form.types.extend(first);
        }
    }
    let kind = form.types.first().copied().unwrap_or("JSON value");
    notes.add(at, "enum", format!("only an enum of texts becomes one: any {kind}"));
}

/// Whether a schema never needs a name: text, a number, any JSON, or a reference.
pub(super) fn is_plain(value: &Value) -> bool {
    let Some(members) = value.as_object() else { return true };
    let structure =
        ["properties", "additionalProperties", "patternProperties", "items", "prefixItems", "oneOf", "anyOf"];
    if structure.iter().any(|key| members.contains_key(*key)) {
        return false;
    }
    let texts = !listed(value).is_empty();
    if members.contains_key("$ref") {
        return true;
    }
    if let Some(all) = members.get("allOf") {
        return all.as_array().is_some_and(|all| matches!(all.as_slice(), [only] if is_plain(only)));
    }
    let types: Vec<&str> = words(value).into_iter().filter_map(json_type).filter(|kind| *kind != "null").collect();
    let scalar = |kind: &&str| !matches!(*kind, "object" | "array");
    types.len() <= 1 && types.iter().all(scalar) && !texts && !members.contains_key("required")
}

/// The meaningful keywords next to a reference, which are not read.
pub(super) fn next_to_a_reference(value: &Value) -> Vec<&str> {
    let harmless = [
        "$ref",
        "title",
        "description",
        "summary",
        "example",
        "examples",
        "deprecated",
        "readOnly",
        "writeOnly",
        "nullable",
    ];
    let keys = value.as_object().into_iter().flatten().map(|(key, _)| key.as_str());
    keys.filter(|key| !harmless.contains(key) && !key.starts_with("x-")).collect()
}
