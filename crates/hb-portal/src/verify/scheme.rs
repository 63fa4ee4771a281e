//! What a signature scheme says: where the signature is, what it covers, and how it is written.

/// How deliveries are signed. None is a default, because the portal's documentation names none: see the
/// [module](crate::verify).
///
/// What makes no sense, such as a header's name with a space in it, is refused by
/// [`Verifier::new`](super::Verifier::new) and [`Signer::new`](super::Signer::new).
///
/// ```
/// use hb_portal::verify::{Encoding, Hash, Place, SignatureScheme, Signed};
///
/// // HMAC-SHA512 in base64 over `timestamp.body`, with the timestamp in a header of its own.
/// let scheme = SignatureScheme::builder("X-Signature")
///     .hash(Hash::Sha512)
///     .encoding(Encoding::Base64)
///     .signed(Signed::TimestampBody { timestamp: Place::header("X-Timestamp") })
///     .build();
/// # let _ = scheme;
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignatureScheme {
    pub(super) header: String,
    pub(super) hash: Hash,
    pub(super) encoding: Encoding,
    pub(super) prefix: String,
    pub(super) separator: Option<char>,
    pub(super) signed: Signed,
    pub(super) key: KeyFormat,
}

impl SignatureScheme {
    /// HMAC-SHA256 of the body, in lower-case hexadecimal, alone in `header`.
    ///
    /// A well-known Laravel sender does this with the header `Signature`. That the portal does is `inferred` at most.
    #[must_use]
    pub fn hmac_sha256_hex(header: &str) -> Self {
        Self::builder(header).build()
    }

    /// HMAC-SHA256 of the body, in base64, alone in `header`.
    #[must_use]
    pub fn hmac_sha256_base64(header: &str) -> Self {
        Self::builder(header).encoding(Encoding::Base64).build()
    }

    /// GitHub's: HMAC-SHA256 of the body, `X-Hub-Signature-256: sha256=<hex>`.
    #[must_use]
    pub fn github() -> Self {
        Self::builder("X-Hub-Signature-256").prefix("sha256=").build()
    }

    /// Stripe's: HMAC-SHA256 of `timestamp.body`, `<header>: t=<seconds>,v1=<hex>`, where `v1` may occur several times.
    ///
    /// Stripe's own header is `Stripe-Signature`. The key is the whole secret, `whsec_` included.
    #[must_use]
    pub fn stripe(header: &str) -> Self {
        Self::builder(header)
            .prefix("v1=")
            .separator(',')
            .signed(Signed::TimestampBody { timestamp: Place::field("t") })
            .build()
    }

    /// Standard Webhooks' symmetric one: HMAC-SHA256 of `id.timestamp.body` in `webhook-signature: v1,<base64>`, several of
    /// them separated by spaces; `webhook-id` and `webhook-timestamp` have the rest, and the key is base64 after `whsec_`.
    #[must_use]
    pub fn standard_webhooks() -> Self {
        Self::builder("webhook-signature")
            .encoding(Encoding::Base64)
            .prefix("v1,")
            .separator(' ')
            .signed(Signed::IdTimestampBody {
                id: Place::header("webhook-id"),
                timestamp: Place::header("webhook-timestamp"),
            })
            .key(KeyFormat::base64_after("whsec_"))
            .build()
    }

    /// A scheme of your own with the signature in `header`: HMAC-SHA256 of the body in lower-case hexadecimal, the key the
    /// secret's bytes, until told otherwise.
    pub fn builder(header: &str) -> SignatureSchemeBuilder {
        SignatureSchemeBuilder {
            scheme: Self {
                header: header.to_owned(),
                hash: Hash::Sha256,
                encoding: Encoding::Hex,
                prefix: String::new(),
                separator: None,
                signed: Signed::Body,
                key: KeyFormat::Bytes,
            },
        }
    }
}

/// Builds a [`SignatureScheme`]; see [`SignatureScheme::builder`].
#[derive(Debug, Clone, PartialEq, Eq)]
#[must_use = "a builder does nothing until it is built"]
pub struct SignatureSchemeBuilder {
    scheme: SignatureScheme,
}

impl SignatureSchemeBuilder {
    /// The hash beneath the HMAC.
    pub fn hash(mut self, hash: Hash) -> Self {
        self.scheme.hash = hash;
        self
    }

    /// How the signature is written.
    pub fn encoding(mut self, encoding: Encoding) -> Self {
        self.scheme.encoding = encoding;
        self
    }

    /// What stands before each signature, such as `sha256=`. What in a list does not start with it is passed over.
    pub fn prefix(mut self, prefix: &str) -> Self {
        prefix.clone_into(&mut self.scheme.prefix);
        self
    }

    /// What separates several signatures, or fields, in the header. Without one, the header's value is one signature.
    pub fn separator(mut self, separator: char) -> Self {
        self.scheme.separator = Some(separator);
        self
    }

    /// What the signature covers.
    pub fn signed(mut self, signed: Signed) -> Self {
        self.scheme.signed = signed;
        self
    }

    /// How the key is read from the secret.
    pub fn key(mut self, key: KeyFormat) -> Self {
        self.scheme.key = key;
        self
    }

    /// The scheme.
    #[must_use]
    pub fn build(self) -> SignatureScheme {
        self.scheme
    }
}

/// The hash beneath the HMAC.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Hash {
    /// HMAC-SHA256: signatures of 32 bytes.
    Sha256,
    /// HMAC-SHA512: signatures of 64 bytes.
    Sha512,
}

/// How a signature is written. Each signature has one spelling only, so that no bit of it can change unnoticed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Encoding {
    /// Hexadecimal, `0`–`9` and `a`–`f`.
    Hex,
    /// Hexadecimal, `0`–`9` and `A`–`F`.
    HexUpper,
    /// Base64 with `+` and `/`, padded with `=` (RFC 4648, section 4).
    Base64,
}

/// What a signature covers.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Signed {
    /// The body. Then nothing says how old a delivery is, and whoever saw one can send it again: see
    /// [`Verified::delivery_key`](super::Verified::delivery_key).
    Body,
    /// `timestamp.body`
    TimestampBody {
        /// Where the timestamp is: whole seconds since 1970, in decimal.
        timestamp: Place,
    },
    /// `id.timestamp.body`
    IdTimestampBody {
        /// Where the delivery's id is: at most 255 visible ASCII characters, no full stop.
        id: Place,
        /// Where the timestamp is: whole seconds since 1970, in decimal.
        timestamp: Place,
    },
}

/// Where a timestamp or an id is.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Place {
    /// It is the value of a header.
    Header(String),
    /// It is in the signature's header, as `name=value` between separators.
    Field(String),
}

impl Place {
    /// It is the value of the header `name`.
    #[must_use]
    pub fn header(name: &str) -> Self {
        Self::Header(name.to_owned())
    }

    /// It is in the signature's header, as `name=value` between separators.
    #[must_use]
    pub fn field(name: &str) -> Self {
        Self::Field(name.to_owned())
    }
}

/// How the key is read from the secret. Whichever it is, a key of fewer than 14 bytes is refused: below 112 bits, NIST SP
/// 800-131A (revision 2, section 10) allows no HMAC.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum KeyFormat {
    /// The secret's bytes are the key.
    Bytes,
    /// The key is in base64, after a prefix which may be missing.
    Base64After(String),
}

impl KeyFormat {
    /// The key is in base64, after `prefix` if the secret starts with it; padding may be missing.
    #[must_use]
    pub fn base64_after(prefix: &str) -> Self {
        Self::Base64After(prefix.to_owned())
    }
}
