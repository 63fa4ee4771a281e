//! The oracle of generated operations: progenitor's client of the same documents. Tests send the same arguments with both
//! clients to a server on loopback.

use std::{collections::BTreeMap, fmt::Write as _};

use serde_json::{Value, json};
use xtask::{
    api::{Api, Form, Operation, Payload, Schema},
    foreign, load,
    notes::Notes,
    read::{self, Dialect},
};

use super::samples::Samples;

/// Documents from which progenitor generates code that does not compile, or no code.
const BROKEN: &[(&str, &str)] = &[
    ("alternatives.yaml", "a property called `extra` and the additional properties become one field"),
    ("composition.yaml", "`allOf` that names itself overflows its stack"),
    ("known-errors.yaml", "two properties become one field"),
    ("names.yaml", "two components become one type"),
    ("operation-ids.yaml", "two operations become one function"),
    ("known-errors-contract.yaml", "two components become one type"),
    ("variations.yaml", "a property called `extra` and the additional properties become one field"),
];

/// Operations whose responses the two clients intentionally read differently, each with its reason. Their requests are equal.
const READ_DIFFERENTLY: &[(&str, &str)] =
    &[("checkJobs", "progenitor decodes the body that is documented for a response to HEAD, which never has one")];

/// A document in the form that progenitor accepts, and both of its clients.
struct Document {
    module: String,
    api: Api,
    /// The same model with typed dates, for samples.
    samples: Api,
    ours: String,
    theirs: syn::File,
    /// Operations that progenitor rejects, each with its reason.
    removed: Vec<(String, String)>,
}

/// The files that the oracle writes.
pub(crate) struct Compared {
    /// The code of both clients of each document, by the names of their modules.
    pub(crate) modules: BTreeMap<String, String>,
    /// A test for each operation.
    pub(crate) tests: String,
    /// The documents that progenitor rejects, each with its reason.
    pub(crate) refused: BTreeMap<String, String>,
    /// The operations that are not compared, each with the reason.
    pub(crate) skipped: BTreeMap<String, String>,
}

/// Writes the clients and the tests of every document that progenitor accepts.
pub(crate) fn compare(fixtures: &BTreeMap<String, String>, contract: &str) -> Compared {
    let mut all =
        Compared { modules: BTreeMap::new(), tests: String::new(), refused: BTreeMap::new(), skipped: BTreeMap::new() };
    let contract = (&xtask::CONTRACT.replace("spec/", ""), contract);
    let fixtures = fixtures.iter().map(|(name, text)| (name, text.as_str())).chain([contract]);
    let broken = |name: &str| BROKEN.iter().any(|(broken, _)| *broken == name);
    for (name, text) in fixtures.filter(|(name, _)| !broken(name)) {
        let value = load::parse(name, text).expect(name).value;
        let Document { module, api, samples, ours, theirs, removed } = match document(name, &value) {
            Ok(document) => document,
            Err(why) => {
                all.refused.insert(name.clone(), why);
                continue;
            }
        };
        all.skipped.extend(removed.into_iter().map(|(place, why)| (format!("{module}: {place}"), why)));
        for operation in &samples.operations {
            match progenitor_call(&theirs, operation, &samples) {
                Ok(call) => all.tests.push_str(&test(&module, operation, (&api, &samples), &ours, &call)),
                Err(why) => drop(all.skipped.insert(format!("{module}: {}", operation.id), why)),
            }
        }
        all.modules.insert(format!("{module}_progenitor"), prettyplease::unparse(&theirs));
        all.modules.insert(module, ours);
    }
    all
}

fn document(name: &str, value: &Value) -> Result<Document, String> {
    let (value, theirs, removed) = accepted(value)?;
    Ok(Document {
        module: super::module(name),
        api: read::read(&value, Dialect::Foreign, &mut Notes::default()),
        samples: read::read(&value, Dialect::Contract, &mut Notes::default()),
        ours: foreign::make(name, &value.to_string(), "oracle").expect(name).code,
        theirs,
        removed,
    })
}

type Accepted = (Value, syn::File, Vec<(String, String)>);

/// Returns the document with the operations that progenitor accepts, progenitor's client, and the reasons for rejecting the
/// others. Each operation keeps as many responses as progenitor accepts: all, the successes, or the first success.
fn accepted(document: &Value) -> Result<Accepted, String> {
    const KEEP: [fn(&str) -> bool; 3] =
        [|_| true, |status| status.starts_with('2'), |status| status == "200" || status == "201"];
    let mut fewer = document.clone();
    let mut removed = Vec::new();
    for (path, method, operation) in operations_mut(&mut document.clone()) {
        let alone = |keep: fn(&str) -> bool| {
            let mut operation = operation.clone();
            if let Some(responses) = operation.get_mut("responses").and_then(Value::as_object_mut) {
                let some = responses.keys().any(|status| keep(status));
                responses.retain(|status, _| !some || keep(status));
            }
            let mut one = document.clone();
            one["paths"] = json!({path.as_str(): one["paths"][&path].clone()});
            retain(&mut one, |_, other| method == other);
            one["paths"][&path][&method] = operation.clone();
            client(&one).map(|_| operation)
        };
        match KEEP.iter().map(|keep| alone(*keep)).reduce(Result::or) {
            Some(Ok(operation)) => fewer["paths"][&path][&method] = operation,
            Some(Err(why)) => removed.push((format!("{method} {path}"), why)),
            None => {}
        }
    }
    let is_removed = |path: &str, method: &str| removed.iter().any(|(place, _)| *place == format!("{method} {path}"));
    retain(&mut fewer, |path, method| !is_removed(path, method));
    match removed.first() {
        Some((_, why)) if operations_mut(&mut fewer).is_empty() => Err(why.clone()),
        _ => client(&fewer).map(|file| (fewer, file, removed)),
    }
}

fn operations_mut(document: &mut Value) -> Vec<(String, String, &mut Value)> {
    let paths = document["paths"].as_object_mut().unwrap().iter_mut();
    let operations = paths.flat_map(|(path, item)| {
        item.as_object_mut().into_iter().flatten().map(|(method, operation)| (path.clone(), method.clone(), operation))
    });
    operations.filter(|(_, method, _)| xtask::walk::METHODS.contains(&method.as_str())).collect()
}

fn retain(document: &mut Value, keep: impl Fn(&str, &str) -> bool) {
    for (path, item) in document["paths"].as_object_mut().unwrap() {
        let Some(item) = item.as_object_mut() else { continue };
        item.retain(|method, _| !xtask::walk::METHODS.contains(&method.as_str()) || keep(path, method));
    }
    let has_operations = |item: &Value| xtask::walk::METHODS.iter().any(|method| item.get(method).is_some());
    document["paths"].as_object_mut().unwrap().retain(|_, item| has_operations(item));
}

/// Returns progenitor's client of a document.
fn client(document: &Value) -> Result<syn::File, String> {
    let api: openapiv3::OpenAPI = serde_json::from_value(document.clone()).map_err(|error| error.to_string())?;
    match std::panic::catch_unwind(|| progenitor::Generator::default().generate_tokens(&api)) {
        Ok(Ok(tokens)) => Ok(syn::parse2(tokens).unwrap()),
        Ok(Err(error)) => {
            let text = error.to_string();
            let text = text.trim_start_matches("unexpected or unhandled format in the OpenAPI document ");
            Err(text.split(": Item(").next().unwrap_or(text).to_owned())
        }
        Err(_) => Err("it panics".to_owned()),
    }
}

/// Returns the call of progenitor's method for an operation, with sample arguments.
fn progenitor_call(theirs: &syn::File, operation: &Operation, api: &Api) -> Result<String, String> {
    let wanted = snake(&operation.id);
    let methods = theirs.items.iter().flat_map(|item| match item {
        syn::Item::Impl(item) => item.items.as_slice(),
        _ => &[],
    });
    let method = methods.filter_map(|item| if let syn::ImplItem::Fn(method) = item { Some(method) } else { None });
    let method = method.filter(|method| method.sig.asyncness.is_some()).find(|method| method.sig.ident == wanted);
    let method = method.ok_or_else(|| format!("no function is called {wanted}"))?;
    let mut arguments = Vec::new();
    for input in &method.sig.inputs {
        let syn::FnArg::Typed(input) = input else { continue };
        let syn::Pat::Ident(name) = &*input.pat else { continue };
        let name = name.ident.to_string();
        let ty = quoted(&input.ty);
        let value =
            sample_named(operation, api, &name, snake).ok_or_else(|| format!("nothing is called {name}: {ty}"))?;
        arguments.push(argument(&ty, &value).ok_or_else(|| format!("{name} is {ty}"))?);
    }
    Ok(format!("client.{wanted}({})", arguments.join(", ")))
}

/// Returns a sample for the argument or field with this name.
fn sample_named(operation: &Operation, api: &Api, name: &str, named: fn(&str) -> String) -> Option<Value> {
    let bare = name.trim_end_matches('_');
    if bare == "body" {
        return match &operation.body.as_ref()?.form {
            Form::Json(schema) | Form::Urlencoded(schema) => Some(sample(api, schema)),
            Form::Text(_) => Some(json!("text")),
            Form::Bytes => Some(json!(b"a b&c")),
            Form::Multipart => None,
        };
    }
    let parameter = operation.parameters.iter().find(|parameter| named(&parameter.wire) == bare)?;
    Some(sample(api, &parameter.schema))
}

/// Returns an expression of the type `ty` with this value.
fn argument(ty: &str, value: &Value) -> Option<String> {
    let ty = ty.replace(' ', "");
    if let Some(inner) = ty.strip_prefix("Option<").or(ty.strip_prefix("::std::option::Option<")) {
        return Some(format!("Some({})", argument(inner.strip_suffix('>')?, value)?));
    }
    let json = format!("{:?}", value.to_string());
    Some(match ty.strip_prefix("&'a") {
        // A generic body.
        None if ty == "B" => format!("de::<Vec<u8>>({json})"),
        Some("str") => format!("{:?}", value.as_str()?),
        Some(list) if list.starts_with('[') => format!("de::<Vec<_>>({json}).leak()"),
        Some(_) => format!("leaked({json})"),
        None => format!("de({json})"),
    })
}

/// Returns a test that calls both clients and compares their requests and results.
fn test(module: &str, operation: &Operation, (foreign, api): (&Api, &Api), ours: &str, theirs: &str) -> String {
    let file = syn::parse_file(ours).unwrap();
    let operations = file.items.iter().find_map(|item| match item {
        syn::Item::Mod(module) if module.ident == "operations" => module.content.as_ref().map(|(_, items)| items),
        _ => None,
    });
    let declared = operations.unwrap().iter().find_map(|item| match item {
        syn::Item::Struct(item) if item.ident == operation.name => Some(item),
        _ => None,
    });
    let by_field = |name: &str| {
        let known = operation.parameters.iter().find(|parameter| parameter.field == name);
        known.map(|parameter| sample(api, &parameter.schema)).or_else(|| sample_named(operation, api, name, snake))
    };
    let (mut new, mut set) = (Vec::new(), String::new());
    for field in &declared.unwrap().fields {
        let (name, ty) = (field.ident.as_ref().unwrap().to_string(), quoted(&field.ty));
        let value = argument(&ty, &by_field(&name).unwrap()).unwrap();
        if ty.starts_with("Option") {
            let _ = writeln!(set, "    ours.{name} = {value};");
        } else {
            new.push(value);
        }
    }
    let success = operation.responses.iter().find(|response| response.is_success());
    let (status, body) = match success.map(|response| (&response.status, &response.payload)) {
        Some((status, Payload::Json(schema))) => (status.replace("XX", "00"), sample(api, schema).to_string()),
        Some((status, _)) => (status.replace("XX", "00"), String::new()),
        None => ("200".to_owned(), String::new()),
    };
    let read_differently = READ_DIFFERENTLY.iter().any(|(id, _)| *id == operation.id);
    let theirs = if read_differently { format!("{theirs}.await") } else { format!("{theirs}.await.unwrap()") };
    let secret = |schema: &Schema| schema.is_secret() || schema.names().is_some_and(|name| foreign.types[name].secret);
    let compares = !read_differently
        && matches!(success.map(|response| &response.payload), Some(Payload::Json(schema)) if !secret(schema));
    let name = &operation.name;
    let [read_ours, read_theirs] = if compares {
        ["Some(serde_json::to_value(ours).unwrap())", "Some(serde_json::to_value(theirs.into_inner()).unwrap())"]
    } else {
        ["{ let _ = ours; None }", "{ let _ = theirs; None }"]
    };
    format!(
        "\n#[tokio::test]\n#[allow(unused_mut, clippy::all)]\nasync fn {module}_{}() {{\n    let server = Server::start(&[({:?}, \
         \"application/json\", {body:?}); 2]);\n    let client = \
         crate::compared::{module}_progenitor::Client::new_with_client(&server.origin, crate::builder().build().unwrap());\n    let theirs = \
         {theirs};\n    let mut ours = crate::compared::{module}::operations::{name}::new({});\n{set}    let ours = \
         crate::send(&crate::builder().build().unwrap(), &server.origin, &ours).await.unwrap();\n    let read: [Option<serde_json::Value>; 2] = \
         [{read_ours}, {read_theirs}];\n    compare(server.take(), read);\n}}\n",
        snake(&operation.id),
        format!("{status} Status"),
        new.join(", "),
    )
}

/// Returns a sample value of a schema.
fn sample(api: &Api, schema: &Schema) -> Value {
    Samples { api, text: |_, _| "a b&c" }.of(schema, "")
}

fn snake(name: &str) -> String {
    let mut snake = String::new();
    let mut chars = name.chars().peekable();
    let mut before = ' ';
    while let Some(char) = chars.next() {
        let starts = char.is_uppercase()
            && (before.is_lowercase()
                || before.is_ascii_digit()
                || chars.peek().is_some_and(|next| next.is_lowercase()));
        if !char.is_alphanumeric() {
            if !snake.is_empty() && !snake.ends_with('_') {
                snake.push('_');
            }
        } else {
            if starts && !snake.is_empty() && !snake.ends_with('_') {
                snake.push('_');
            }
            snake.extend(char.to_lowercase());
        }
        before = char;
    }
    snake.trim_end_matches('_').to_owned()
}

/// Returns the text of a type.
fn quoted(ty: &syn::Type) -> String {
    let item = syn::parse_quote!(type T = #ty;);
    let file = syn::File { frontmatter: None, shebang: None, attrs: Vec::new(), items: vec![item] };
    prettyplease::unparse(&file).trim().trim_start_matches("type T = ").trim_end_matches(';').replace('\n', "")
}
