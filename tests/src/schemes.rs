//! The signature schemes under test, and the headers that matter to at least one of them.

use hb_portal::verify::{Encoding, Hash, KeyFormat, Part, Place, SignatureScheme, TimestampFormat};

/// Headers that a scheme reads, and two that a diagnosis reads.
pub const HEADERS: &[&str] = &[
    "signature",
    "x-hub-signature-256",
    "stripe-signature",
    "webhook-signature",
    "webhook-id",
    "webhook-timestamp",
    "x-sig",
    "x-time",
    "x-id",
    "x-slack-signature",
    "x-slack-request-timestamp",
    "paddle-signature",
    "twitch-eventsub-message-signature",
    "twitch-eventsub-message-id",
    "twitch-eventsub-message-timestamp",
    "content-length",
    "content-encoding",
];

/// Slack's scheme, and with other header names Zoom's: `v0:timestamp:body`.
#[must_use]
pub fn slack(signature: &str, timestamp: &str) -> SignatureScheme {
    SignatureScheme::builder(signature)
        .prefix("v0=")
        .signed([Part::literal("v0:"), Part::Timestamp, Part::literal(":"), Part::Body])
        .timestamp(Place::header(timestamp), TimestampFormat::Seconds)
        .build()
}

/// Paddle's scheme: `timestamp:body`, with several signatures separated by semicolons.
#[must_use]
pub fn paddle() -> SignatureScheme {
    SignatureScheme::builder("Paddle-Signature")
        .prefix("h1=")
        .separator(';')
        .signed([Part::Timestamp, Part::literal(":"), Part::Body])
        .timestamp(Place::field("ts"), TimestampFormat::Seconds)
        .build()
}

/// Twitch's scheme: id, timestamp and body with nothing between them.
#[must_use]
pub fn twitch() -> SignatureScheme {
    SignatureScheme::builder("Twitch-Eventsub-Message-Signature")
        .prefix("sha256=")
        .signed([Part::Id, Part::Timestamp, Part::Body])
        .id(Place::header("Twitch-Eventsub-Message-Id"))
        .timestamp(Place::header("Twitch-Eventsub-Message-Timestamp"), TimestampFormat::Rfc3339)
        .build()
}

/// Returns every predefined scheme, the schemes of other vendors, and at least one scheme for each remaining option.
#[must_use]
pub fn schemes() -> Vec<SignatureScheme> {
    let dot = || Part::literal(".");
    vec![
        SignatureScheme::hmac_sha256_hex("Signature"),
        SignatureScheme::hmac_sha256_base64("Signature"),
        SignatureScheme::github(),
        SignatureScheme::stripe("Stripe-Signature"),
        SignatureScheme::standard_webhooks(),
        slack("X-Slack-Signature", "X-Slack-Request-Timestamp"),
        paddle(),
        twitch(),
        SignatureScheme::builder("X-Sig").hash(Hash::Sha512).encoding(Encoding::HexUpper).build(),
        SignatureScheme::builder("X-Sig")
            .hash(Hash::Sha512)
            .encoding(Encoding::Base64)
            .prefix("s=")
            .separator(';')
            .signed([Part::Id, dot(), Part::Timestamp, dot(), Part::Body])
            .id(Place::field("id"))
            .timestamp(Place::field("t"), TimestampFormat::Seconds)
            .key(KeyFormat::base64_after("whsec_"))
            .build(),
        SignatureScheme::builder("X-Sig")
            .encoding(Encoding::Base64UrlUnpadded)
            .signed([Part::Body, dot(), Part::Timestamp])
            .timestamp(Place::header("X-Time"), TimestampFormat::Milliseconds)
            .build(),
        SignatureScheme::builder("X-Sig")
            .encoding(Encoding::Base64Url)
            .signed([Part::Id, Part::literal("\n"), Part::Body])
            .id(Place::header("X-Id"))
            .build(),
    ]
}
