use quote::quote;

use super::{
    written::{path_segment, query_values},
    *,
};

#[test]
fn a_segment_is_one_segment_whatever_is_in_it() {
    for (value, segment) in [
        ("7", "7"),
        ("a-b._~c,d", "a-b._~c,d"),
        ("a/b", "a%2Fb"),
        (r"a\..\b", "a%5C..%5Cb"),
        ("a?b#c", "a%3Fb%23c"),
        ("50%", "50%25"),
        ("%2e%2e", "%252e%252e"),
        ("é \n;=", "%C3%A9%20%0A%3B%3D"),
        ("...", "..."),
    ] {
        assert_eq!(path_segment(value).as_deref(), Some(segment), "{value:?}");
    }
    for value in ["", ".", ".."] {
        assert_eq!(path_segment(value), None, "{value:?} is another path");
    }
}

#[test]
fn a_query_has_a_value_for_each_item_and_none_for_what_is_left_out() {
    #[derive(serde::Serialize)]
    enum Order {
        #[serde(rename = "newest-first")]
        Newest,
    }
    let values = |list: &[&str]| Some(list.iter().map(|text| (*text).to_owned()).collect::<Vec<_>>());
    assert_eq!(query_values(&7i64), values(&["7"]));
    assert_eq!(query_values(&"a b"), values(&["a b"]));
    assert_eq!(query_values(&""), values(&[""]));
    assert_eq!(query_values(&Some(Order::Newest)), values(&["newest-first"]));
    assert_eq!(query_values(&Some(true)), values(&["true"]));
    assert_eq!(query_values(&None::<i64>), values(&[]));
    assert_eq!(query_values(&["a", "b"]), values(&["a", "b"]));
    assert_eq!(query_values(&[[1]]), None);
    assert_eq!(query_values(&serde_json::json!({"a": 1})), None);
}

fn file(body: TokenStream) -> syn::File {
    syn::parse_quote!(impl Client { pub async fn operation<'a>(&'a self, id: &'a str) { #body } })
}

fn text(file: &syn::File) -> String {
    prettyplease::unparse(file).split_whitespace().collect::<Vec<_>>().join(" ")
}

#[test]
fn a_parameter_of_a_path_is_a_segment_or_an_error_that_names_it() {
    let mut code = file(quote!(let url = format!("{}/a/{}", self.baseurl, encode_path(&id.to_string()),);));
    one_segment_each(&mut code, or_invalid_parameter).unwrap();
    let code = text(&code);
    let segment = "let id = path_segment(&id.to_string()).ok_or(Error::InvalidParameter(\"id\"))?; let url";
    assert!(code.contains(segment) && code.contains("self.baseurl, id,") && !code.contains("encode_path"), "{code}");
    assert!(code.contains(" fn path_segment(value: &str)") && !code.contains("pub(super)"), "{code}");
}

#[test]
fn a_query_goes_into_the_built_request_in_the_order_of_the_calls() {
    let mut code = file(quote! {
        let mut request_ = self.client.get(url)
            .query(&progenitor_client::QueryParam::new("page", &page))
            .query(&progenitor_client::QueryParam::new("per-page", &per_page))
            .headers(header_map).build()?;
    });
    query_by_pairs(&mut code).unwrap();
    let code = text(&code);
    assert!(!code.contains(".query(") && code.contains(".headers(header_map)"), "{code}");
    let page = "for value in query_values(&page).ok_or(Error::InvalidParameter(\"page\"))? { \
                request_.url_mut().query_pairs_mut().append_pair(\"page\", &value); }";
    let (before, after) = code.split_once(page).unwrap_or_else(|| panic!("{code}"));
    assert!(before.contains("build()?;") && after.contains("append_pair(\"per-page\", &value)"), "{code}");
    assert!(after.contains("InvalidParameter(\"per-page\")") && after.contains("fn query_values"), "{code}");
}

#[test]
fn what_no_parameter_needs_is_not_written() {
    let mut code = file(quote!(let request = self.client.get(url).build()?;));
    let before = text(&code);
    one_segment_each(&mut code, or_invalid_parameter).unwrap();
    query_by_pairs(&mut code).unwrap();
    headers_or_their_names(&mut code);
    assert_eq!(text(&code), before);
}

#[test]
fn a_value_that_no_header_can_have_is_an_error_that_names_it() {
    let mut code = file(quote! {
        header_map.append("X-Trace", trace.to_string().try_into()?);
        if let Some(value) = since { header_map.append("X-Since", value.to_string().try_into()?); }
    });
    headers_or_their_names(&mut code);
    let code = text(&code);
    assert!(!code.contains("try_into"), "{code}");
    for name in ["X-Trace", "X-Since"] {
        assert!(code.contains(&format!(".map_err(|_| Error::InvalidParameter(\"{name}\"))?")), "{code}");
    }
}
