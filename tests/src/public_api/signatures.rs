//! Item declarations as text, one fact per line, without bodies, docs or private parts.

use syn::{
    Attribute, Fields, Ident, ImplItem, Item, ItemImpl, TraitItem, Variant, Visibility, parse_quote,
    visit_mut::VisitMut,
};

/// The attributes that matter to a user of the item.
const VISIBLE_ATTRIBUTES: &[&str] = &["must_use", "non_exhaustive", "deprecated", "derive", "repr"];

/// Returns the name, visibility and attributes of an item that can be public.
pub(super) fn parts(item: &Item) -> Option<(&Ident, &Visibility, &[Attribute])> {
    Some(match item {
        Item::Const(item) => (&item.ident, &item.vis, &item.attrs),
        Item::Enum(item) => (&item.ident, &item.vis, &item.attrs),
        Item::Fn(item) => (&item.sig.ident, &item.vis, &item.attrs),
        Item::Mod(item) => (&item.ident, &item.vis, &item.attrs),
        Item::Static(item) => (&item.ident, &item.vis, &item.attrs),
        Item::Struct(item) => (&item.ident, &item.vis, &item.attrs),
        Item::Trait(item) => (&item.ident, &item.vis, &item.attrs),
        Item::Type(item) => (&item.ident, &item.vis, &item.attrs),
        Item::Union(item) => (&item.ident, &item.vis, &item.attrs),
        _ => return None,
    })
}

/// Returns the declaration of an item, followed by its public fields, its variants, or its methods.
pub(super) fn item(item: &Item) -> Vec<String> {
    let mut bare = item.clone();
    let members = match &mut bare {
        Item::Struct(of) => {
            of.semi_token = Some(parse_quote!(;));
            fields(std::mem::replace(&mut of.fields, Fields::Unit))
        }
        Item::Enum(of) => std::mem::take(&mut of.variants).into_iter().map(variant).collect(),
        Item::Trait(of) => std::mem::take(&mut of.items).into_iter().map(trait_item).collect(),
        Item::Fn(of) => return vec![format!("{}pub {}", visible_attributes(&of.attrs), signature(&of.sig))],
        _ => Vec::new(),
    };
    let attrs = parts(item).map_or(&[][..], |(.., attrs)| attrs);
    [vec![visible_attributes(attrs) + &line(bare)], members].concat()
}

fn fields(fields: Fields) -> Vec<String> {
    let (mut lines, mut are_all_public) = (Vec::new(), true);
    for (index, field) in fields.into_iter().enumerate() {
        are_all_public &= matches!(field.vis, Visibility::Public(_));
        if matches!(field.vis, Visibility::Public(_)) {
            let name = field.ident.map_or_else(|| index.to_string(), |name| name.to_string());
            let ty = field.ty;
            let ty = line(parse_quote!(type T = #ty;));
            lines.push(format!(
                "{}pub {name}: {}",
                visible_attributes(&field.attrs),
                ty.trim_start_matches("type T = ")
            ));
        }
    }
    lines.extend((!are_all_public).then(|| "(private fields)".to_owned()));
    lines
}

fn variant(variant: Variant) -> String {
    let text = line(parse_quote!(enum E { #variant }));
    let text = text.trim_start_matches("enum E {").trim_end_matches('}').trim().trim_end_matches(',');
    visible_attributes(&variant.attrs) + text
}

fn trait_item(mut item: TraitItem) -> String {
    let (mut must_use, mut provided) = (String::new(), "");
    if let TraitItem::Fn(function) = &mut item {
        provided = if function.default.take().is_some() { " (provided)" } else { "" };
        function.semi_token = Some(parse_quote!(;));
        must_use = visible_attributes(&function.attrs);
    }
    let text = line(parse_quote!(trait T { #item }));
    let text = text.trim_start_matches("trait T {").trim_end_matches('}').trim().trim_end_matches(';');
    format!("{must_use}{text}{provided}")
}

/// Returns the header of an implementation.
pub(super) fn implementation(item: &ItemImpl) -> String {
    line(Item::Impl(ItemImpl { items: Vec::new(), ..item.clone() }))
}

/// Returns a public member of an inherent implementation, and its attributes.
pub(super) fn member(item: &ImplItem) -> Option<(String, &[Attribute])> {
    match item {
        ImplItem::Fn(function) if matches!(function.vis, Visibility::Public(_)) => {
            Some((format!("{}pub {}", visible_attributes(&function.attrs), signature(&function.sig)), &function.attrs))
        }
        ImplItem::Const(constant) if matches!(constant.vis, Visibility::Public(_)) => {
            let syn::ImplItemConst { ident, ty, expr, attrs, .. } = constant;
            Some((line(parse_quote!(pub const #ident: #ty = #expr;)), attrs))
        }
        _ => None,
    }
}

fn signature(signature: &syn::Signature) -> String {
    let mut signature = signature.clone();
    // Whether a function mutates its own copy is not part of the API.
    if let Some(syn::FnArg::Receiver(receiver)) = signature.inputs.first_mut() {
        let text = line(parse_quote!(trait T { fn f(#receiver); }));
        if text.contains("fn f(mut self)") {
            *receiver = parse_quote!(self);
        }
    }
    trait_item(parse_quote!(#signature;))
}

fn visible_attributes(attrs: &[Attribute]) -> String {
    let visible = attrs.iter().filter(|attr| VISIBLE_ATTRIBUTES.iter().any(|name| attr.path().is_ident(name)));
    visible.map(|attr| text(parse_quote!(#attr struct S;)).trim_end_matches("struct S").to_owned()).collect()
}

/// Returns the arguments of an attribute.
pub(super) fn arguments(attr: &Attribute) -> String {
    let text = text(parse_quote!(#attr struct S;));
    let start = text.find('(').map_or(0, |at| at + 1);
    let end = text.rfind(")]").unwrap_or(text.len());
    text[start..end].to_owned()
}

/// Removes attributes, docs included.
struct Bare;

impl VisitMut for Bare {
    fn visit_attributes_mut(&mut self, attrs: &mut Vec<Attribute>) {
        attrs.clear();
    }
}

/// Formats an item on one line, without attributes.
fn line(mut item: Item) -> String {
    Bare.visit_item_mut(&mut item);
    text(item)
}

/// Formats an item on one line, as prettyplease writes it.
fn text(item: Item) -> String {
    let file = syn::File { shebang: None, frontmatter: None, attrs: Vec::new(), items: vec![item] };
    let text = prettyplease::unparse(&file).split_whitespace().collect::<Vec<_>>().join(" ");
    let text = [("( ", "("), (", )", ")"), ("< ", "<"), (", >", ">"), (" {}", ""), ("[ ", "[")]
        .iter()
        .fold(text, |text, (from, to)| text.replace(from, to));
    without_global_paths(text.trim_end_matches(';'))
}

/// Shortens `::std::option::Option<i64>`, as generated code writes it, to `Option<i64>`.
fn without_global_paths(text: &str) -> String {
    let mut short = String::new();
    let mut rest = text;
    while let Some(at) = rest.find("::") {
        let (before, path) = rest.split_at(at);
        let is_in_path = |char: char| char.is_alphanumeric() || char == '_' || char == ':';
        let is_global = !before.ends_with(|char: char| is_in_path(char) || char == '>');
        let end = path.find(|char| !is_in_path(char)).unwrap_or(path.len());
        let (path, after) = path.split_at(end);
        short.push_str(before);
        short.push_str(if is_global { path.rsplit("::").next().unwrap_or(path) } else { path });
        rest = after;
    }
    short.push_str(rest);
    short
}
