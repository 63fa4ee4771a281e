//! Which operations of a document are wanted.

use std::collections::BTreeSet;

use anyhow::{Result, bail};
use serde_json::Value;

use super::wish::Wish;
use crate::walk::METHODS;

/// Keeps the operations that are wished for.
pub(super) fn select(document: &mut Value, wish: &Wish) -> Result<()> {
    let all = wish.operations.is_empty() && wish.tags.is_empty();
    let mut missed: BTreeSet<&String> = wish.operations.iter().chain(&wish.tags).collect();
    for (path, item) in document.get_mut("paths").and_then(Value::as_object_mut).into_iter().flatten() {
        let Some(item) = item.as_object_mut() else { continue };
        item.retain(|method, operation| {
            if all || !METHODS.contains(&method.as_str()) {
                return true;
            }
            let id = operation.get("operationId").and_then(Value::as_str).unwrap_or_default();
            let named = format!("{} {path}", method.to_ascii_uppercase());
            let tags: Vec<&str> = operation
                .get("tags")
                .and_then(Value::as_array)
                .into_iter()
                .flatten()
                .filter_map(Value::as_str)
                .collect();
            let hits: Vec<&String> = wish
                .operations
                .iter()
                .filter(|wanted| *wanted == id || **wanted == named)
                .chain(wish.tags.iter().filter(|wanted| tags.contains(&wanted.as_str())))
                .collect();
            missed.retain(|wanted| !hits.contains(wanted));
            !hits.is_empty()
        });
    }
    if !missed.is_empty() {
        bail!(
            "the document has nothing called {missed:?}: name an operation by its id or as 'POST /path', a tag by its name"
        );
    }
    Ok(())
}
