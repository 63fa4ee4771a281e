//! The rest of an endpoint's life: each operation in each dialect and under each fault, lenient reading and its limits, and the
//! endpoints that an interrupted attempt left behind.

mod dialects;
mod dropped;
mod lenient;
mod messages;
mod orphans;
mod pages;
mod truth;

use hb_portal::{Client, RetryPolicy};

/// Returns a client whose portal is a function of the requested page.
fn responding(respond: impl Fn(usize) -> (u16, String) + Send + Sync + 'static) -> Client {
    let respond = move |request: hb_portal::http::Request<Vec<u8>>| {
        let query = request.uri().query().unwrap_or_default();
        let page = query.split('&').find_map(|pair| pair.strip_prefix("page=")?.parse().ok());
        let (status, body) = respond(page.unwrap_or(1));
        hb_portal::http::Response::builder().status(status).body(body.into_bytes()).unwrap()
    };
    let client = Client::builder().base_url("https://portal.test").access_token("1|token").retry(RetryPolicy::none());
    client.respond_with(respond).build().unwrap()
}
