//! The vocabulary of a signature scheme: hash, encoding, the signed parts, and their places.

/// The hash function of the HMAC.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Hash {
    /// HMAC-SHA256: signatures of 32 bytes.
    Sha256,
    /// HMAC-SHA512: signatures of 64 bytes.
    Sha512,
}

/// The encoding of a signature. Each signature has exactly one text, so that no bit of it can change unnoticed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Encoding {
    /// Hexadecimal, `0`–`9` and `a`–`f`.
    Hex,
    /// Hexadecimal, `0`–`9` and `A`–`F`.
    HexUpper,
    /// Base64 with `+` and `/`, padded with `=` (RFC 4648, section 4).
    Base64,
    /// Base64 with `-` and `_`, padded with `=` (RFC 4648, section 5).
    Base64Url,
    /// Base64 with `-` and `_`, without padding (RFC 4648, section 5).
    Base64UrlUnpadded,
}

/// A part of the signed text.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Part {
    /// The id of the delivery, from the place that [`id`](super::SignatureSchemeBuilder::id) names.
    Id,
    /// The timestamp as it is written, from the place that [`timestamp`](super::SignatureSchemeBuilder::timestamp) names.
    Timestamp,
    /// The body, byte for byte.
    Body,
    /// Text that is the same in every delivery, such as `.` or `v0:`.
    Literal(String),
}

impl Part {
    /// Text that is the same in every delivery.
    #[must_use]
    pub fn literal(text: &str) -> Self {
        Self::Literal(text.to_owned())
    }
}

/// The place of a timestamp or an id.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Place {
    /// The value of a header.
    Header(String),
    /// An entry `name=value` of the signature's header, between separators.
    Field(String),
    /// For an id only: a top-level member of the JSON body, a string or an integer. It is signed with the body.
    Member(String),
    /// For an id only: a header that is not signed. It counts because it must equal a top-level member of the body.
    HeaderAndMember {
        /// The header.
        header: String,
        /// The member of the body.
        member: String,
    },
}

impl Place {
    /// The value of the header `name`.
    #[must_use]
    pub fn header(name: &str) -> Self {
        Self::Header(name.to_owned())
    }

    /// The entry `name=value` of the signature's header, between separators.
    #[must_use]
    pub fn field(name: &str) -> Self {
        Self::Field(name.to_owned())
    }

    /// The top-level member `name` of the JSON body.
    #[must_use]
    pub fn member(name: &str) -> Self {
        Self::Member(name.to_owned())
    }

    /// The value of the header `header`, which must equal the top-level member `member` of the JSON body. Otherwise, the delivery
    /// is refused.
    #[must_use]
    pub fn header_and_member(header: &str, member: &str) -> Self {
        Self::HeaderAndMember { header: header.to_owned(), member: member.to_owned() }
    }
}

/// The format of a timestamp.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum TimestampFormat {
    /// Whole seconds since 1970, in decimal.
    Seconds,
    /// Whole milliseconds since 1970, in decimal.
    Milliseconds,
    /// A date and time with an offset, such as `2019-11-16T10:11:12.123Z` (RFC 3339, upper-case `T` and `Z`).
    Rfc3339,
}

/// The format of the key in the secret.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum KeyFormat {
    /// The secret's bytes are the key.
    Bytes,
    /// The key is in base64, after a prefix that may be missing.
    Base64After(String),
}

impl KeyFormat {
    /// The key is in base64, after `prefix` if the secret starts with it; padding may be missing.
    #[must_use]
    pub fn base64_after(prefix: &str) -> Self {
        Self::Base64After(prefix.to_owned())
    }
}
