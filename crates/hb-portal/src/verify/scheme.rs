//! Signature schemes: where the signature is, what it covers, and how it is written.

use super::part::{Encoding, Hash, KeyFormat, Part, Place, TimestampFormat};

/// The way in which deliveries are signed.
///
/// There is no default, because the portal's documentation names no scheme: see the [module](crate::verify).
///
/// [`Verifier::new`](super::Verifier::new) and [`Signer::new`](super::Signer::new) refuse a scheme that contradicts itself,
/// such as one whose header has a space in its name.
///
/// ```
/// use hb_portal::verify::{Encoding, Hash, Part, Place, SignatureScheme, TimestampFormat};
///
/// // HMAC-SHA512 in base64 over `timestamp.body`; the timestamp is in its own header.
/// let scheme = SignatureScheme::builder("X-Signature")
///     .hash(Hash::Sha512)
///     .encoding(Encoding::Base64)
///     .signed([Part::Timestamp, Part::literal("."), Part::Body])
///     .timestamp(Place::header("X-Timestamp"), TimestampFormat::Seconds)
///     .build();
///
/// // The same scheme as text, for a configuration file. `FromStr` describes the syntax.
/// let text = "base64:X-Signature hash=sha512 signed={timestamp}.{body} timestamp=header:X-Timestamp";
/// assert_eq!(scheme.to_string(), text);
/// assert_eq!(text.parse::<SignatureScheme>()?, scheme);
/// # Ok::<_, hb_portal::verify::SetupError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignatureScheme {
    pub(super) header: String,
    pub(super) hash: Hash,
    pub(super) encoding: Encoding,
    pub(super) prefix: String,
    pub(super) separator: Option<char>,
    pub(super) signed: Vec<Part>,
    pub(super) timestamp: Option<(Place, TimestampFormat)>,
    pub(super) id: Option<Place>,
    pub(super) key: KeyFormat,
    pub(super) short_secret: bool,
}

impl SignatureScheme {
    /// HMAC-SHA256 of the body, in lower-case hexadecimal, alone in `header`.
    ///
    /// A well-known Laravel sender uses this with the header `Signature`. That the portal does so is `inferred` at most.
    #[must_use]
    pub fn hmac_sha256_hex(header: &str) -> Self {
        Self::builder(header).build()
    }

    /// HMAC-SHA256 of the body, in base64, alone in `header`.
    #[must_use]
    pub fn hmac_sha256_base64(header: &str) -> Self {
        Self::builder(header).encoding(Encoding::Base64).build()
    }

    /// GitHub's scheme: HMAC-SHA256 of the body, `X-Hub-Signature-256: sha256=<hex>`.
    #[must_use]
    pub fn github() -> Self {
        Self::builder("X-Hub-Signature-256").prefix("sha256=").build()
    }

    /// Stripe's scheme: HMAC-SHA256 of `timestamp.body`, `<header>: t=<seconds>,v1=<hex>`, where `v1` may occur several times.
    ///
    /// Stripe's own header is `Stripe-Signature`. The key is the whole secret, `whsec_` included.
    #[must_use]
    pub fn stripe(header: &str) -> Self {
        Self::builder(header)
            .prefix("v1=")
            .separator(',')
            .signed([Part::Timestamp, Part::literal("."), Part::Body])
            .timestamp(Place::field("t"), TimestampFormat::Seconds)
            .build()
    }

    /// Standard Webhooks' symmetric scheme: HMAC-SHA256 of `id.timestamp.body` in `webhook-signature: v1,<base64>`, where spaces
    /// separate several signatures.
    ///
    /// The id and the timestamp are in `webhook-id` and `webhook-timestamp`. The key is base64 after `whsec_`.
    #[must_use]
    pub fn standard_webhooks() -> Self {
        let dot = || Part::literal(".");
        Self::builder("webhook-signature")
            .encoding(Encoding::Base64)
            .prefix("v1,")
            .separator(' ')
            .signed([Part::Id, dot(), Part::Timestamp, dot(), Part::Body])
            .id(Place::header("webhook-id"))
            .timestamp(Place::header("webhook-timestamp"), TimestampFormat::Seconds)
            .key(KeyFormat::base64_after("whsec_"))
            .build()
    }

    /// Starts your own scheme, with the signature in `header`.
    ///
    /// Unless you change it, it is HMAC-SHA256 of the body in lower-case hexadecimal, with the secret's bytes as the key.
    pub fn builder(header: &str) -> SignatureSchemeBuilder {
        SignatureSchemeBuilder {
            scheme: Self {
                header: header.to_owned(),
                hash: Hash::Sha256,
                encoding: Encoding::Hex,
                prefix: String::new(),
                separator: None,
                signed: vec![Part::Body],
                timestamp: None,
                id: None,
                key: KeyFormat::Bytes,
                short_secret: false,
            },
        }
    }

    /// Accepts a secret whose key has fewer than 14 bytes.
    ///
    /// This is unsafe: NIST SP 800-131A (revision 2, section 10) allows no HMAC key below 112 bits, and anyone who sees one
    /// delivery can guess such a secret by brute force and sign anything with it. Use it only for a sender whose secret you
    /// cannot choose. An empty secret is still refused.
    #[must_use]
    pub fn allow_short_secret(mut self) -> Self {
        self.short_secret = true;
        self
    }
}

/// Builds a [`SignatureScheme`]; see [`SignatureScheme::builder`]. If a method is called again, the last call wins.
#[derive(Debug, Clone, PartialEq, Eq)]
#[must_use = "a builder does nothing until it is built"]
pub struct SignatureSchemeBuilder {
    scheme: SignatureScheme,
}

impl SignatureSchemeBuilder {
    /// Sets the hash function of the HMAC.
    pub fn hash(mut self, hash: Hash) -> Self {
        self.scheme.hash = hash;
        self
    }

    /// Sets the encoding of the signature.
    pub fn encoding(mut self, encoding: Encoding) -> Self {
        self.scheme.encoding = encoding;
        self
    }

    /// Sets the prefix of each signature, such as `sha256=`. Entries of a list that do not start with it are ignored.
    pub fn prefix(mut self, prefix: &str) -> Self {
        prefix.clone_into(&mut self.scheme.prefix);
        self
    }

    /// Sets the separator between signatures, or between fields, in the header. Spaces after it are ignored. Without a separator,
    /// the header's value is one signature.
    pub fn separator(mut self, separator: char) -> Self {
        self.scheme.separator = Some(separator);
        self
    }

    /// Sets the parts that are signed, in order; by default, the body alone. The body is signed exactly once, the id and the
    /// timestamp at most once.
    ///
    /// The parts must be distinguishable, so that nothing can move from one into the next. An id therefore needs a literal
    /// between it and the body or a timestamp in digits. A delivery whose id contains the nearest character of a literal next to it
    /// is refused. A timestamp in
    /// digits next to the body, without a literal between them, has exactly 10 digits (13 in milliseconds).
    pub fn signed(mut self, parts: impl IntoIterator<Item = Part>) -> Self {
        self.scheme.signed = parts.into_iter().collect();
        self
    }

    /// Sets the place and the format of the timestamp. It must be signed.
    pub fn timestamp(mut self, place: Place, format: TimestampFormat) -> Self {
        self.scheme.timestamp = Some((place, format));
        self
    }

    /// Sets the place of the delivery's id, which is 1 to 255 visible ASCII characters.
    ///
    /// An id in a header or a field must be signed: [`Part::Id`]. An id in the body is signed with the body. A header that is not
    /// signed counts only together with a member of the body that it equals: [`Place::header_and_member`].
    pub fn id(mut self, place: Place) -> Self {
        self.scheme.id = Some(place);
        self
    }

    /// Sets the format of the key in the secret.
    pub fn key(mut self, key: KeyFormat) -> Self {
        self.scheme.key = key;
        self
    }

    /// Returns the scheme.
    #[must_use]
    pub fn build(self) -> SignatureScheme {
        self.scheme
    }
}
