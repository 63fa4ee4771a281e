//! Published signatures, with which both signing and verifying must agree.

use std::time::{Duration, SystemTime};

use hb_portal::SigningSecret;
use hb_portal::verify::{
    Encoding, Hash, KeyFormat, Part, Place, SetupError, SignatureScheme, SignatureSchemeBuilder, Signer,
    TimestampFormat, Verifier,
};
use hb_portal_tests::schemes::{paddle, slack, twitch};
use http::{HeaderMap, HeaderName, HeaderValue};

fn headers(lines: &[(&str, &str)]) -> HeaderMap {
    lines
        .iter()
        .map(|(name, value)| (HeaderName::try_from(*name).unwrap(), HeaderValue::from_str(value).unwrap()))
        .collect()
}

fn at(seconds: u64) -> SystemTime {
    SystemTime::UNIX_EPOCH + Duration::from_secs(seconds)
}

/// Verifies a published signature, and checks that signing produces the same one.
fn holds(scheme: &SignatureScheme, secret: &str, id: &str, seconds: u64, body: &[u8], published: &HeaderMap) {
    let secret = SigningSecret::new(secret);
    let verifier = Verifier::new(scheme.clone(), &secret).unwrap();
    let verified = verifier.verify_at(published, body, at(seconds)).unwrap();
    assert_eq!(verified.secret_index(), 0);
    let signed = Signer::new(scheme.clone(), &secret).unwrap().sign_at(id, at(seconds), body).unwrap();
    assert_eq!(signed, *published);
}

/// GitHub Docs, "Validating webhook deliveries", section "Testing the webhook payload validation".
#[test]
fn githubs_documented_example_verifies() {
    let signature = "sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17";
    let published = headers(&[("X-Hub-Signature-256", signature)]);
    holds(&SignatureScheme::github(), "It's a Secret to Everybody", "x", 0, b"Hello, World!", &published);
}

/// stripe-dotnet, `src/StripeTests/Services/Events/EventUtilityTest.cs` with `event_test_signature.json`;
/// async-stripe's tests have the same. Stripe marks a signature that receivers should ignore with `v0`.
#[test]
fn stripes_published_event_verifies() {
    let body = include_bytes!("vectors/stripe_event.json");
    let v1 = "v1=f0bdba6d4eacbd8ad8a3bbadd7248e633ec1477f7899c124c51b39405fa36613";
    let v0 = "v0=63f3a72374a733066c4be69ed7f8e5ac85c22c9f0a6a612ab9a025a9e4ee7eef";
    let published = headers(&[("Stripe-Signature", &format!("t=1533204620,{v1},{v0}"))]);
    let scheme = SignatureScheme::stripe("Stripe-Signature");
    let verifier = Verifier::new(scheme.clone(), &SigningSecret::new("webhook_secret")).unwrap();
    let verified = verifier.verify_at(&published, body, at(1_533_204_620 + 100)).unwrap();
    assert_eq!((verified.id(), verified.timestamp()), (None, Some(at(1_533_204_620))));
    let without_v0 = headers(&[("Stripe-Signature", &format!("t=1533204620,{v1}"))]);
    holds(&scheme, "webhook_secret", "x", 1_533_204_620, body, &without_v0);
}

/// standard-webhooks/standard-webhooks, the test of the sign function in each of its libraries.
#[test]
fn standard_webhooks_published_message_verifies() {
    let id = "msg_p5jXN8AQM9LWM0D4loKWxJek";
    let published = headers(&[
        ("webhook-id", id),
        ("webhook-timestamp", "1614265330"),
        ("webhook-signature", "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="),
    ]);
    let body = br#"{"test": 2432232314}"#;
    for secret in ["whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"] {
        holds(&SignatureScheme::standard_webhooks(), secret, id, 1_614_265_330, body, &published);
        let verifier = Verifier::new(SignatureScheme::standard_webhooks(), &SigningSecret::new(secret)).unwrap();
        let verified = verifier.verify_at(&published, body, at(1_614_265_330)).unwrap();
        assert_eq!((verified.id(), verified.timestamp()), (Some(id), Some(at(1_614_265_330))));
    }
}

/// Slack, "Verifying requests from Slack", the example of the section "Validating a request".
#[test]
fn slacks_documented_example_verifies() {
    let body = b"token=xyzz0WbapA4vBCDEFasx0q6G&team_id=T1DC2JH3J&team_domain=testteamnow&channel_id=G8PSS9T3V\
        &channel_name=foobar&user_id=U2CERLKJA&user_name=roadrunner&command=%2Fwebhook-collect&text=\
        &response_url=https%3A%2F%2Fhooks.slack.com%2Fcommands%2FT1DC2JH3J%2F397700885554%2F96rGlfmibIGlgcZRskXaIFfN\
        &trigger_id=398738663015.47445629121.803a0bc887a14d10d2c447fce8b6703c";
    let published = headers(&[
        ("X-Slack-Signature", "v0=a2114d57b48eac39b9ad189dd8316235a7b4a8d21a10bd27519666489c69b503"),
        ("X-Slack-Request-Timestamp", "1531420618"),
    ]);
    let scheme = slack("X-Slack-Signature", "X-Slack-Request-Timestamp");
    holds(&scheme, "8f742231b10e8888abcd99yyyzzz85a5", "x", 1_531_420_618, body, &published);
}

/// Zoom, "Webhooks", section "Verify with Zoom's header". The signature published there has letters that are not
/// hexadecimal, and no secret. This one was therefore computed by that section's algorithm, with Python's `hmac`.
#[test]
fn zooms_algorithm_verifies() {
    let published = headers(&[
        ("x-zm-signature", "v0=e3af6e3cce5d4565c975ef8e3f8bc4bb363bcb5fc8ef108644a8d0c4e1498b70"),
        ("x-zm-request-timestamp", "1739923528"),
    ]);
    let body = br#"{"event":"meeting.started","payload":{"account_id":"abc"},"event_ts":1739923528000}"#;
    holds(
        &slack("x-zm-signature", "x-zm-request-timestamp"),
        "zoom secret token 1",
        "x",
        1_739_923_528,
        body,
        &published,
    );
}

/// PaddleHQ/paddle-go-sdk, `example_webhook_verifier_test.go`, and PaddleHQ/paddle-python-sdk,
/// `tests/Unit/Notification/test_Verifier.py`: three secrets, of which the last one signed, and a first signature that
/// is invalid.
#[test]
fn paddles_published_deliveries_verify() {
    let published = headers(&[(
        "Paddle-Signature",
        "ts=1710929255;h1=6c05ef8fa83c44d751be6d259ec955ce5638e2c54095bf128e408e2fce1589c8",
    )]);
    let body = include_bytes!("vectors/paddle_event.json");
    let secret = "pdl_ntfset_01hsdn8d43dt7mezr1ef2jtbaw_hKkRiCGyyRhbFwIUuqiTBgI7gnWoV0Gr";
    holds(&paddle(), secret, "x", 1_710_929_255, body, &published);
    // Paddle includes the event's id in the body.
    let by_id = format!("{} id=member:event_id", paddle()).parse().unwrap();
    let verifier = Verifier::new(by_id, &SigningSecret::new(secret)).unwrap();
    let verified = verifier.verify_at(&published, body, at(1_710_929_255)).unwrap();
    assert_eq!(verified.id(), Some("evt_01hsdn97563968dy0szkmgjwh3"));

    let published = headers(&[(
        "Paddle-Signature",
        "ts=1696195954;h1=dummy;h1=d96299976a6eb066f484d7fde011ac56fc32b38fc9940bc419d6e537fdc6ef02",
    )]);
    let [first, second, third] = [
        "pdl_ntf_01hbpjmytsa32fhr36nqgc3kgb_TjIG2BXbm83HPXqNfziwe506sBEdqL/4",
        "pdl_ntf_01hbpjmytsa32fhr36nqgc3kgb_vB/yIOnTOCWIvpBadM5jzBZPHc7OmdSo",
        "pdl_ntf_01hbpjmytsa32fhr36nqgc3kgb_WvRO0eL4Bj9rgYYIBZY6wZhG4EHy9jzh",
    ]
    .map(SigningSecret::new);
    let verifier = Verifier::new(paddle(), &first).unwrap().also_accept(&second).unwrap().also_accept(&third).unwrap();
    let verified = verifier.verify_at(&published, b"hello-world", at(1_696_195_954)).unwrap();
    assert_eq!(verified.secret_index(), 2);
}

/// Twitch, "Getting Events Using Webhook", section "Verifying the event message". Twitch publishes no signature with
/// its secret. This one was therefore computed by that section's algorithm, with Python's `hmac`.
#[test]
fn twitchs_algorithm_verifies() {
    let (id, timestamp) = ("befa7b53-d79d-478f-86b9-120f112b044e", "2022-10-26T22:36:34.123456789Z");
    let published = headers(&[
        ("Twitch-Eventsub-Message-Id", id),
        ("Twitch-Eventsub-Message-Timestamp", timestamp),
        (
            "Twitch-Eventsub-Message-Signature",
            "sha256=fbf359b4611972a5dc02b7b2ceb2a8e6863638423eb929ade5bdec63c8d4a6c8",
        ),
    ]);
    let body = br#"{"subscription":{"id":"f1c2a387-161a-49f9-a165-0f21d7a4e1c4"},"event":{"user_id":"1337"}}"#;
    let verifier = Verifier::new(twitch(), &SigningSecret::new("s3cRe7-of-a-subscription")).unwrap();
    let at = at(1_666_823_794) + Duration::from_nanos(123_456_789);
    let verified = verifier.verify_at(&published, body, at).unwrap();
    assert_eq!((verified.id(), verified.timestamp()), (Some(id), Some(at)));
}

/// A combination that none of these vendors uses, computed with Python's `hmac`: the body first, milliseconds, and
/// SHA-512 in base64url.
#[test]
fn the_body_first_milliseconds_and_base64url_verify() {
    let scheme = SignatureScheme::builder("X-Sig")
        .hash(Hash::Sha512)
        .encoding(Encoding::Base64UrlUnpadded)
        .signed([Part::Body, Part::literal("|"), Part::Timestamp])
        .timestamp(Place::header("X-Time"), TimestampFormat::Milliseconds)
        .build();
    let published = headers(&[
        ("X-Time", "1700000000123"),
        ("X-Sig", "mUOWNtD8UX228i6Sq_vzjveDxDMohdCKIHBCIxyFMdqLxdECziYWdE9t2RP-CUpo_eRnjfuLR87yr92MBBWvBw"),
    ]);
    let verifier = Verifier::new(scheme, &SigningSecret::new("a secret of the receiver")).unwrap();
    let at = at(1_700_000_000) + Duration::from_millis(123);
    assert_eq!(verifier.verify_at(&published, br#"{"a":1}"#, at).unwrap().timestamp(), Some(at));
}

/// CircleCI Docs, "Webhooks", section "Validate webhooks": a secret of six bytes, which only `allow_short_secret`
/// accepts.
#[test]
fn a_published_example_with_a_short_secret_is_accepted_only_on_request() {
    let scheme = SignatureScheme::builder("circleci-signature").prefix("v1=").separator(',').build();
    let secret = SigningSecret::new("secret");
    assert_eq!(Verifier::new(scheme.clone(), &secret).unwrap_err(), SetupError::SecretTooShort);
    let published =
        headers(&[("circleci-signature", "v1=773ba44693c7553d6ee20f61ea5d2757a9a4f4a44d2841ae4e95b52e4cd62db4")]);
    holds(&scheme.allow_short_secret(), "secret", "x", 0, b"foo", &published);
}

/// RFC 4231, section 4: the cases with a complete signature, except case 2, whose key of four bytes is refused.
#[test]
fn rfc_4231_holds_for_both_hashes_in_every_encoding() {
    #[rustfmt::skip]
    #[allow(clippy::type_complexity, reason = "a table")]
    let cases: [(u8, Vec<u8>, Vec<u8>, &str, &str); 5] = [
        (1, vec![0x0b; 20], b"Hi There".to_vec(), "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7", concat!(
            "87aa7cdea5ef619d4ff0b4241a1d6cb02379f4e2ce4ec2787ad0b30545e17cde",
            "daa833b7d6b8a702038b274eaea3f4e4be9d914eeb61f1702e696c203a126854"
        )),
        (3, vec![0xaa; 20], vec![0xdd; 50], "773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe", concat!(
            "fa73b0089d56a284efb0f0756c890be9b1b5dbdd8ee81a3655f83e33b2279d39",
            "bf3e848279a722c806b485a47e67c807b946a337bee8942674278859e13292fb"
        )),
        (4, (1..=25).collect(), vec![0xcd; 50], "82558a389a443c0ea4cc819899f2083a85f0faa3e578f8077a2e3ff46729665b", concat!(
            "b0ba465637458c6990e5a8c5f61d4af7e576d97ff94b872de76f8050361ee3db",
            "a91ca5c11aa25eb4d679275cc5788063a5f19741120c4f2de2adebeb10a298dd"
        )),
        (6, vec![0xaa; 131], b"Test Using Larger Than Block-Size Key - Hash Key First".to_vec(), "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54", concat!(
            "80b24263c7c1a3ebb71493c1dd7be8b49b46d1f41b4aeec1121b013783f8f352",
            "6b56d037e05f2598bd0fd2215d6a1e5295e64f73f63f0aec8b915a985d786598"
        )),
        (7, vec![0xaa; 131], b"This is a test using a larger than block-size key and a larger than block-size data. The key needs to be hashed before being used by the HMAC algorithm.".to_vec(), "9b09ffa71b942fcb27635fbcd5b0e944bfdc63644f0713938a7f51535c3a35e2", concat!(
            "e37b6a775dc87dbaa4dfa9f96e5e3ffddebd71f8867289865df5a32d20cdc944",
            "b6022cac3c4982b10d5eeb55c3e4de15134676fb6de0446065c97440fa8c6a58"
        )),
    ];
    for (case, key, message, sha256, sha512) in cases {
        let secret = base64(&key);
        for (hash, hex) in [(Hash::Sha256, sha256), (Hash::Sha512, sha512)] {
            let plain = || -> SignatureSchemeBuilder {
                SignatureScheme::builder("Signature").hash(hash).key(KeyFormat::base64_after(""))
            };
            let upper = hex.to_uppercase();
            let in_base64 = base64(&bytes(hex));
            let url = in_base64.replace('+', "-").replace('/', "_");
            for (encoding, text) in [
                (Encoding::Hex, hex),
                (Encoding::HexUpper, upper.as_str()),
                (Encoding::Base64, in_base64.as_str()),
                (Encoding::Base64Url, url.as_str()),
                (Encoding::Base64UrlUnpadded, url.trim_end_matches('=')),
            ] {
                let scheme = plain().encoding(encoding).build();
                let published = headers(&[("Signature", text)]);
                assert!(!published.is_empty(), "case {case}");
                holds(&scheme, &secret, "x", 0, &message, &published);
            }
        }
    }
    let jefe = Verifier::new(SignatureScheme::hmac_sha256_hex("Signature"), &SigningSecret::new("Jefe"));
    assert_eq!(jefe.unwrap_err(), SetupError::SecretTooShort);
}

fn bytes(hex: &str) -> Vec<u8> {
    (0..hex.len()).step_by(2).map(|at| u8::from_str_radix(&hex[at..at + 2], 16).unwrap()).collect()
}

/// Encodes base64 without using the code under test.
fn base64(bytes: &[u8]) -> String {
    let alphabet = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let bits: String = bytes.iter().map(|byte| format!("{byte:08b}")).collect();
    let digits = bits.as_bytes().chunks(6).map(|bits| {
        let bits = format!("{:0<6}", std::str::from_utf8(bits).unwrap());
        char::from(alphabet[usize::from_str_radix(&bits, 2).unwrap()])
    });
    let mut text: String = digits.collect();
    while !text.len().is_multiple_of(4) {
        text.push('=');
    }
    text
}
