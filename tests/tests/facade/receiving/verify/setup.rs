//! Secrets and schemes that are accepted, and the text form of a scheme.

use hb_portal::SigningSecret;
use hb_portal::verify::{
    KeyFormat, Part, Place, SetupError, SignatureScheme, SignatureSchemeBuilder, Signer, TimestampFormat, Verifier,
};
use hb_portal_tests::schemes::{schemes, twitch};

use super::{SECRET, plain};

#[test]
fn a_guessable_secret_or_a_contradictory_scheme_is_refused_when_it_is_built() {
    let refused = |scheme: &SignatureScheme, secret: &str| {
        let secret = SigningSecret::new(secret);
        let signer = Signer::new(scheme.clone(), &secret).unwrap_err();
        let also = Verifier::new(scheme.clone(), &SigningSecret::new("d2hzZWNfYmFzZTY0X2xvbmc="))
            .map(|verifier| verifier.also_accept(&secret).unwrap_err());
        let new = Verifier::new(scheme.clone(), &secret).unwrap_err();
        assert!(signer == new && also.map_or(true, |also| also == new));
        new
    };
    assert_eq!(refused(&plain(), ""), SetupError::SecretEmpty);
    assert_eq!(refused(&plain(), "thirteen-long"), SetupError::SecretTooShort);
    Verifier::new(plain(), &SigningSecret::new("fourteen-bytes")).unwrap();
    let standard = SignatureScheme::standard_webhooks();
    assert_eq!(refused(&standard, ""), SetupError::SecretEmpty);
    assert_eq!(refused(&standard, "whsec_"), SetupError::SecretTooShort);
    assert_eq!(refused(&standard, "whsec_AAAA"), SetupError::SecretTooShort);
    assert_eq!(refused(&standard, "whsec_not/base64!not/base64!"), SetupError::SecretNotBase64);
    assert_eq!(refused(&standard, "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw\n"), SetupError::SecretNotBase64);

    assert_eq!(refused(&SignatureScheme::hmac_sha256_hex("a b"), SECRET), SetupError::HeaderName("a b".to_owned()));
    let header = || SignatureScheme::builder("Signature");
    let seconds = |builder: SignatureSchemeBuilder, place| builder.timestamp(place, TimestampFormat::Seconds);
    let timestamp = |place| seconds(header().signed([Part::Timestamp, Part::literal("."), Part::Body]), place);
    let parts = |parts: &[Part]| seconds(header().signed(parts.to_vec()).id(Place::header("I")), Place::header("T"));
    let dot = || Part::literal(".");
    for scheme in [
        header().prefix("v1,").separator(',').build(),
        header().prefix("\n").build(),
        header().prefix(" v1=").separator(',').build(),
        header().separator('a').build(),
        header().separator('=').build(),
        header().separator('-').build(),
        header().separator('é').build(),
        timestamp(Place::field("t")).build(),
        timestamp(Place::field("")).separator(',').build(),
        timestamp(Place::field("a,b")).separator(',').build(),
        timestamp(Place::field("v1")).prefix("v1=").separator(',').build(),
        timestamp(Place::header("signature")).build(),
        timestamp(Place::member("t")).build(),
        // Parts without a place, and places without a part.
        header().signed([]).build(),
        header().signed([Part::Body, dot(), Part::Body]).build(),
        header().signed([Part::Timestamp, dot(), Part::Body]).build(),
        header().signed([Part::Id, dot(), Part::Body]).build(),
        header().signed([Part::Id, dot(), Part::Body]).id(Place::member("id")).build(),
        seconds(header(), Place::header("T")).build(),
        header().id(Place::header("X-Id")).build(),
        header().id(Place::field("id")).separator(',').build(),
        header().id(Place::member("")).build(),
        header().id(Place::header_and_member("Signature", "id")).build(),
        header().signed([Part::Literal("x".repeat(129)), Part::Body]).build(),
        // Parts whose boundaries are ambiguous.
        parts(&[Part::Id, Part::Timestamp, dot(), Part::Body]).build(),
        parts(&[Part::Timestamp, dot(), Part::Id, Part::Body]).build(),
        parts(&[Part::Timestamp, dot(), Part::Body, Part::Id]).build(),
        parts(&[Part::Timestamp, Part::literal("0."), Part::Id, dot(), Part::Body]).build(),
        parts(&[Part::Id, Part::literal(".1"), Part::Timestamp, dot(), Part::Body]).build(),
        parts(&[Part::Id, Part::literal(""), Part::Timestamp, dot(), Part::Body]).build(),
        seconds(
            header().signed([Part::Id, dot(), Part::Timestamp, dot(), Part::Body]).id(Place::header("X-T")),
            Place::header("x-t"),
        )
        .build(),
    ] {
        assert!(matches!(refused(&scheme, SECRET), SetupError::Scheme(_)), "{scheme:?}");
    }
}

#[test]
fn a_short_secret_is_accepted_only_if_the_scheme_allows_it() {
    for scheme in [plain().allow_short_secret(), "hex:Signature allow-short-secret".parse().unwrap()] {
        let short = SigningSecret::new("short");
        let headers = Signer::new(scheme.clone(), &short).unwrap().sign(b"{}").unwrap();
        Verifier::new(scheme.clone(), &short).unwrap().verify(&headers, b"{}").unwrap();
        assert_eq!(Verifier::new(scheme, &SigningSecret::new("")).unwrap_err(), SetupError::SecretEmpty);
    }
}

#[test]
fn a_printed_scheme_parses_to_the_same_scheme() {
    let odd = SignatureScheme::builder("X-Sig")
        .prefix("{é%} ")
        .separator(' ')
        .signed([Part::literal("{id}%7B\n"), Part::Body])
        .id(Place::member("event id,%"))
        .key(KeyFormat::base64_after(""))
        .build();
    let both = SignatureScheme::builder("X-Sig").id(Place::header_and_member("X-Id", "a,b")).build();
    for scheme in schemes().into_iter().chain([both.clone(), SignatureScheme::github().allow_short_secret()]) {
        let text = scheme.to_string();
        assert_eq!(text.parse::<SignatureScheme>().unwrap_or_else(|error| panic!("{text}: {error}")), scheme, "{text}");
    }
    // A prefix that is not ASCII can be written, but is refused when it is read.
    assert!(matches!(odd.to_string().parse::<SignatureScheme>().unwrap_err(), SetupError::Scheme(_)), "{odd}");
    for (text, scheme) in [
        ("github", SignatureScheme::github()),
        ("standard-webhooks", SignatureScheme::standard_webhooks()),
        ("stripe:Stripe-Signature", SignatureScheme::stripe("Stripe-Signature")),
        ("hex:Signature", plain()),
        ("base64:X", SignatureScheme::hmac_sha256_base64("X")),
        ("hex:X-Sig id=header:X-Id,member:a,b", both),
    ] {
        assert_eq!((scheme.to_string().as_str(), text.parse::<SignatureScheme>().unwrap()), (text, scheme));
    }
    let twitch_text = "hex:Twitch-Eventsub-Message-Signature prefix=sha256= signed={id}{timestamp}{body} \
        timestamp=header:Twitch-Eventsub-Message-Timestamp time=rfc3339 id=header:Twitch-Eventsub-Message-Id";
    assert_eq!(twitch().to_string(), twitch_text);
    for text in [
        "",
        "hex",
        "sha1:X",
        "github:X",
        "hex:X hash=md5",
        "hex:X prefix",
        "hex:X separator=ab",
        "hex:X separator=",
        "hex:X signed={x}",
        "hex:X signed={body",
        "hex:X time=rfc3339",
        "hex:X id=cookie:a",
        "hex:X key=hex",
        "hex:X prefix=%",
        "hex:X prefix=%+1",
        "hex:X prefix=%FF",
        "hex:X other=value",
    ] {
        assert!(matches!(text.parse::<SignatureScheme>().unwrap_err(), SetupError::SchemeText(_)), "{text}");
    }
    assert_eq!("hex:a/b".parse::<SignatureScheme>().unwrap_err(), SetupError::HeaderName("a/b".to_owned()));
}
