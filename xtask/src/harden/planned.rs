//! What the generator could not be told: types by status, bodies that may be left out, and what the wire calls things.

mod answers;
mod arm;
mod bodies;
mod optional;
#[cfg(test)]
mod tests;
mod types;
mod wire;

use std::collections::BTreeSet;

use anyhow::{Result, bail};
use syn::{ImplItem, ImplItemFn, Item, visit_mut::VisitMut};

use crate::lower::plan::{ByStatus, OperationPlan, Plan};
use arm::Written;
use wire::{HeaderValue, Literals};

/// Writes the plan into the code.
pub(super) fn carry_out(file: &mut syn::File, plan: &Plan) -> Result<()> {
    let mut open: BTreeSet<&String> = plan.operations.keys().collect();
    let written = Written::default();
    for item in &mut file.items {
        let Item::Impl(item) = item else { continue };
        for function in item.items.iter_mut().filter_map(|item| match item {
            ImplItem::Fn(function) => Some(function),
            _ => None,
        }) {
            // A keyword has an underscore behind it.
            let name = function.sig.ident.to_string();
            let Some((id, planned)) = plan
                .operations
                .get_key_value(&name)
                .or_else(|| plan.operations.get_key_value(name.trim_end_matches('_')))
            else {
                continue;
            };
            operation(function, planned, &written)?;
            open.remove(id);
        }
    }
    if !open.is_empty() {
        bail!("planned, and not in the generated client: {open:?}");
    }
    let by_status: Vec<&ByStatus> =
        plan.operations.values().flat_map(|planned| [&planned.answers, &planned.failures]).flatten().collect();
    types::types(file, &by_status, plan);
    Ok(())
}

fn operation(function: &mut ImplItemFn, planned: &OperationPlan, written: &Written) -> Result<()> {
    if let Some(accept) = &planned.accept {
        HeaderValue { header: "ACCEPT", value: accept }.visit_block_mut(&mut function.block);
    }
    if let Some(content_type) = &planned.content_type {
        let mut pass = HeaderValue { header: "CONTENT_TYPE", value: content_type };
        pass.visit_block_mut(&mut function.block);
    }
    if !planned.parameters.is_empty() {
        Literals(&planned.parameters).visit_block_mut(&mut function.block);
    }
    if planned.optional_body || planned.multipart || planned.content_type.is_some() {
        bodies::body(function, planned);
    }
    if planned.answers.is_some() || planned.failures.is_some() {
        answers::by_status(function, planned, written)?;
    }
    if !planned.bare.is_empty() {
        optional::optional(function, &planned.bare)?;
    }
    Ok(())
}
