//! Values that are built before a request is sent, and the errors of building them.

use std::time::Duration;

use hb_portal::{AccessToken, Client, ClientCredentials, RetryPolicy, SecretFile, SigningSecret, TokenProvider as _};
use hb_portal_client::{Operation as _, Response, Secret, operations::GetAccessToken, types};

use super::{
    canary::{API_KEY, REFRESH_TOKEN, SECRET, TOKEN},
    portal::{Sink, TOKENS, builder, client, create},
    record,
    sweep::Sweep,
};

#[test]
fn nothing_leaks_from_built_values() {
    let mut sweep = Sweep::new("built values");
    sweep.debug("a secret", &SigningSecret::new(SECRET));
    sweep.debug("a token", &AccessToken::from(TOKEN));
    sweep.debug("a token that no header can have", &AccessToken::from(format!("{TOKEN}\n")));
    sweep.debug("credentials", &ClientCredentials::new(7, API_KEY));
    sweep.debug("a file", &SecretFile::new("/run/secrets/webhook"));
    for token in TOKENS {
        let builder = builder(token)
            .base_url(&format!("https://user:{TOKEN}@portal.example/?key={API_KEY}"))
            .proxy(reqwest::Proxy::https(format!("http://user:{}@127.0.0.1:1", "CanaryKey2Zt")).unwrap())
            .root_certificates(API_KEY);
        sweep.debug("a builder", &builder);
        let client = client("http://127.0.0.1:1", token);
        sweep.debug("a client", &client);
        sweep.debug("webhooks", &client.webhooks());
        sweep.debug("a create", &create(&client));
        sweep.debug("a create with a sink", &create(&client).store_secret_in(Sink::Stores).deadline(Duration::ZERO));
    }
    let provided = Client::builder().token_provider(AccessToken::from(TOKEN)).base_url("http://127.0.0.1:1");
    sweep.debug("a client with a provider", &provided.build().unwrap());
    drop(AccessToken::from(TOKEN).token());
    sweep.debug("a policy", &RetryPolicy::default());
    sweep.finish();
}

#[test]
fn nothing_leaks_from_build_errors() {
    let mut sweep = Sweep::new("build errors");
    for token in TOKENS {
        for base_url in [
            format!("https://user:{TOKEN}@portal.example"),
            format!("https://portal.example/?token={TOKEN}"),
            format!("https://portal.example/#{API_KEY}"),
            format!("http://portal.example/{TOKEN}"),
            format!("ftp://{API_KEY}"),
            TOKEN.to_owned(),
        ] {
            sweep.failure("a base URL", builder(token).base_url(&base_url).build());
        }
        let https = || builder(token).base_url("https://portal.example");
        sweep.failure("a user agent", https().user_agent(&format!("{TOKEN}\n")).build());
        let pem = format!("-----BEGIN CERTIFICATE-----\n{API_KEY}\n-----END CERTIFICATE-----\n");
        for pem in [API_KEY.to_owned(), pem] {
            let client = Client::builder().base_url("https://portal.example").access_token(TOKEN);
            sweep.failure("a certificate", client.root_certificates(pem).build());
        }
        // Without a TLS provider reqwest panics, and that panic is caught.
        let (built, message) = record::with_panics(|| https().build());
        sweep.failure("no provider", built);
        sweep.text("no provider, caught panic", &message);
        let invalid = reqwest::Client::builder().user_agent(format!("{TOKEN}\n"));
        sweep.failure(
            "the user agent of a custom HTTP client",
            builder(token).http_client(invalid).base_url("http://127.0.0.1").build(),
        );
    }
    // The portal would quote these credentials without the surrounding characters, so they could not be masked.
    for (around, why) in [
        ("*\r\n", "white space"),
        (" *", "white space"),
        ("\u{feff}*", "byte-order mark"),
        ("\"*\"", "quotes"),
        ("'*'", "quotes"),
        ("\"*", "quotes"),
        ("*'", "quotes"),
        ("Bearer *", "`Bearer`"),
        ("bearer *", "`Bearer`"),
        ("", "empty"),
    ] {
        let client = || Client::builder().base_url("https://portal.example");
        let token = client().access_token(around.replace('*', TOKEN)).build();
        let key = client().credentials(ClientCredentials::new(7, around.replace('*', API_KEY))).build();
        for (credential, built) in [("access token", token), ("API key", key)] {
            let message = built.as_ref().unwrap_err().to_string();
            assert!(message.contains(credential) && message.contains(why), "{around:?}: {message}");
            sweep.failure(credential, built);
        }
    }
    sweep.failure("a token", Client::builder().base_url("https://portal.example").access_token("a\u{1}b").build());
    sweep.finish();
}

/// The generated client is public as well.
#[test]
fn nothing_leaks_from_the_generated_types() {
    let mut sweep = Sweep::new("the generated types");
    sweep.debug("a secret", &Secret::new(SECRET));
    let key = types::GetAccessToken { api_key: Secret::new(API_KEY), client_id: 7 };
    sweep.debug("credentials", &key);
    let token = format!("{{\"access_token\":{},\"refresh_token\":{}}}", json(TOKEN), json(REFRESH_TOKEN));
    sweep.debug("a token", &serde_json::from_str::<types::TokenResponse>(&token).unwrap());
    let created = format!("{{\"secret\":{},\"data\":{{\"id\":1,\"url\":\"\",\"events\":[]}}}}", json(SECRET));
    sweep.debug("an endpoint", &serde_json::from_str::<types::CreatedWebhookEndpoint>(&created).unwrap());
    for retyped in [format!("[{}]", json(TOKEN)), format!("{{\"a\":{}}}", json(TOKEN)), "7".to_owned()] {
        let token = format!("{{\"access_token\":{retyped}}}");
        sweep.failure("a retyped token", serde_json::from_str::<types::TokenResponse>(&token));
    }
    let response = || {
        let mut headers = reqwest::header::HeaderMap::new();
        headers.insert("authorization", TOKEN.parse().unwrap());
        Response::new(reqwest::StatusCode::CREATED, headers, created.clone().into_bytes().into())
    };
    sweep.debug("a response", &response());
    sweep.debug("a request", &GetAccessToken::new(&key).request().unwrap());
    sweep.debug("an unread response", &GetAccessToken::read(&response()).unwrap_err());
    sweep.finish();
}

fn json(text: &str) -> String {
    serde_json::to_string(text).unwrap()
}
