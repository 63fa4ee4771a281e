//! Looks for the reason why a delivery is refused. It never accepts one.

use std::{borrow::Cow, fmt};

use http::{HeaderMap, HeaderName, header};

use super::{
    encoding,
    key::Key,
    layout::{Layout, Source},
    part::{Encoding, KeyFormat, TimestampFormat},
    presented::Presented,
    respell,
};
use crate::secret::SigningSecret;

/// Longer bodies are tried only as they arrived, so that a diagnosis takes a bounded time.
const MAX_BODY: usize = 64 * 1024;

/// The number of other headers that are tried.
const MAX_HEADERS: usize = 32;

/// The findings of [`Verifier::diagnose`](super::Verifier::diagnose).
///
/// `Display` adds the fixes. It shows neither a secret nor any part of the body.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Diagnosis {
    /// The causes to remove. If [`is_proven`](Self::is_proven) is true, the signature matches once all of them are removed.
    pub causes: Vec<Cause>,
    is_proven: bool,
}

impl Diagnosis {
    /// Whether the signature matched once the causes were removed, which proves that the sender signed the delivery. Otherwise,
    /// the causes are a suspicion.
    #[must_use]
    pub fn is_proven(&self) -> bool {
        self.is_proven
    }
}

impl fmt::Display for Diagnosis {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (&*self.causes, self.is_proven) {
            ([], true) => f.write_str("the signature matches: if the delivery is refused, check its age and this machine's clock"),
            ([], false) => f.write_str(
                "no known cause explains it: check that the secret belongs to this endpoint, capture a delivery and find its \
                 scheme with `detect`, or ignore it as a forgery",
            ),
            (causes, _) => causes.iter().enumerate().try_for_each(|(index, cause)| {
                f.write_str(if index > 0 { "; " } else { "" })?;
                cause.fmt(f)
            }),
        }
    }
}

/// The cause of a refusal.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Cause {
    /// The body was parsed and serialised again: the same JSON, written differently, matches.
    BodyRespelled,
    /// The body has a line end that was not signed.
    BodyHasLineEnd,
    /// The body lacks a line end that was signed.
    BodyLacksLineEnd,
    /// The body is base64 of the signed bytes, as some gateways forward it.
    BodyIsBase64,
    /// The body is still compressed.
    BodyIsCompressed,
    /// The body does not have the length that `Content-Length` says.
    BodyHasOtherLength,
    /// The secret has white space around it.
    SecretHasWhiteSpace,
    /// The secret has quotes around it.
    SecretIsQuoted,
    /// The secret has a byte-order mark before it.
    SecretHasByteOrderMark,
    /// The secret has `v1,` before it.
    SecretHasVersion,
    /// The key is encoded in the secret in another format.
    KeyFormat(KeyFormat),
    /// The signature is written in another encoding.
    Encoding(Encoding),
    /// The signature has no prefix.
    NoPrefix,
    /// The signature is in another header.
    Header(HeaderName),
    /// The timestamp is written in another format.
    Timestamp(TimestampFormat),
}

impl fmt::Display for Cause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::BodyRespelled => {
                "the body was parsed and written again: pass the bytes that arrived, before anything parses them"
            }
            Self::BodyHasLineEnd => "the body has a line end that was not signed: pass the bytes that arrived",
            Self::BodyLacksLineEnd => "the body lacks its last line end: pass the bytes that arrived",
            Self::BodyIsBase64 => "the body is still in base64: decode it first",
            Self::BodyIsCompressed => "the body is still compressed: decompress it first",
            Self::BodyHasOtherLength => {
                "the body does not have the length that Content-Length says: pass the bytes that arrived"
            }
            Self::SecretHasWhiteSpace => "the signing secret has white space around it: trim it where it is read",
            Self::SecretIsQuoted => "the signing secret has quotes around it: remove them",
            Self::SecretHasByteOrderMark => "the signing secret starts with a byte-order mark: remove it from the file",
            Self::SecretHasVersion => "the signing secret starts with `v1,`: remove that",
            Self::KeyFormat(KeyFormat::Bytes) => "the whole secret is the key: use KeyFormat::Bytes",
            Self::KeyFormat(KeyFormat::Base64After(_)) => {
                "the key is in base64 in the secret: use KeyFormat::base64_after"
            }
            Self::Encoding(encoding) => {
                return write!(f, "the signature is written in another encoding: use Encoding::{encoding:?}");
            }
            Self::NoPrefix => "the signature has no prefix: remove it from the scheme",
            Self::Header(header) => {
                return write!(f, "the signature is in the header {header}: name that in the scheme");
            }
            Self::Timestamp(format) => {
                return write!(f, "the timestamp is written in another format: use TimestampFormat::{format:?}");
            }
        })
    }
}

/// A way in which the delivery may have been signed, and the causes that a match would prove.
type Variant<T> = (Vec<Cause>, T);

pub(super) fn diagnose<'s>(
    layout: &Layout,
    format: &KeyFormat,
    secrets: impl Iterator<Item = &'s SigningSecret>,
    headers: &HeaderMap,
    body: &[u8],
) -> Diagnosis {
    let keys: Vec<Variant<Key>> = secrets.flat_map(|secret| keys(secret.expose_secret(), format, layout)).collect();
    let bodies = bodies(body);
    for (layout_causes, layout) in layouts(layout, headers) {
        let Ok(presented) = layout.read(headers) else { continue };
        for (body_causes, body) in &bodies {
            for (key_causes, key) in &keys {
                let changed = [&layout_causes, body_causes, key_causes].into_iter().filter(|causes| !causes.is_empty());
                if changed.count() > 2 || !layout.matches(&presented, body, key) {
                    continue;
                }
                let mut causes = [&*layout_causes, body_causes, key_causes].concat();
                causes.extend(misread_timestamp(&layout, &presented));
                return Diagnosis { causes, is_proven: true };
            }
        }
    }
    Diagnosis { causes: suspicions(headers, body), is_proven: false }
}

/// Returns the scheme, then others that differ from it in one aspect.
fn layouts(scheme: &Layout, headers: &HeaderMap) -> Vec<Variant<Layout>> {
    let mut all = vec![(Vec::new(), scheme.clone())];
    let mut add = |cause: Cause, change: &dyn Fn(&mut Layout)| {
        let mut layout = scheme.clone();
        change(&mut layout);
        all.push((vec![cause], layout));
    };
    for encoding in
        [Encoding::Hex, Encoding::HexUpper, Encoding::Base64, Encoding::Base64Url, Encoding::Base64UrlUnpadded]
    {
        if encoding != scheme.encoding {
            add(Cause::Encoding(encoding), &|layout| layout.encoding = encoding);
        }
    }
    if !scheme.prefix.is_empty() {
        add(Cause::NoPrefix, &|layout| layout.prefix = "".into());
    }
    for format in [TimestampFormat::Seconds, TimestampFormat::Milliseconds, TimestampFormat::Rfc3339] {
        if scheme.timestamp.as_ref().is_some_and(|(_, scheme)| *scheme != format) {
            add(Cause::Timestamp(format), &|layout| {
                layout.timestamp_len = layout.timestamp_len.and(format.digits());
                if let Some((_, layout)) = &mut layout.timestamp {
                    *layout = format;
                }
            });
        }
    }
    let is_free = |name: &HeaderName| {
        let taken = |source: &Source| matches!(source, Source::Header(taken) if taken == name);
        *name != scheme.header
            && ![&scheme.id, &scheme.timestamp.as_ref().map(|(source, _)| source.clone())]
                .into_iter()
                .flatten()
                .any(taken)
    };
    for name in headers.keys().filter(|name| is_free(name)).take(MAX_HEADERS) {
        add(Cause::Header(name.clone()), &|layout| layout.header = name.clone());
    }
    all
}

/// Returns the body, then the forms that it may have had before it was forwarded.
fn bodies(body: &[u8]) -> Vec<Variant<Cow<'_, [u8]>>> {
    let mut all = vec![(Vec::new(), Cow::Borrowed(body))];
    if body.len() > MAX_BODY {
        return all;
    }
    let mut add = |cause: Cause, body: Cow<'_, [u8]>| all.push((vec![cause], body.into_owned().into()));
    if let Some(json) = respell::json(body) {
        for spelling in respell::SPELLINGS {
            add(Cause::BodyRespelled, spelling.write(json).into());
        }
    }
    if let Some(shorter) = body.strip_suffix(b"\n") {
        add(Cause::BodyHasLineEnd, shorter.strip_suffix(b"\r").unwrap_or(shorter).into());
    }
    for end in [&b"\n"[..], b"\r\n"] {
        add(Cause::BodyLacksLineEnd, [body, end].concat().into());
    }
    if let Some(decoded) = encoding::base64(body.trim_ascii_end()) {
        add(Cause::BodyIsBase64, decoded.to_vec().into());
    }
    all
}

/// Returns the key of the secret, then the keys of the forms that the secret may have had before it was stored.
fn keys(secret: &str, format: &KeyFormat, layout: &Layout) -> Vec<Variant<Key>> {
    let mut texts = vec![(Vec::new(), secret)];
    let (mut causes, mut text) = (Vec::new(), secret);
    while let Some((cause, inner)) = peel(text) {
        causes.push(cause);
        text = inner;
        texts.push((causes.clone(), inner));
    }
    let other = match format {
        KeyFormat::Bytes => KeyFormat::base64_after("whsec_"),
        KeyFormat::Base64After(_) => KeyFormat::Bytes,
    };
    let mut all = Vec::new();
    for (format, cause) in [(format, None), (&other, Some(Cause::KeyFormat(other.clone())))] {
        for (causes, text) in &texts {
            if let Ok(key) = Key::read(text, format, layout.hash, 1) {
                all.push((causes.iter().cloned().chain(cause.clone()).collect(), key));
            }
        }
    }
    all
}

/// Removes one layer of text around `secret` that does not belong to it.
fn peel(secret: &str) -> Option<(Cause, &str)> {
    if let Some(inner) = secret.strip_prefix('\u{feff}') {
        return Some((Cause::SecretHasByteOrderMark, inner));
    }
    if secret.trim().len() < secret.len() {
        return Some((Cause::SecretHasWhiteSpace, secret.trim()));
    }
    let quoted = |quote| secret.strip_prefix(quote)?.strip_suffix(quote);
    if let Some(inner) = quoted('"').or_else(|| quoted('\'')) {
        return Some((Cause::SecretIsQuoted, inner));
    }
    secret.strip_prefix("v1,").map(|inner| (Cause::SecretHasVersion, inner))
}

/// Detects milliseconds that were read as seconds, or the reverse. The signature matches either way, because it covers the
/// digits.
fn misread_timestamp(layout: &Layout, presented: &Presented<'_>) -> Option<Cause> {
    let (_, format) = layout.timestamp.as_ref()?;
    let digits = presented.timestamp.as_ref()?.text.len();
    match format {
        TimestampFormat::Seconds if digits >= 12 => Some(Cause::Timestamp(TimestampFormat::Milliseconds)),
        TimestampFormat::Milliseconds if digits <= 11 => Some(Cause::Timestamp(TimestampFormat::Seconds)),
        _ => None,
    }
}

/// Returns a cause that certainly applies, but may not be the only one.
fn suspicions(headers: &HeaderMap, body: &[u8]) -> Vec<Cause> {
    let starts = |magic: &[u8]| body.starts_with(magic);
    if starts(b"\x1f\x8b") || starts(b"\x28\xb5\x2f\xfd") {
        return vec![Cause::BodyIsCompressed];
    }
    let length = headers.get(header::CONTENT_LENGTH).and_then(|value| value.to_str().ok()?.parse::<usize>().ok());
    // Decoding changes the length of a body, but can leave the signed bytes.
    let other = !headers.contains_key(header::CONTENT_ENCODING) && length.is_some_and(|length| length != body.len());
    if other { vec![Cause::BodyHasOtherLength] } else { Vec::new() }
}
