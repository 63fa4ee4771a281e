//! Reads the tokens in a response, even if it deviates from the contract.

use hb_portal_client::{Operation, Response, types::TokenResponse};

use crate::response::json::Tree;

/// Returns the tokens in a success: as in the contract, or wrapped, or with their lifetime as text.
pub(crate) fn issued<O: Operation<Success = TokenResponse>>(response: &Response) -> Option<TokenResponse> {
    if let Ok(documented) = O::read(response) {
        return Some(documented);
    }
    if !response.status().is_success() {
        return None;
    }
    let tree = Tree::parse(response.expose_body());
    Some(TokenResponse {
        access_token: tree.find_secret("access_token")?.secret,
        refresh_token: tree.find_secret("refresh_token").map(|found| found.secret),
        expires_in: tree.root().and_then(|root| root.unwrapped().get("expires_in")?.number()),
    })
}
