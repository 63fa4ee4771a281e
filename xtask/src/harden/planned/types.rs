//! Types whose stand-in the generator made, or whose names it was not told.

use std::collections::BTreeMap;

use syn::{Item, parse_quote, visit::Visit as _, visit_mut::VisitMut as _};

use super::{
    answers::declaration,
    wire::{Literals, rename},
};
use crate::{
    harden::secrets::Named,
    lower::plan::{ByStatus, Plan},
};

/// Puts types by status where their stand-ins are, and the names of the wire where ours were.
pub(super) fn types(file: &mut syn::File, by_status: &[&ByStatus], plan: &Plan) {
    let stand_ins: BTreeMap<&str, &ByStatus> =
        by_status.iter().map(|by_status| (by_status.name.as_str(), *by_status)).collect();
    for item in &mut file.items {
        let Item::Mod(module) = item else { continue };
        let Some((_, items)) = &mut module.content else { continue };
        if module.ident != "types" {
            continue;
        }
        let old = std::mem::take(items);
        for mut item in old {
            match &mut item {
                Item::Struct(declared) => {
                    let name = declared.ident.to_string();
                    if let Some(by_status) = stand_ins.get(name.as_str()) {
                        items.push(declaration(by_status));
                        continue;
                    }
                    if let Some(fields) = plan.fields.get(&name) {
                        for field in &mut declared.fields {
                            rename(field, fields);
                        }
                    }
                }
                Item::Enum(declared) => {
                    if let Some(values) = plan.values.get(&declared.ident.to_string()) {
                        for variant in &mut declared.variants {
                            if let Some(wire) = values.get(&variant.ident.to_string()) {
                                variant.attrs.retain(|attr| !attr.path().is_ident("serde"));
                                variant.attrs.push(parse_quote!(#[serde(rename = #wire)]));
                            }
                        }
                    }
                }
                Item::Impl(implementation) => {
                    let mut about = Named::default();
                    about.visit_type(&implementation.self_ty);
                    let values = about.types.first().and_then(|of| plan.values.get(of));
                    if let Some((path, _)) = &implementation.trait_ {
                        about.visit_path(path);
                    }
                    if about.types.iter().any(|name| stand_ins.contains_key(name.as_str())) {
                        continue;
                    }
                    if let Some(values) = values {
                        Literals(values).visit_item_impl_mut(implementation);
                    }
                }
                _ => {}
            }
            items.push(item);
        }
    }
}
