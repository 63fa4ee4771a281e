use std::collections::BTreeMap;

use proc_macro2::TokenStream;
use quote::quote;

use super::*;
use crate::lower::plan::Payload;

/// The code, planned, on one line.
fn carried_out(code: TokenStream, plan: &Plan) -> Result<String> {
    let mut file = syn::parse2(code).unwrap();
    carry_out(&mut file, plan)?;
    Ok(prettyplease::unparse(&file).split_whitespace().collect::<Vec<_>>().join(" "))
}

/// The same of one operation called `send`.
fn sent(code: TokenStream, planned: OperationPlan) -> Result<String> {
    let plan = Plan { operations: BTreeMap::from([("send".to_owned(), planned)]), ..Plan::default() };
    carried_out(quote!(impl Client { #code }), &plan)
}

fn names(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
    pairs.iter().map(|(known, wire)| ((*known).to_owned(), (*wire).to_owned())).collect()
}

/// An operation with a body, which `put` puts into the request.
fn with_body(ty: TokenStream, put: TokenStream) -> TokenStream {
    quote! {
        pub async fn send<'a, B: Into<reqwest::Body>>(&'a self, id: i64, body: #ty) -> Result<ResponseValue<()>, Error<()>> {
            let mut request = self.client.post(url).header(::reqwest::header::ACCEPT, from_static("application/json")) #put.build()?;
        }
    }
}

fn bytes() -> TokenStream {
    with_body(
        quote!(B),
        quote!(.header(::reqwest::header::CONTENT_TYPE, from_static("application/octet-stream")).body(body)),
    )
}

fn assert_holds(code: &str, parts: &[&str]) {
    for part in parts {
        assert!(code.contains(part), "{part}\nis not in\n{code}");
    }
}

#[test]
fn what_is_planned_for_no_operation_is_an_error() {
    let error = sent(
        quote!(
            pub async fn other(&self) {}
        ),
        OperationPlan::default(),
    )
    .unwrap_err()
    .to_string();
    assert!(error.contains("not in the generated client") && error.contains("send"), "{error}");
    let plan = Plan { operations: BTreeMap::from([("move".to_owned(), OperationPlan::default())]), ..Plan::default() };
    assert!(carried_out(quote!(impl Client { pub async fn move_(&self) {} }), &plan).is_ok(), "a keyword is found");
}

#[test]
fn a_planned_media_type_is_accepted_and_sent_and_the_other_header_is_left() {
    let accept = OperationPlan { accept: Some("text/csv".to_owned()), ..OperationPlan::default() };
    let code = sent(bytes(), accept).unwrap();
    assert_holds(
        &code,
        &["ACCEPT, ::reqwest::header::HeaderValue::from_static(\"text/csv\")", "\"application/octet-stream\""],
    );
    let picture = OperationPlan { content_type: Some("image/png".to_owned()), ..OperationPlan::default() };
    let code = sent(bytes(), picture).unwrap();
    assert_holds(
        &code,
        &["CONTENT_TYPE, ::reqwest::header::HeaderValue::from_static(\"image/png\")", "\"application/json\""],
    );
    assert!(!code.contains("octet-stream"), "{code}");
}

#[test]
fn parameters_have_the_names_of_the_wire_in_their_operation_only() {
    let planned = OperationPlan { parameters: names(&[("page_in_query", "page")]), ..OperationPlan::default() };
    let code = quote! {
        pub async fn send(&self) { pairs("page_in_query", &page_in_query, "size") }
        pub async fn other(&self) { pairs("page_in_query", &page_in_query) }
    };
    let code = sent(code, planned).unwrap();
    assert_holds(&code, &["pairs(\"page\", &page_in_query, \"size\")", "pairs(\"page_in_query\", &page_in_query)"]);
}

#[test]
fn a_body_that_may_be_left_out_is_sent_only_when_it_is_there() {
    let optional = || OperationPlan { optional_body: true, ..OperationPlan::default() };
    for (ty, put, argument, send) in [
        (quote!(&'a types::A), quote!(.json(&body)), "&'a types::A", "request.json(&body)"),
        (quote!(&'a types::A), quote!(.form_urlencoded(&body)?), "&'a types::A", "request.form_urlencoded(&body)?"),
        (
            quote!(String),
            quote!(.header(CONTENT_TYPE, text).body(body)),
            "String",
            "{ request.header(CONTENT_TYPE, text).body(body)",
        ),
    ] {
        let code = sent(with_body(ty, put), optional()).unwrap();
        assert_holds(
            &code,
            &[
                &format!("body: ::std::option::Option<{argument}>"),
                &format!("::std::option::Option::Some(body) => {send}"),
                "::std::option::Option::None => request",
                "} .build()?;",
            ],
        );
    }
    let code = sent(bytes(), optional()).unwrap();
    let (before, after) = code.split_once("match body").unwrap();
    assert!(!before.contains("octet-stream") && after.contains("octet-stream"), "no media type without a body: {code}");
}

#[test]
fn json_of_another_name_is_sent_under_it() {
    let vendor =
        || OperationPlan { content_type: Some("application/vnd.api+json".to_owned()), ..OperationPlan::default() };
    let json = || with_body(quote!(&'a types::A), quote!(.json(&body)));
    let header = "::reqwest::header::HeaderValue::from_static(\"application/vnd.api+json\"), ) .json(&body)";
    assert_holds(&sent(json(), vendor()).unwrap(), &[header]);
    let code = sent(json(), OperationPlan { optional_body: true, ..vendor() }).unwrap();
    let (before, after) = code.split_once("match body").unwrap();
    assert!(!before.contains("vnd.api") && after.contains("vnd.api"), "{code}");
}

#[test]
fn a_multipart_form_is_the_callers_and_names_its_own_media_type() {
    let form = || OperationPlan { multipart: true, ..OperationPlan::default() };
    let code = sent(bytes(), form()).unwrap();
    assert_holds(&code, &["send<'a>(", "body: reqwest::multipart::Form", ".multipart(body)"]);
    assert!(!code.contains("octet-stream"), "{code}");
    let code = sent(bytes(), OperationPlan { optional_body: true, ..form() }).unwrap();
    assert_holds(&code, &["body: ::std::option::Option<reqwest::multipart::Form>", "request.multipart(body)"]);
}

/// An operation that looks at the status, as the generator writes it.
fn looking() -> TokenStream {
    quote! {
        pub async fn send(&self) -> Result<ResponseValue<types::Stand>, Error<types::Fail>> {
            match response_.status().as_u16() {
                200u16 => ResponseValue::from_response(response_).await,
                204u16 => ResponseValue::from_response(response_).await,
                400u16..=499u16 => Err(Error::ErrorResponse(ResponseValue::from_response(response_).await?)),
                404u16 => Err(Error::ErrorResponse(ResponseValue::from_response(response_).await?)),
                _ => Err(Error::UnexpectedResponse(response_)),
            }
        }
    }
}

fn by_status(name: &str, answers: &[(&str, Payload)]) -> Option<ByStatus> {
    let answers = answers.iter().map(|(status, payload)| ((*status).to_owned(), payload.clone())).collect();
    Some(ByStatus { name: name.to_owned(), operation: "sendIt".to_owned(), answers })
}

#[test]
fn each_answer_is_decoded_as_what_its_status_says() {
    let answers = by_status("Answer", &[("200", Payload::Json("A".to_owned())), ("204", Payload::Nothing)]);
    let failures = by_status("Fault", &[("404", Payload::Bytes), ("4XX", Payload::Json("Problem".to_owned()))]);
    let code = sent(looking(), OperationPlan { answers, failures, ..OperationPlan::default() }).unwrap();
    assert_holds(&code, &["Result<ResponseValue<types::Answer>, Error<types::Fault>>"]);
    let arms: Vec<&str> = code.split("u16 =>").collect();
    let [_, ok, nothing, page, rest] = arms.as_slice() else { panic!("{code}") };
    assert_holds(ok, &["ResponseValue::<types::A>::from_response(response_)", "(types::Answer::Status200)", "Ok("]);
    assert_holds(nothing, &["types::Answer::Status204", "response_.status()"]);
    assert!(!nothing.contains("from_response"), "{nothing}");
    assert_holds(page, &["types::Fault::Status404(body.to_vec())", "Err( Error::ErrorResponse("]);
    assert_holds(
        rest,
        &["types::Problem", "(types::Fault::Status4xx)", "_ => Err(Error::UnexpectedResponse(response_))"],
    );
    assert!(page.trim_end().ends_with("400u16..=499"), "a status comes before the range that holds it: {page}");
}

#[test]
fn a_kind_of_answers_that_is_not_planned_stays_as_it_is() {
    let failures = by_status("Fault", &[("404", Payload::Nothing)]);
    let code = sent(looking(), OperationPlan { failures, ..OperationPlan::default() }).unwrap();
    assert_holds(
        &code,
        &[
            "Result<ResponseValue<types::Stand>, Error<types::Fault>>",
            "200u16 => ResponseValue::from_response(response_).await, 204u16 => ResponseValue::from_response(response_)",
        ],
    );
    assert!(!code.contains("400u16"), "{code}");
}

#[test]
fn an_operation_that_is_not_what_operations_are_is_an_error() {
    let planned = || OperationPlan { answers: by_status("Answer", &[]), ..OperationPlan::default() };
    for (code, expected) in [
        (
            quote!(
                pub async fn send(&self) {}
            ),
            "returns nothing",
        ),
        (
            quote!(
                pub async fn send(&self) -> Result<(), Error<()>> {}
            ),
            "does not return what operations do",
        ),
        (
            quote!(
                pub async fn send(&self) -> Result<ResponseValue<()>, Error<()>> {
                    match other {
                        _ => {}
                    }
                }
            ),
            "`send` does not look at the status",
        ),
    ] {
        let error = sent(code, planned()).unwrap_err().to_string();
        assert!(error.contains(expected), "{error}");
    }
}

#[test]
fn an_answer_without_a_body_beside_others_is_none() {
    let planned = |bare: &[&str]| OperationPlan {
        bare: bare.iter().map(|status| (*status).to_owned()).collect(),
        ..OperationPlan::default()
    };
    let code = sent(looking(), planned(&["204", "404"])).unwrap();
    assert_holds(
        &code,
        &["Result< ResponseValue<::std::option::Option<types::Stand>>, Error<::std::option::Option<types::Fail>>, >"],
    );
    let arms: Vec<&str> = code.split("u16 =>").collect();
    let [_, ok, nothing, gone, rest] = arms.as_slice() else { panic!("{code}") };
    assert_holds(ok, &["ResponseValue::<types::Stand>::from_response(response_)", "Option::Some(value.inner)", "Ok("]);
    for (arm, wrapped) in [(nothing, "Ok("), (gone, "Err( Error::ErrorResponse(")] {
        assert_holds(arm, &["inner: ::std::option::Option::None", "response: response_", wrapped]);
        assert!(!arm.contains("from_response"), "{arm}");
    }
    assert_holds(
        rest,
        &["ResponseValue::<types::Fail>::from_response(response_)", "_ => Err(Error::UnexpectedResponse("],
    );
    assert!(gone.trim_end().ends_with("400u16..=499"), "a status comes before the range that holds it: {gone}");

    let code = sent(looking(), planned(&["204"])).unwrap();
    assert_holds(&code, &["Error<types::Fail>", "404u16 => { Err(Error::ErrorResponse(ResponseValue::from_response("]);
    let error = sent(looking(), planned(&["202"])).unwrap_err().to_string();
    assert!(error.contains("`send` does not look for") && error.contains("202"), "{error}");
}

#[test]
fn a_type_by_status_takes_the_place_of_its_stand_in() {
    let answers = by_status(
        "Answer",
        &[("200", Payload::Json("A".to_owned())), ("204", Payload::Nothing), ("500", Payload::Bytes)],
    );
    let planned = OperationPlan { answers, ..OperationPlan::default() };
    let plan = Plan { operations: BTreeMap::from([("send".to_owned(), planned)]), ..Plan::default() };
    let looking = looking();
    let code = quote! {
        pub mod types {
            #[derive(Deserialize)] pub struct Answer {}
            impl From<&Answer> for Answer { fn from(value: &Answer) -> Self { value.clone() } }
            impl From<Answer> for Other { fn from(value: Answer) -> Self { Other } }
            impl Other { fn stays(&self) {} }
        }
        impl Client { #looking }
    };
    let code = carried_out(code, &plan).unwrap();
    assert_holds(
        &code,
        &[
            "///What `sendIt` answers, by status. #[derive(Clone, Debug)] pub enum Answer {",
            "Status200(A), ///The answer with status 204. Status204, ///The answer with status 500. Status500(::std::vec::Vec<u8>)",
            "fn stays",
        ],
    );
    assert!(!code.contains("struct Answer") && !code.contains("fn from"), "{code}");
}

#[test]
fn fields_and_values_have_the_names_of_the_wire() {
    let of = |name: &str, pairs| BTreeMap::from([(name.to_owned(), names(pairs))]);
    let plan = Plan {
        fields: of("A", &[("user_name_2", "user_name"), ("type", "Type"), ("fooBar2", "fooBar")]),
        values: of("Order", &[("Variant1", "+"), ("variant1", "+")]),
        ..Plan::default()
    };
    let code = quote! {
        pub mod types {
            pub struct A {
                pub user_name_2: String,
                #[serde(rename = "type")] pub type_: String,
                #[serde(default, rename = "fooBar2", skip_serializing_if = "Option::is_none")] pub foo_bar2: Option<String>,
                pub other: String,
            }
            pub struct B { pub user_name_2: String }
            pub enum Order { #[serde(rename = "variant1")] Variant1, Second }
            impl Display for Order { fn fmt(&self) { match *self { Self::Variant1 => f.write_str("variant1"), _ => f.write_str("second") } } }
            impl Display for Other { fn fmt(&self) { f.write_str("variant1") } }
        }
    };
    let code = carried_out(code, &plan).unwrap();
    assert_holds(
        &code,
        &[
            "#[serde(rename = \"user_name\")] pub user_name_2: String, #[serde(rename = \"Type\")] pub type_: String,",
            "#[serde(default, rename = \"fooBar\", skip_serializing_if = \"Option::is_none\")] pub foo_bar2",
            "pub other: String, } pub struct B { pub user_name_2: String, }",
            "#[serde(rename = \"+\")] Variant1, Second,",
            "Self::Variant1 => f.write_str(\"+\"), _ => f.write_str(\"second\")",
            "impl Display for Other { fn fmt(&self) { f.write_str(\"variant1\") }",
        ],
    );
}
