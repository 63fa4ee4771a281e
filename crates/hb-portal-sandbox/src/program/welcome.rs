//! What the program prints when it is ready: how to use it.

use hb_portal_sandbox::Sandbox;

/// Lines to paste into another shell; what is for reading is a comment.
pub(super) fn text(sandbox: &Sandbox) -> String {
    let base_url = sandbox.base_url();
    let token = sandbox.access_token();
    let client_id = sandbox.client_id();
    let api_key = sandbox.api_key();
    format!(
        r#"# The sandbox listens; Ctrl-C stops it. For the SDK, in another shell:
export HB_PORTAL_BASE_URL={base_url}
export HB_PORTAL_ACCESS_TOKEN={token}

# In place of the token, what mints one:
export HB_PORTAL_CLIENT_ID={client_id}
export HB_PORTAL_API_KEY={api_key}

# By hand:
curl --include {base_url}/webhooks \
  --header 'Authorization: Bearer {token}' \
  --header 'Content-Type: application/json' \
  --data '{{"url": "https://your-app.com/webhooks/references", "events": ["reference.submitted"]}}'

# Here, type: deliver, bad, attempts, or help.

"#
    )
}
