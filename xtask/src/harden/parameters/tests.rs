use quote::quote;

use super::{written::path_segment, *};

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

fn file(body: TokenStream) -> syn::File {
    syn::parse_quote!(impl Client { pub async fn operation<'a>(&'a self, id: &'a str) { #body } })
}

fn text(file: &syn::File) -> String {
    prettyplease::unparse(file).split_whitespace().collect::<Vec<_>>().join(" ")
}

#[test]
fn a_parameter_of_a_path_is_a_segment_or_an_error_that_names_it() {
    let mut code = file(quote!(let url = format!("{}/a/{}", self.baseurl, encode_path(&id.to_string()),);));
    one_segment_each(&mut code, or_invalid_request).unwrap();
    let code = text(&code);
    assert!(
        code.contains("let id = path_segment(&id.to_string()).ok_or_else(")
            && code.contains("self.baseurl, id,")
            && !code.contains("encode_path"),
        "{code}"
    );
    assert!(code.contains(" fn path_segment(value: &str)") && !code.contains("pub(super)"), "{code}");
}

#[test]
fn what_no_parameter_needs_is_not_written() {
    let mut code = file(quote!(let request = self.client.get(url).build()?;));
    let before = text(&code);
    one_segment_each(&mut code, or_invalid_request).unwrap();
    assert_eq!(text(&code), before);
}
