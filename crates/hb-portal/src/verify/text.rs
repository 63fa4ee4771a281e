//! A signature scheme as text, for configuration files and command lines.

use std::{
    fmt::{self, Display, Write as _},
    str::FromStr,
};

use super::{
    error::SetupError,
    layout::Layout,
    part::{Encoding, Hash, KeyFormat, Part, Place, TimestampFormat},
    scheme::SignatureScheme,
};

const ENCODINGS: [(&str, Encoding); 5] = [
    ("hex", Encoding::Hex),
    ("hex-upper", Encoding::HexUpper),
    ("base64", Encoding::Base64),
    ("base64url", Encoding::Base64Url),
    ("base64url-unpadded", Encoding::Base64UrlUnpadded),
];

/// Parses `github`, `standard-webhooks`, `stripe:HEADER`, or an encoding and a header, followed by options that are separated by
/// spaces:
///
/// | text | means |
/// |---|---|
/// | `hex:HEADER`, `hex-upper:`, `base64:`, `base64url:`, `base64url-unpadded:` | the signature covers the body, and is in this encoding, in this header |
/// | `hash=sha512` | HMAC-SHA512 instead of HMAC-SHA256 |
/// | `prefix=v1=` | the prefix of each signature |
/// | `separator=,` | the separator between signatures or fields |
/// | `signed={timestamp}.{body}` | the signed text: `{id}`, `{timestamp}`, `{body}`, and other text as it is |
/// | `timestamp=header:HEADER`, `timestamp=field:NAME` | the place of the timestamp |
/// | `time=milliseconds`, `time=rfc3339` | its format, if not seconds |
/// | `id=header:HEADER`, `id=field:NAME`, `id=member:NAME`, `id=header:HEADER,member:NAME` | the place of the id |
/// | `key=base64`, `key=base64:whsec_` | the key is in base64 in the secret, after that prefix |
/// | `allow-short-secret` | see [`SignatureScheme::allow_short_secret`] |
///
/// In a value, `%` and two hexadecimal digits stand for a byte: `%20` is a space, `%25` is `%`, `%7B` is `{`. `Display` writes
/// text that this parses.
impl FromStr for SignatureScheme {
    type Err = SetupError;

    fn from_str(text: &str) -> Result<Self, SetupError> {
        let mut words = text.split_ascii_whitespace();
        let first = words.next().unwrap_or_default();
        let mut scheme = match first.split_once(':') {
            None if first == "github" => Self::github(),
            None if first == "standard-webhooks" => Self::standard_webhooks(),
            Some(("stripe", header)) => Self::stripe(header),
            Some((name, header)) => match ENCODINGS.iter().find(|(text, _)| *text == name) {
                Some((_, encoding)) => Self::builder(header).encoding(*encoding).build(),
                None => return Err(unknown(first)),
            },
            None => return Err(unknown(first)),
        };
        for word in words {
            option(&mut scheme, word).ok_or_else(|| unknown(word))?;
        }
        Layout::new(&scheme)?;
        Ok(scheme)
    }
}

#[cold]
fn unknown(word: &str) -> SetupError {
    SetupError::SchemeText(word.to_owned())
}

fn option(scheme: &mut SignatureScheme, word: &str) -> Option<()> {
    if word == "allow-short-secret" {
        scheme.short_secret = true;
        return Some(());
    }
    let (name, value) = word.split_once('=')?;
    match (name, value) {
        ("hash", "sha256") => scheme.hash = Hash::Sha256,
        ("hash", "sha512") => scheme.hash = Hash::Sha512,
        ("prefix", value) => scheme.prefix = unescape(value)?,
        ("separator", value) => {
            let value = unescape(value)?;
            let mut chars = value.chars();
            scheme.separator = chars.next().filter(|_| chars.next().is_none());
            scheme.separator?;
        }
        ("signed", value) => scheme.signed = parts(value)?,
        ("timestamp", value) => {
            let format = scheme.timestamp.take().map_or(TimestampFormat::Seconds, |(_, format)| format);
            scheme.timestamp = Some((place(value)?, format));
        }
        ("time", value) => {
            let format = [TimestampFormat::Seconds, TimestampFormat::Milliseconds, TimestampFormat::Rfc3339]
                .into_iter()
                .find(|format| time(*format) == value)?;
            scheme.timestamp.as_mut()?.1 = format;
        }
        ("id", value) => scheme.id = Some(place(value)?),
        ("key", "bytes") => scheme.key = KeyFormat::Bytes,
        ("key", "base64") => scheme.key = KeyFormat::base64_after(""),
        ("key", value) => scheme.key = KeyFormat::Base64After(unescape(value.strip_prefix("base64:")?)?),
        _ => return None,
    }
    Some(())
}

fn place(text: &str) -> Option<Place> {
    let (kind, name) = text.split_once(':')?;
    Some(match (kind, name.split_once(",member:")) {
        ("header", Some((header, member))) => Place::header_and_member(header, &unescape(member)?),
        ("header", None) => Place::header(name),
        ("field", _) => Place::Field(unescape(name)?),
        ("member", _) => Place::Member(unescape(name)?),
        _ => return None,
    })
}

fn parts(text: &str) -> Option<Vec<Part>> {
    let (mut parts, mut rest) = (Vec::new(), text);
    while !rest.is_empty() {
        let (literal, after) = rest.split_once('{').map_or((rest, None), |(literal, after)| (literal, Some(after)));
        if !literal.is_empty() {
            parts.push(Part::Literal(unescape(literal)?));
        }
        let Some(after) = after else { break };
        let (name, after) = after.split_once('}')?;
        parts.push(match name {
            "id" => Part::Id,
            "timestamp" => Part::Timestamp,
            "body" => Part::Body,
            _ => return None,
        });
        rest = after;
    }
    Some(parts)
}

fn time(format: TimestampFormat) -> &'static str {
    match format {
        TimestampFormat::Seconds => "seconds",
        TimestampFormat::Milliseconds => "milliseconds",
        TimestampFormat::Rfc3339 => "rfc3339",
    }
}

fn unescape(text: &str) -> Option<String> {
    let (mut bytes, mut rest) = (Vec::with_capacity(text.len()), text.as_bytes());
    while let [first, after @ ..] = rest {
        rest = after;
        if *first != b'%' {
            bytes.push(*first);
            continue;
        }
        let (digits, after) = rest.split_at_checked(2)?;
        let digits = std::str::from_utf8(digits).ok().filter(|digits| !digits.starts_with('+'))?;
        bytes.push(u8::from_str_radix(digits, 16).ok()?);
        rest = after;
    }
    String::from_utf8(bytes).ok()
}

/// Displays a value with the characters escaped that have a meaning in a scheme's text.
struct Escaped<'t>(&'t str);

impl Display for Escaped<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.bytes().try_for_each(|byte| match byte {
            byte if byte.is_ascii_graphic() && !b"%{}".contains(&byte) => f.write_char(char::from(byte)),
            byte => write!(f, "%{byte:02X}"),
        })
    }
}

impl Display for SignatureScheme {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if *self == Self::github() {
            return f.write_str("github");
        }
        if *self == Self::standard_webhooks() {
            return f.write_str("standard-webhooks");
        }
        if *self == Self::stripe(&self.header) {
            return write!(f, "stripe:{}", self.header);
        }
        let encoding = ENCODINGS.iter().find(|(_, encoding)| *encoding == self.encoding);
        write!(f, "{}:{}", encoding.map_or("hex", |(name, _)| name), self.header)?;
        if self.hash == Hash::Sha512 {
            f.write_str(" hash=sha512")?;
        }
        if !self.prefix.is_empty() {
            write!(f, " prefix={}", Escaped(&self.prefix))?;
        }
        if let Some(separator) = self.separator {
            write!(f, " separator={}", Escaped(separator.encode_utf8(&mut [0; 4])))?;
        }
        if *self.signed != [Part::Body] {
            f.write_str(" signed=")?;
            self.signed.iter().try_for_each(|part| match part {
                Part::Id => f.write_str("{id}"),
                Part::Timestamp => f.write_str("{timestamp}"),
                Part::Body => f.write_str("{body}"),
                Part::Literal(text) => Escaped(text).fmt(f),
            })?;
        }
        if let Some((place, format)) = &self.timestamp {
            write!(f, " timestamp={place}")?;
            if *format != TimestampFormat::Seconds {
                write!(f, " time={}", time(*format))?;
            }
        }
        if let Some(place) = &self.id {
            write!(f, " id={place}")?;
        }
        if let KeyFormat::Base64After(prefix) = &self.key {
            f.write_str(" key=base64")?;
            if !prefix.is_empty() {
                write!(f, ":{}", Escaped(prefix))?;
            }
        }
        f.write_str(if self.short_secret { " allow-short-secret" } else { "" })
    }
}

impl Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Header(name) => write!(f, "header:{name}"),
            Self::Field(name) => write!(f, "field:{}", Escaped(name)),
            Self::Member(name) => write!(f, "member:{}", Escaped(name)),
            Self::HeaderAndMember { header, member } => write!(f, "header:{header},member:{}", Escaped(member)),
        }
    }
}
