//! The owner of a block: the crate that requested it, according to the backtrace of its allocation.

use std::backtrace::Backtrace;

use super::watch::Hit;

/// Crates that allocate on behalf of their caller.
const CONTAINERS: &[&str] = &["alloc", "bytes", "core", "std"];

/// Crates that carry bytes between the caller and the socket. All others are ours, or are our responsibility.
const TRANSPORT: &[&str] = &["hyper", "hyper_rustls", "hyper_util", "reqwest", "rustls", "tokio", "tokio_rustls"];

/// Returns the crate that requested the block.
pub fn owner(hit: &Hit) -> String {
    hit.allocated.as_ref().and_then(requester).unwrap_or_else(|| "unknown".to_owned())
}

/// Returns the crate that freed the block.
pub fn freer(hit: &Hit) -> String {
    requester(&hit.freed).unwrap_or_else(|| "unknown".to_owned())
}

/// Returns whether the owner is part of the transport, and not our code, serde or secrecy.
pub fn is_transport(owner: &str) -> bool {
    TRANSPORT.contains(&owner)
}

/// Returns the crate of the innermost frame that belongs neither to the watcher nor to a container.
fn requester(trace: &Backtrace) -> Option<String> {
    let text = trace.to_string();
    let functions = text.lines().filter_map(|line| {
        let (number, function) = line.trim_start().split_once(": ")?;
        number.parse::<u32>().is_ok().then_some(function)
    });
    functions
        .filter(|function| !["residue::allocator::", "residue::watch::"].iter().any(|own| function.contains(own)))
        .find_map(|function| roots(function).find(|root| !CONTAINERS.contains(root) && !root.starts_with("__")))
        .map(str::to_owned)
}

/// Returns the first segment of each path in a function's name, such as `hyper` in `<hyper::Body as Drop>::drop`.
fn roots(function: &str) -> impl Iterator<Item = &str> {
    let is_name = |c: char| c.is_ascii_alphanumeric() || c == '_';
    function.match_indices("::").filter_map(move |(at, _)| {
        let before = &function[..at];
        let name = before.rsplit(|c| !is_name(c)).next().filter(|name| !name.is_empty())?;
        let preceding = &before[..before.len() - name.len()];
        (!preceding.ends_with(':')).then_some(name)
    })
}
