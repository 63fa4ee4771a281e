//! The oracle of generated operations: progenitor's own client of the same documents. Both are compiled into one crate and
//! send the same arguments to a server on loopback; method, target, query, body and decoded response must be equal.

use std::{collections::BTreeMap, fmt::Write as _, fs};

use hb_portal_tests::{
    root,
    samples::Samples,
    scratch::{PROFILE, Scratch},
};
use serde_json::{Value, json};
use xtask::{
    api::{Api, Form, Operation, Payload, Schema},
    foreign, load,
    notes::Notes,
    read::{self, Dialect},
};

/// Documents from which progenitor generates code that does not compile, or no code.
const BROKEN: &[(&str, &str)] = &[
    ("composition.yaml", "`allOf` that names itself overflows its stack"),
    ("hard.yaml", "two properties become one field"),
    ("names.yaml", "two components become one type"),
    ("operation-ids.yaml", "two operations become one function"),
    ("strict.yaml", "two components become one type"),
];

/// The errors of progenitor for the documents that it rejects.
const REFUSED: &[(&str, &str)] = &[
    ("apidog-page.yaml", "unknown variant `bearer`, expected one of `apiKey`, `http`, `oauth2`, `openIdConnect`"),
    ("defaults-and-formats.yaml", "it panics"),
    ("enums.yaml", "it panics"),
    ("forms-3.1.yaml", "invalid type: boolean `true`, expected struct Schema"),
    ("integer-keys.yaml", "invalid type: floating point `1.1`, expected a string"),
    ("security.yaml", "invalid type: integer `1`, expected a map"),
];

/// Operations whose responses the two clients read differently, as intended, each with its reason. Their requests are equal.
const READ_DIFFERENTLY: &[(&str, &str)] =
    &[("checkJobs", "progenitor decodes the body that is documented for a response to HEAD, which never has one")];

/// Operations that are not compared, each with its reason; a reason that progenitor gives is in its words.
const SKIPPED: &[(&str, &str)] = &[
    ("bodies_yaml: patch /bytes", "No schema specified for request body"),
    ("bodies_yaml: post /files", "unexpected content type: multipart/form-data"),
    ("bodies_yaml: post /several", "it panics"),
    ("bodies_yaml: post /text", "invalid schema for text/plain"),
    ("bodies_yaml: post /vendor", "unexpected content type: application/vnd.api+json"),
    ("bodies_yaml: put /bytes", "unexpected content type: image/png"),
    ("bodies_yaml: put /files", "unexpected content type: multipart/form-data"),
    ("bodies_yaml: put /none", "No schema specified for request body"),
    ("bodies_yaml: put /text", "No schema specified for request body"),
    ("bodies_yaml: put /vendor", "unexpected content type: application/vnd.api+json"),
    (
        "parameters_yaml: get /shops/{shop-id}/items/{itemId}/{item_id}",
        "unsupported style of query parameter DeepObject",
    ),
    ("parameters_yaml: get /styles/{a}/{b}", "unsupported style of path parameter Matrix"),
    // Progenitor drops an operation whose path does not begin with a slash.
    ("parameters_yaml: noSlash", "no function is called no_slash"),
    ("references_json: post /a", "it panics"),
    ("responses_by_status_yaml: get /any", "missing field `description`"),
];

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

fn documents() -> (Vec<Document>, BTreeMap<String, String>) {
    let mut found = Vec::new();
    let mut refused = BTreeMap::new();
    let mut paths: Vec<_> =
        fs::read_dir(root().join("tests/fixtures")).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.push(root().join(xtask::CONTRACT));
    paths.sort();
    for path in paths
        .into_iter()
        .filter(|path| path.extension().is_some_and(|extension| extension == "yaml" || extension == "json"))
    {
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        if BROKEN.iter().any(|(broken, _)| *broken == name) {
            continue;
        }
        let value = load::parse(&name, &fs::read_to_string(&path).unwrap()).unwrap().value;
        match accepted(&value) {
            Ok((value, theirs, removed)) => {
                let ours = foreign::make(&name, &value.to_string(), "oracle").unwrap().code;
                let api = read::read(&value, Dialect::Foreign, &mut Notes::default());
                let samples = read::read(&value, Dialect::Contract, &mut Notes::default());
                let module = name.replace(|char: char| !char.is_ascii_alphanumeric(), "_");
                found.push(Document { module, api, samples, ours, theirs, removed });
            }
            Err(why) => drop(refused.insert(name, why)),
        }
    }
    (found, refused)
}

type Accepted = (Value, syn::File, Vec<(String, String)>);

/// The document with the operations that progenitor accepts, progenitor's client, and the reasons for rejecting the others. Each
/// operation keeps as many responses as progenitor accepts: all, the successes, or the first success.
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

/// Progenitor's client of a document.
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

#[test]
fn operations_send_and_read_the_same_as_those_of_progenitor() {
    let (documents, refused) = documents();
    let known: BTreeMap<String, String> =
        REFUSED.iter().map(|(name, why)| ((*name).to_owned(), (*why).to_owned())).collect();
    assert_eq!(refused, known, "documents that progenitor rejects");
    let scratch = Scratch::new(env!("CARGO_TARGET_TMPDIR"), "oracle");
    let any = foreign::make("any", include_str!("../fixtures/growth.yaml"), "oracle").unwrap().files;
    let file = |path: &str| any.iter().find(|file| file.path == path).unwrap().content.clone();
    for (path, text) in foreign::RUNTIME {
        scratch.write(path, text);
    }
    let mut library =
        file("src/lib.rs").replace("mod generated;", "").replace("pub use generated::{operations, types};", "");
    let mut tests = include_str!("../fixtures/clients/oracle.rs").to_owned();
    let (mut compared, mut skipped) = (0, BTreeMap::new());
    for Document { module, api, samples, ours, theirs, removed } in &documents {
        skipped.extend(removed.iter().map(|(place, why)| (format!("{module}: {place}"), why.clone())));
        scratch.write(&format!("src/{module}.rs"), ours);
        scratch.write(&format!("src/{module}_progenitor.rs"), &prettyplease::unparse(theirs));
        write!(library, "pub mod {module};\n#[allow(clippy::all, dead_code)]\npub mod {module}_progenitor;\n").unwrap();
        for operation in &samples.operations {
            match theirs_called(theirs, operation, samples) {
                Ok(call) => {
                    compared += 1;
                    tests.push_str(&test(module, operation, (api, samples), ours, &call));
                }
                Err(why) => drop(skipped.insert(format!("{module}: {}", operation.id), why)),
            }
        }
    }
    scratch.write("src/lib.rs", &library);
    scratch.write("tests/oracle.rs", &tests);
    scratch.write("tests/server/mod.rs", &Scratch::text("tests/fixtures/clients/server.rs"));
    let manifest = file("Cargo.toml").replace("\"rustls\"]", "]").replace("rustls = [\"reqwest?/rustls\"]\n", "");
    let manifest =
        manifest.replace("optional = true }", "optional = true, features = [\"json\", \"query\", \"stream\"] }");
    let manifest = manifest.replace("[dependencies]", "[dependencies]\nprogenitor-client = \"0.15\"");
    let tokio = "\n[dev-dependencies]\ntokio = { version = \"1.47\", default-features = false, features = [\"macros\", \"rt\"] }\n";
    scratch.write("Cargo.toml", &format!("{manifest}{tokio}{PROFILE}"));
    let known: BTreeMap<String, String> =
        SKIPPED.iter().map(|(name, why)| ((*name).to_owned(), (*why).to_owned())).collect();
    assert_eq!(skipped, known, "operations that are not compared");
    scratch.cargo(&["test", "--test", "oracle"]);
    assert!(compared >= 10, "{compared}");
}

/// The call of progenitor's method for an operation, with sample arguments.
fn theirs_called(theirs: &syn::File, operation: &Operation, api: &Api) -> Result<String, String> {
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

/// A sample for the argument or field with this name.
fn sample_named(operation: &Operation, api: &Api, name: &str, named: fn(&str) -> String) -> Option<Value> {
    let bare = name.trim_end_matches('_');
    if bare == "body" {
        return match &operation.body.as_ref()?.form {
            Form::Json(schema) | Form::Urlencoded(schema) => Some(sample(api, schema)),
            Form::Text => Some(json!("text")),
            Form::Bytes => Some(json!(b"a b&c")),
            Form::Multipart => None,
        };
    }
    let parameter = operation.parameters.iter().find(|parameter| named(&parameter.wire) == bare)?;
    Some(sample(api, &parameter.schema))
}

/// An expression of the type `ty` that has the value.
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
        Some(_) => format!("kept({json})"),
        None => format!("de({json})"),
    })
}

/// A test that calls both clients and compares their requests and results.
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
         oracle::{module}_progenitor::Client::new_with_client(&server.origin, reqwest::Client::new());\n    let theirs = \
         {theirs};\n    let mut ours = oracle::{module}::operations::{name}::new({});\n{set}    let ours = \
         oracle::send(&reqwest::Client::new(), &server.origin, &ours).await.unwrap();\n    let read: [Option<serde_json::Value>; 2] = \
         [{read_ours}, {read_theirs}];\n    compare(server.take(), read);\n}}\n",
        snake(&operation.id),
        format!("{status} Status"),
        new.join(", "),
    )
}

/// A value of a schema, from the model.
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

/// The text of a type.
fn quoted(ty: &syn::Type) -> String {
    let item = syn::parse_quote!(type T = #ty;);
    let file = syn::File { frontmatter: None, shebang: None, attrs: Vec::new(), items: vec![item] };
    prettyplease::unparse(&file).trim().trim_start_matches("type T = ").trim_end_matches(';').replace('\n', "")
}
