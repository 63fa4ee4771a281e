//! The client of a document other than ours: it stands on the generator's runtime, and must neither panic nor print.

use syn::{
    Expr, ImplItem, Item, ItemImpl, parse_quote,
    visit_mut::{self, VisitMut},
};

/// Puts constructors that cannot panic, and that make no `//` of a base URL that ends in a slash, in the place of the
/// generator's, and a `Debug` that does not print what the HTTP client sends with each request.
pub(super) fn safe_client(file: &mut syn::File) {
    let mut debug = None;
    for item in &mut file.items {
        match item {
            Item::Struct(client) if client.ident == "Client" => {
                super::drop_derives(&mut client.attrs, &["Debug"]);
                debug = Some(parse_quote! {
                    impl ::std::fmt::Debug for Client {
                        fn fmt(&self, f: &mut ::std::fmt::Formatter<'_>) -> ::std::fmt::Result {
                            f.debug_struct("Client").field("baseurl", &self.baseurl).finish_non_exhaustive()
                        }
                    }
                });
            }
            Item::Impl(ItemImpl { trait_: None, items, .. }) if items.iter().any(is_constructor) => {
                items.retain(|item| !is_constructor(item));
                items.insert(
                    0,
                    parse_quote! {
                        /// A client of the service at `baseurl`: scheme, host, and port and path if there are any.
                        ///
                        /// # Errors
                        ///
                        /// The HTTP client cannot be built.
                        pub fn new(baseurl: &str) -> ::std::result::Result<Self, reqwest::Error> {
                            let timeout = ::std::time::Duration::from_secs(15);
                            let client = reqwest::Client::builder().connect_timeout(timeout).timeout(timeout).build()?;
                            Ok(Self::new_with_client(baseurl, client))
                        }
                    },
                );
                items.insert(
                    1,
                    parse_quote! {
                        /// The same with an HTTP client of one's own, which may authenticate each request.
                        pub fn new_with_client(baseurl: &str, client: reqwest::Client) -> Self {
                            Self { baseurl: baseurl.trim_end_matches('/').to_string(), client }
                        }
                    },
                );
            }
            _ => {}
        }
    }
    file.items.extend(debug);
}

/// Sends with the methods that reqwest has no function for.
pub(super) fn other_methods(file: &mut syn::File) {
    struct Pass;
    impl VisitMut for Pass {
        // Operations are in no module.
        fn visit_item_mod_mut(&mut self, _: &mut syn::ItemMod) {}

        fn visit_expr_mut(&mut self, expr: &mut Expr) {
            visit_mut::visit_expr_mut(self, expr);
            let Expr::MethodCall(call) = expr else { return };
            let Expr::Field(field) = &*call.receiver else { return };
            let method: syn::Path = match call.method.to_string().as_str() {
                "options" => parse_quote!(::reqwest::Method::OPTIONS),
                "trace" => parse_quote!(::reqwest::Method::TRACE),
                _ => return,
            };
            let (client, url) = (field, call.args.first());
            *expr = parse_quote!(#client.request(#method, #url));
        }
    }
    Pass.visit_file_mut(file);
}

fn is_constructor(item: &ImplItem) -> bool {
    matches!(item, ImplItem::Fn(item) if item.sig.ident == "new" || item.sig.ident == "new_with_client")
}
