//! The pages of the list of endpoints, one after the other.

use std::{collections::HashSet, sync::Arc};

use hb_portal_client::operations::ListWebhookEndpoints;
use http::HeaderMap;

use super::decode::fields;
use crate::{
    call::{Call, call},
    endpoint::WebhookEndpoint,
    error::CallError,
    limits::Limits,
    page::Page,
    portal::Portal,
    response::lenient::{self, Listed},
    token::TokenSource,
};

/// The maximum number of pages to read of a list. A portal that always reports another page would keep the caller busy forever.
const MOST: u32 = 1_000;

/// The position in the list.
pub(crate) struct Pages {
    portal: Arc<Portal>,
    limits: Limits,
    per_page: Option<u32>,
    first: u32,
    number: u32,
    /// The identities of the endpoints of earlier pages.
    seen: HashSet<String>,
}

impl Pages {
    pub(crate) fn new(portal: Arc<Portal>, limits: Limits, first: Option<u32>, per_page: Option<u32>) -> Self {
        let first = first.unwrap_or(1);
        Self { portal, limits, per_page, first, number: first, seen: HashSet::new() }
    }

    /// Sets the limits for the next page.
    pub(crate) fn limit(&mut self, limits: &Limits) {
        self.limits.clone_from(limits);
    }

    /// Reads the next page, without the endpoints of earlier ones. `look` is called with the headers of the response.
    pub(crate) async fn next(&mut self, look: impl FnOnce(&HeaderMap)) -> Result<Page<WebhookEndpoint>, CallError> {
        let Self { portal, limits, per_page, first, number, seen } = self;
        let asked = *number;
        let operation = operation(Some(asked), *per_page);
        let page = call(&Call::now(portal, limits), &operation, |reply| {
            look(reply.response.headers());
            lenient::list(reply.response, reply.cut, |listed| {
                if listed.current_page.is_some_and(|current| current != asked) {
                    return Err("with another page than the one that was asked for");
                }
                let mut page = page(listed, asked);
                let has_some = !page.items.is_empty();
                page.items.retain(|endpoint| seen.insert(name(endpoint)));
                if has_some && page.items.is_empty() {
                    return Err("with a page that repeats earlier ones");
                }
                match page.has_more {
                    Some(true) if !has_some => Err("with an empty page that is not the last"),
                    Some(true) if asked - *first >= MOST - 1 => Err("with a list that has no end"),
                    _ => Ok(page),
                }
            })
        })
        .await
        .result?;
        *number = asked.saturating_add(1);
        Ok(page)
    }

    /// Reads one page, independent of the others.
    pub(crate) async fn one(
        with: &Call<'_, TokenSource>,
        number: Option<u32>,
        per_page: Option<u32>,
    ) -> Result<Page<WebhookEndpoint>, CallError> {
        let read = |listed: &Listed<'_, '_>| Ok(page(listed, number.unwrap_or(1)));
        call(with, &operation(number, per_page), |reply| lenient::list(reply.response, reply.cut, read)).await.result
    }
}

fn operation(page: Option<u32>, per_page: Option<u32>) -> ListWebhookEndpoints {
    let mut operation = ListWebhookEndpoints::new();
    operation.page = page.map(i64::from);
    operation.per_page = per_page.map(i64::from);
    operation
}

fn page(listed: &Listed<'_, '_>, number: u32) -> Page<WebhookEndpoint> {
    listed.page(number, fields::read)
}

/// The identity of an endpoint: its id, or all known fields if it has none.
fn name(endpoint: &WebhookEndpoint) -> String {
    endpoint.id.as_ref().map_or_else(|| format!("{endpoint:?} {:?}", endpoint.url), ToString::to_string)
}
