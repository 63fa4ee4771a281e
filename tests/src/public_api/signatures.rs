//! Items as they are declared, one fact per line, without bodies, docs and private parts.

use syn::{Attribute, Fields, ImplItem, Item, ItemImpl, TraitItem, Visibility, parse_quote};

/// The attributes that affect a user of the item.
const FELT: &[&str] = &["must_use", "non_exhaustive", "deprecated", "derive", "repr"];

/// Returns the declaration of an item, followed by its public fields, its variants, or its methods.
pub(super) fn item(item: &Item) -> Vec<String> {
    let head = |attrs: &[Attribute], text: String| format!("{}{text}", felt(attrs));
    match item {
        Item::Struct(item) => {
            let mut bare = item.clone();
            bare.attrs.clear();
            let fields = std::mem::replace(&mut bare.fields, Fields::Unit);
            bare.semi_token = Some(parse_quote!(;));
            let mut lines = vec![head(&item.attrs, line(Item::Struct(bare)))];
            let is_public = |field: &&syn::Field| matches!(field.vis, Visibility::Public(_));
            for (index, field) in fields.iter().enumerate().filter(|(_, field)| is_public(field)) {
                let mut field = field.clone();
                let attrs = std::mem::take(&mut field.attrs);
                let name = field.ident.take().map_or_else(|| index.to_string(), |name| name.to_string());
                lines.push(head(&attrs, format!("pub {name}: {}", ty(&field.ty))));
            }
            if fields.iter().any(|field| !is_public(&field)) {
                lines.push("(private fields)".to_owned());
            }
            lines
        }
        Item::Enum(item) => {
            let mut bare = item.clone();
            bare.attrs.clear();
            let variants = std::mem::take(&mut bare.variants);
            let mut lines = vec![head(&item.attrs, line(Item::Enum(bare)))];
            for mut variant in variants {
                let attrs = std::mem::take(&mut variant.attrs);
                variant.fields.iter_mut().for_each(|field| field.attrs.clear());
                let one: syn::ItemEnum = parse_quote!(enum E { #variant });
                let text = line(Item::Enum(one));
                let text = text.trim_start_matches("enum E {").trim_end_matches('}').trim().trim_end_matches(',');
                lines.push(head(&attrs, text.to_owned()));
            }
            lines
        }
        Item::Trait(item) => {
            let mut bare = item.clone();
            bare.attrs.clear();
            let items = std::mem::take(&mut bare.items);
            let mut lines = vec![head(&item.attrs, line(Item::Trait(bare)))];
            lines.extend(items.into_iter().map(trait_item));
            lines
        }
        Item::Fn(item) => vec![head(&item.attrs, format!("pub {}", signature(&item.sig)))],
        other => {
            let mut bare = other.clone();
            if let Some(attrs) = attributes_mut(&mut bare) {
                attrs.clear();
            }
            vec![head(attributes(other), line(bare))]
        }
    }
}

fn trait_item(mut item: TraitItem) -> String {
    let mut provided = "";
    match &mut item {
        TraitItem::Fn(function) => {
            provided = if function.default.take().is_some() { " (provided)" } else { "" };
            function.semi_token = Some(parse_quote!(;));
            function.attrs.retain(|attr| attr.path().is_ident("must_use"));
        }
        TraitItem::Type(of) => of.attrs.clear(),
        TraitItem::Const(of) => of.attrs.clear(),
        _ => {}
    }
    let one: syn::ItemTrait = parse_quote!(trait T { #item });
    let text = line(Item::Trait(one));
    let text = text.trim_start_matches("trait T {").trim_end_matches('}').trim().trim_end_matches(';');
    format!("{text}{provided}")
}

/// Returns the header of an implementation.
pub(super) fn implementation(item: &ItemImpl) -> String {
    let mut bare = item.clone();
    bare.attrs.clear();
    bare.items.clear();
    line(Item::Impl(bare))
}

/// Returns a public member of an inherent implementation.
pub(super) fn member(item: &ImplItem) -> Option<String> {
    match item {
        ImplItem::Fn(function) if matches!(function.vis, Visibility::Public(_)) => {
            Some(format!("{}pub {}", felt(&function.attrs), signature(&function.sig)))
        }
        ImplItem::Const(constant) if matches!(constant.vis, Visibility::Public(_)) => {
            let syn::ImplItemConst { ident, ty, expr, .. } = constant;
            Some(line(parse_quote!(pub const #ident: #ty = #expr;)))
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

fn ty(of: &syn::Type) -> String {
    let text = line(parse_quote!(type T = #of;));
    text.trim_start_matches("type T = ").to_owned()
}

fn felt(attrs: &[Attribute]) -> String {
    let felt = attrs.iter().filter(|attr| FELT.iter().any(|name| attr.path().is_ident(name)));
    felt.map(|attr| {
        let item: syn::ItemStruct = parse_quote!(#attr struct S;);
        line(Item::Struct(item)).trim_end_matches("struct S").to_owned()
    })
    .collect()
}

/// Returns the arguments of an attribute.
pub(super) fn arguments(attr: &Attribute) -> String {
    let item: syn::ItemStruct = parse_quote!(#attr struct S;);
    let text = line(Item::Struct(item));
    let start = text.find('(').map_or(0, |at| at + 1);
    let end = text.rfind(")]").unwrap_or(text.len());
    text[start..end].to_owned()
}

/// Formats an item on one line, as prettyplease writes it.
fn line(item: Item) -> String {
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

pub(super) fn is_public(item: &Item) -> bool {
    let vis = match item {
        Item::Const(item) => &item.vis,
        Item::Enum(item) => &item.vis,
        Item::Fn(item) => &item.vis,
        Item::Static(item) => &item.vis,
        Item::Struct(item) => &item.vis,
        Item::Trait(item) => &item.vis,
        Item::Type(item) => &item.vis,
        Item::Union(item) => &item.vis,
        _ => return false,
    };
    matches!(vis, Visibility::Public(_))
}

pub(super) fn attributes(item: &Item) -> &[Attribute] {
    match item {
        Item::Const(item) => &item.attrs,
        Item::Enum(item) => &item.attrs,
        Item::Fn(item) => &item.attrs,
        Item::Impl(item) => &item.attrs,
        Item::Mod(item) => &item.attrs,
        Item::Static(item) => &item.attrs,
        Item::Struct(item) => &item.attrs,
        Item::Trait(item) => &item.attrs,
        Item::Type(item) => &item.attrs,
        Item::Use(item) => &item.attrs,
        _ => &[],
    }
}

fn attributes_mut(item: &mut Item) -> Option<&mut Vec<Attribute>> {
    match item {
        Item::Const(item) => Some(&mut item.attrs),
        Item::Static(item) => Some(&mut item.attrs),
        Item::Type(item) => Some(&mut item.attrs),
        _ => None,
    }
}
