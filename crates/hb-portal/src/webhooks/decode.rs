//! Reads the endpoint and its secret from a 2xx, even if the response deviates from the contract.

mod deviations;
pub(super) mod fields;

use hb_portal_client::{Response, Secret};
use reqwest::Url;

use self::deviations::deviations;
use crate::{
    created::CreatedWebhook,
    endpoint::EndpointId,
    response::{
        Cut, Text,
        json::Tree,
        node::Node,
        pointer::{Step, pointer, unwrap},
        request_id,
        salvage::{DATA, Found, Wanted, is_endpoint, url_of},
    },
    secret::SigningSecret,
};

/// The names of the secret: the documented one, and names that the vendor's other APIs use (`inferred`).
const NAME: &str = "secret";
const OTHER_NAMES: &[&str] = &["signing_secret", "webhook_secret"];

/// The information in a 2xx without a secret.
pub(super) struct NoSecret {
    /// The id of the endpoint that the response names.
    pub(super) id: Option<EndpointId>,
    /// The JSON pointers of several strings that could be the secret; empty if there is none.
    pub(super) candidates: Vec<String>,
}

/// Reads the endpoint for `url` and its secret.
pub(super) fn read(response: &Response, cut: Option<Cut>, url: &str) -> Result<CreatedWebhook, NoSecret> {
    let text = Text::of(response);
    let tree = Tree::parse(&text);
    let secret = match tree.find(&Wanted { documented: NAME, others: OTHER_NAMES, url: Some(url) }) {
        Ok(secret) => secret,
        Err(candidates) => {
            let id = tree.root().and_then(|root| {
                let mut path = Vec::new();
                endpoint(unwrap(root, &mut path), None, &path, url)
            });
            let secrets: Vec<&Secret> = candidates.iter().map(|found| &found.secret).collect();
            return Err(NoSecret {
                id: id.and_then(|(node, _)| fields::id(node.get("id")?)),
                candidates: candidates.iter().map(|found| pointer(&found.path, &secrets) + "/" + found.name).collect(),
            });
        }
    };
    let place = endpoint(secret.holder, secret.parent, &secret.path, url);
    let place = place.as_ref().map(|(node, path)| (*node, path.as_slice()));
    let mut endpoint = place.map(|(node, _)| fields::read(node)).unwrap_or_default();
    endpoint.id = endpoint.id.or_else(|| id_around(&secret));
    let root = tree.root().map(Node::unwrapped);
    let message = [Some(secret.holder), root].into_iter().flatten().find_map(|of| of.get("message")?.text());
    Ok(CreatedWebhook {
        endpoint,
        message: message.map(Into::into),
        deviations: deviations(response, cut, (&text, &tree), &secret, place),
        request_id: request_id(response.headers()).map(str::to_owned),
        secret: SigningSecret::just_shown(secret.secret),
    })
}

/// Finds the object that describes the endpoint for `url`, and the path to it. The secret is a member of `holder`, which is at
/// `path`.
fn endpoint<'t, 'a>(
    holder: &'t Node<'a>,
    parent: Option<&'t Node<'a>>,
    path: &[Step<'t>],
    url: &str,
) -> Option<(&'t Node<'a>, Vec<Step<'t>>)> {
    let (mut node, mut at) = (holder, path.to_vec());
    // In the contract, it is in `data`; a proxy may wrap the response in another `data`.
    while node.get("id").is_none() || std::ptr::eq(node, holder) {
        let Some(data) = node.get(DATA) else { break };
        at.push(Step::Known(DATA));
        node = unwrap(data, &mut at);
    }
    if matches!(node, Node::Object(_)) && !std::ptr::eq(node, holder) {
        return Some((node, at));
    }
    if is_endpoint(holder) || holder.get("id").is_some() {
        return Some((holder, path.to_vec()));
    }
    // Elsewhere, it must have the URL: with the id of another endpoint, a caller could delete that endpoint.
    let url = Url::parse(url).ok()?;
    let is_ours = |node: &Node<'_>| url_of(node).is_some_and(|found| found == url);
    let member = holder.entries().iter().find(|(_, member)| is_ours(member.unwrapped()));
    if let Some((key, member)) = member {
        let mut at = [path, &[Step::Key(key)]].concat();
        return Some((unwrap(member, &mut at), at));
    }
    let above = path.split_last().map_or(&[][..], |(_, above)| above);
    parent.filter(|parent| is_ours(parent)).map(|parent| (parent, above.to_vec()))
}

/// Returns the id next to `attributes`, where JSON:API puts it.
fn id_around(secret: &Found<'_, '_>) -> Option<EndpointId> {
    let is_attributes = matches!(secret.path.last(), Some(Step::Key("attributes")));
    secret.parent.filter(|_| is_attributes).and_then(|parent| fields::id(parent.get("id")?))
}
