//! Judges a request or a response by a document, sharing nothing with the rules of `spec diff`.

use serde_json::{Map, Value, json};

/// Returns how the portal understands a request by this document: its parameters and its body, with defaults for missing values
/// and without unknown ones. Returns `None` if the request is invalid.
pub fn understood(document: &Value, request: &Value) -> Option<Value> {
    let text = |key: &str, default: &str| request.get(key).and_then(Value::as_str).unwrap_or(default).to_owned();
    let path = text("path", "/things/1");
    let (item, captured) = document["paths"].as_object()?.iter().find_map(|(template, item)| {
        let (template, path): (Vec<&str>, Vec<&str>) = (template.split('/').collect(), path.split('/').collect());
        let fits = template.len() == path.len()
            && template.iter().zip(&path).all(|(step, own)| step.starts_with('{') || step == own);
        let captured = template.iter().zip(&path).filter(|(step, _)| step.starts_with('{'));
        fits.then(|| (item, captured.map(|(step, own)| ((*step).to_owned(), (*own).to_owned())).collect::<Vec<_>>()))
    })?;
    let operation = item.get(text("method", "put"))?;
    let known = request.get("credentials").cloned().unwrap_or(json!({"bearer": []}));
    let holds = |need: (&String, &Value)| {
        let scopes = known.get(need.0).and_then(Value::as_array);
        scopes.is_some_and(|scopes| need.1.as_array().unwrap().iter().all(|scope| scopes.contains(scope)))
    };
    let alternatives = operation["security"].as_array().cloned().unwrap_or_default();
    if !alternatives.is_empty()
        && !alternatives.iter().any(|alternative| alternative.as_object().unwrap().iter().all(holds))
    {
        return None;
    }
    let mut understood = Map::new();
    let lists = [item, operation].map(|holder| holder["parameters"].as_array().cloned().unwrap_or_default());
    for parameter in lists.concat() {
        let parameter = resolved(document, &parameter);
        let (place, name) = (parameter["in"].as_str()?, parameter["name"].as_str()?);
        let at = captured.iter().position(|(step, _)| *step == format!("{{{name}}}"));
        let written = match place {
            "path" => Some(json!(captured.get(at?)?.1)),
            place => request.get(place).and_then(|all| all.get(name)).cloned(),
        };
        let key = if place == "path" { format!("path {}", at?) } else { format!("{place} {name}") };
        match written {
            Some(written) => {
                let value = parsed(document, parameter, &written)?;
                understood.insert(key, valid(document, &parameter["schema"], &value, true)?);
            }
            None if parameter["required"] == true => return None,
            None => understood.extend(parameter["schema"].get("default").map(|default| (key, default.clone()))),
        }
    }
    let body = resolved(document, &operation["requestBody"]);
    match request.get("body") {
        Some(value) if body.is_object() => {
            let media = body["content"].get(text("media_type", "application/json"))?;
            understood.insert("body".to_owned(), valid(document, &media["schema"], value, true)?);
        }
        None if body["required"] == true => return None,
        _ => {}
    }
    if let Some(accept) = request.get("accept").and_then(Value::as_str) {
        let mut successes = operation["responses"].as_object()?.iter().filter(|(status, _)| status.starts_with('2'));
        successes.find(|(_, response)| resolved(document, response)["content"].get(accept).is_some())?;
    }
    Some(understood.into())
}

/// Returns whether the document tells readers to expect this response. A failure with an undocumented status is always
/// expected.
pub fn expects_response(document: &Value, response: &Value) -> bool {
    let operation = &document["paths"]["/things/{id}"]["put"];
    let status = response["status"].as_u64().unwrap_or(200).to_string();
    let known = operation["responses"].get(&status).or_else(|| operation["responses"].get("default"));
    let Some(known) = known else { return status.starts_with(['4', '5']) };
    let known = resolved(document, known);
    let headers = known.get("headers").and_then(Value::as_object).into_iter().flatten();
    let headers_fit =
        headers.into_iter().all(|(name, header)| match response.get("headers").and_then(|all| all.get(name)) {
            None => header["required"] != true,
            Some(value) => parsed(document, header, value)
                .is_some_and(|value| valid(document, &header["schema"], &value, false).is_some()),
        });
    let body_fits = match (known.get("content"), response.get("body")) {
        (Some(content), Some(body)) => {
            let media_type = response.get("media_type").and_then(Value::as_str).unwrap_or("application/json");
            content.get(media_type).is_some_and(|media| valid(document, &media["schema"], body, false).is_some())
        }
        (Some(_), None) => false,
        (None, _) => true,
    };
    headers_fit && body_fits
}

/// Returns whether the document tells receivers of the webhook `made` to expect this body; `null` means no body.
pub fn expects_delivery(document: &Value, body: &Value) -> bool {
    let Some(hook) = document.pointer("/webhooks/made/post/requestBody") else { return false };
    if body.is_null() {
        return hook["required"] != true;
    }
    valid(document, &hook["content"]["application/json"]["schema"], body, false).is_some()
}

fn resolved<'a>(document: &'a Value, value: &'a Value) -> &'a Value {
    let target = value.get("$ref").and_then(Value::as_str);
    target.map_or(value, |target| document.pointer(target.trim_start_matches('#')).unwrap_or(&Value::Null))
}

/// Parses the text of a parameter or a header; several texts are a list.
fn parsed(document: &Value, parameter: &Value, written: &Value) -> Option<Value> {
    let schema = resolved(document, &parameter["schema"]);
    let fits = |one: &Value| {
        let value = parsed(document, &json!({"schema": one}), written)?;
        valid(document, one, &value, true)
    };
    if let Some(all) = schema["oneOf"].as_array() {
        return all.iter().find_map(fits);
    }
    if schema["type"] == "array" {
        let mut all = written.as_array().cloned().unwrap_or_else(|| vec![written.clone()]);
        if parameter["explode"] == false {
            all = all.first()?.as_str()?.split(',').map(Value::from).collect();
        } else if all.iter().any(|one| one.as_str().is_some_and(|one| one.contains(','))) {
            return None;
        }
        let item = json!({"schema": schema["items"]});
        return all.iter().map(|one| parsed(document, &item, one)).collect();
    }
    let text = written.as_str()?;
    match schema["type"].as_str() {
        Some("integer") => text.parse::<i64>().ok().map(Value::from),
        Some("number") => text.parse::<f64>().ok().map(Value::from),
        Some("boolean") => text.parse::<bool>().ok().map(Value::from),
        _ => Some(text.into()),
    }
}

/// Returns the value as the schema defines it, or `None` if it is invalid: in a request if `sent`, otherwise in a response.
fn valid(document: &Value, schema: &Value, value: &Value, sent: bool) -> Option<Value> {
    let schema = resolved(document, schema);
    let Some(keywords) = schema.as_object() else { return (schema != &json!(false)).then(|| value.clone()) };
    let types: Vec<&str> = match &schema["type"] {
        Value::String(one) => vec![one],
        Value::Array(all) => all.iter().filter_map(Value::as_str).collect(),
        _ => Vec::new(),
    };
    if value.is_null() && (schema["nullable"] == true || types.contains(&"null")) {
        return Some(Value::Null);
    }
    let is = |kind: &str| match kind {
        "string" => value.is_string(),
        "integer" => value.is_i64(),
        "number" => value.is_number(),
        "boolean" => value.is_boolean(),
        "array" => value.is_array(),
        "object" => value.is_object(),
        _ => value.is_null(),
    };
    if !types.is_empty() && !types.iter().any(|kind| is(kind)) {
        return None;
    }
    // The SDK promises its readers to accept texts that an enum does not list.
    let open = !sent && value.is_string();
    let listed = keywords.get("const").map(|one| vec![one.clone()]).or_else(|| schema["enum"].as_array().cloned());
    if listed.is_some_and(|listed| !open && !listed.contains(value)) || !within_limits(document, keywords, value, sent)
    {
        return None;
    }
    let mut found = value.clone();
    let mut parts = Map::new();
    for part in schema["allOf"].as_array().into_iter().flatten() {
        parts.extend(valid(document, part, value, sent)?.as_object().cloned().unwrap_or_default());
    }
    for key in ["oneOf", "anyOf"] {
        let Some(all) = schema[key].as_array() else { continue };
        let tag = schema["discriminator"]["propertyName"].as_str();
        let named = |one: &Value| one["$ref"].as_str().and_then(|name| name.rsplit('/').next().map(str::to_owned));
        let is_selected = |one: &Value| tag.is_none_or(|tag| named(one).as_deref() == value[tag].as_str());
        found = all.iter().filter(|one| is_selected(one)).find_map(|one| valid(document, one, &found, sent))?;
    }
    if let (Some(items), Some(list)) = (keywords.get("items"), value.as_array()) {
        found = list.iter().map(|item| valid(document, items, item, sent)).collect::<Option<Vec<Value>>>()?.into();
    }
    if let (Value::Object(members), true) =
        (&found, keywords.contains_key("properties") || keywords.contains_key("additionalProperties"))
    {
        found = object(document, schema, members, sent)?;
    }
    if let Value::Object(members) = &mut found {
        members.extend(parts);
    }
    Some(found)
}

fn object(document: &Value, schema: &Value, members: &Map<String, Value>, sent: bool) -> Option<Value> {
    let mut understood = Map::new();
    let properties = schema["properties"].as_object().cloned().unwrap_or_default();
    let other_side = |name: &String| {
        let key = if sent { "readOnly" } else { "writeOnly" };
        properties.get(name).is_some_and(|property| property[key] == true)
    };
    let needed = schema["required"].as_array().cloned().unwrap_or_default();
    let missing = |name: &&str| !members.contains_key(*name) && !other_side(&(*name).to_owned());
    if needed.iter().filter_map(Value::as_str).any(|name| missing(&name)) {
        return None;
    }
    for (name, property) in &properties {
        let default = property.get("default").filter(|_| sent && !other_side(name));
        // A property of the other side is ignored.
        if let Some(member) = members.get(name).filter(|_| !other_side(name)) {
            understood.insert(name.clone(), valid(document, property, member, sent)?);
        } else if let Some(default) = default {
            understood.insert(name.clone(), default.clone());
        }
    }
    for (name, member) in members.iter().filter(|(name, _)| !properties.contains_key(*name)) {
        match schema.get("additionalProperties") {
            Some(Value::Bool(false)) => return None,
            Some(more) if more.is_object() => {
                drop(understood.insert(name.clone(), valid(document, more, member, sent)?))
            }
            _ => {}
        }
    }
    Some(understood.into())
}

fn within_limits(document: &Value, keywords: &Map<String, Value>, value: &Value, sent: bool) -> bool {
    let size = match value {
        Value::String(text) => text.chars().count(),
        Value::Array(items) => items.len(),
        Value::Object(members) => members.len(),
        _ => 0,
    };
    let number = value.as_f64();
    keywords.iter().all(|(key, keyword)| {
        let limit = keyword.as_f64().unwrap_or_default();
        let text = value.as_str();
        match key.as_str() {
            "minimum" => number.is_none_or(|number| number >= limit),
            "maximum" => number.is_none_or(|number| number <= limit),
            "exclusiveMinimum" => number.is_none_or(|number| number > limit),
            "multipleOf" => number.is_none_or(|number| number % limit == 0.0),
            "minLength" => text.is_none() || size as f64 >= limit,
            "maxLength" => text.is_none() || size as f64 <= limit,
            "minItems" => !value.is_array() || size as f64 >= limit,
            "minProperties" => !value.is_object() || size as f64 >= limit,
            "maxItems" => !value.is_array() || size as f64 <= limit,
            // Only patterns that match a prefix.
            "pattern" => text.is_none_or(|text| text.starts_with(keyword.as_str().unwrap().trim_start_matches('^'))),
            "contains" => {
                value.as_array().is_none_or(|all| all.iter().any(|one| valid(document, keyword, one, sent).is_some()))
            }
            "format" => text.is_none_or(|text| match keyword.as_str().unwrap() {
                "email" => text.contains('@'),
                "uuid" => text.len() == 36,
                "date-time" => chrono::DateTime::parse_from_rfc3339(text).is_ok(),
                "date" => text.parse::<chrono::NaiveDate>().is_ok(),
                _ => true,
            }),
            _ => true,
        }
    })
}
