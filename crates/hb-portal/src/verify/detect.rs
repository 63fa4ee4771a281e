//! Finds the scheme with which a captured delivery was signed: for people, not for a request path.

use std::{
    fmt,
    time::{Duration, SystemTime},
};

use http::{HeaderMap, HeaderName};

use super::{
    encoding,
    part::{Encoding, Hash, KeyFormat, Part, Place, TimestampFormat},
    presented::id_of,
    scheme::SignatureScheme,
    verifier::Verifier,
};
use crate::secret::SigningSecret;

/// The limits of the search, far above real deliveries.
const MAX_HEADERS: usize = 64;
const MAX_IDS: usize = 8;
const MAX_TIMESTAMPS: usize = 8;

const ENCODINGS: [Encoding; 5] =
    [Encoding::Hex, Encoding::HexUpper, Encoding::Base64, Encoding::Base64Url, Encoding::Base64UrlUnpadded];

/// The text that senders sign, with `v` for the version in the signature's prefix (`v0` of `v0=`).
const SIGNED: [&str; 14] = [
    "body",
    "time.body",
    "time:body",
    "timebody",
    "time\nbody",
    "v:time:body",
    "body.time",
    "body:time",
    "bodytime",
    "id.time.body",
    "id:time:body",
    "idtimebody",
    "id.body",
    "time.id.body",
];

/// Finds the schemes with which `secret` signed this delivery, whatever its age; empty if there are none.
///
/// No documentation that we have describes how the portal signs. So capture one delivery, headers and body as they arrived, pass
/// it to this function, and configure a [`Verifier`] with the scheme that it returns; `SignatureScheme` parses its own `Display`.
/// The search covers the hash, the encoding, the header, the prefix and the signed text. It finds only schemes that sign the
/// whole body. If it finds nothing, [`Verifier::diagnose`] may find a problem with the body or the secret.
///
/// ```
/// use hb_portal::SigningSecret;
/// use hb_portal::verify::{SignatureScheme, Signer, detect};
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let (secret, body) = (SigningSecret::new("the secret that the portal showed"), br#"{"event":"reference.submitted"}"#);
/// # let headers = Signer::new(SignatureScheme::stripe("X-Portal-Signature"), &secret)?.sign(body)?;
/// let detected = detect(&headers, body, &secret);
/// assert_eq!(detected[0].scheme.to_string(), "stripe:x-portal-signature");
/// assert!(!detected[0].is_open_to_replay());
/// # Ok(())
/// # }
/// ```
#[must_use]
pub fn detect(headers: &HeaderMap, body: &[u8], secret: &SigningSecret) -> Vec<Detected> {
    let lines: Vec<(&HeaderName, &str)> = headers
        .iter()
        .take(MAX_HEADERS)
        .filter(|(name, _)| headers.get_all(*name).iter().count() == 1)
        .filter_map(|(name, value)| Some((name, value.to_str().ok()?)))
        .collect();
    let mut detected: Vec<Detected> = Vec::new();
    let mut explained: Vec<&str> = Vec::new();
    for candidate in lines.iter().flat_map(|(name, value)| candidates(name, value)) {
        // The same signature, cut out of its header in another way.
        if explained.contains(&candidate.digits) {
            continue;
        }
        for scheme in candidate.schemes(&lines) {
            // If the secret is too short, the scheme that is found allows it.
            let verifier =
                Verifier::new(scheme.clone(), secret).map(|verifier| (scheme.clone(), verifier)).or_else(|_| {
                    let scheme = scheme.allow_short_secret();
                    Verifier::new(scheme.clone(), secret).map(|verifier| (scheme, verifier))
                });
            let Ok((scheme, verifier)) = verifier else { continue };
            let verified = verifier.tolerance(Duration::MAX).verify_at(headers, body, SystemTime::UNIX_EPOCH);
            if verified.is_ok() && detected.iter().all(|found| found.scheme != scheme) {
                // Header names arrive in lower case, which is not how GitHub's is written.
                let github = SignatureScheme::github();
                let is_github = SignatureScheme { header: github.header.clone(), ..scheme.clone() } == github
                    && scheme.header.eq_ignore_ascii_case(&github.header);
                detected.push(Detected { scheme: if is_github { github } else { scheme } });
                explained.push(candidate.digits);
            }
        }
    }
    detected
}

/// A scheme that [`detect`] found.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Detected {
    /// The scheme.
    pub scheme: SignatureScheme,
}

impl Detected {
    /// Whether the scheme signs neither an id nor a timestamp.
    ///
    /// If so, anyone who has seen a delivery can replay it at any time, and only a [replay guard](crate::replay) that still
    /// remembers the delivery notices. If the body has an id, add it to the scheme with
    /// [`SignatureSchemeBuilder::id`](super::SignatureSchemeBuilder::id).
    #[must_use]
    pub fn is_open_to_replay(&self) -> bool {
        self.scheme.id.is_none() && self.scheme.timestamp.is_none()
    }
}

impl fmt::Display for Detected {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let note =
            if self.is_open_to_replay() { " (open to replay: it signs neither an id nor a timestamp)" } else { "" };
        write!(f, "{}{note}", self.scheme)
    }
}

/// A possible signature.
struct Candidate<'h> {
    header: &'h HeaderName,
    digits: &'h str,
    hash: Hash,
    encoding: Encoding,
    prefix: &'h str,
    separator: Option<char>,
    /// The other fields of its header, as names and values.
    fields: Vec<(&'h str, &'h str)>,
}

/// Returns the candidates in a header: its value, or the texts between separators, without a prefix that ends in punctuation.
fn candidates<'h>(header: &'h HeaderName, value: &'h str) -> Vec<Candidate<'h>> {
    let mut all = Vec::new();
    for separator in [None, Some(','), Some(';'), Some(' ')] {
        let entries: Vec<&str> = match separator {
            None => vec![value],
            Some(separator) if value.contains(separator) => {
                value.split(separator).map(|entry| entry.trim_start_matches(' ')).collect()
            }
            Some(_) => continue,
        };
        for entry in &entries {
            let ends = entry.char_indices().filter(|(_, c)| "=,:".contains(*c)).map(|(at, _)| at + 1);
            for (prefix, digits) in std::iter::once(0).chain(ends.take(2)).map(|at| entry.split_at(at)) {
                let Some((hash, encoding)) = form(digits) else { continue };
                // A list of versions such as `v1,…` is separated by spaces, even if there is only one.
                let separator = separator.or(prefix.ends_with(',').then_some(' '));
                let fields =
                    entries.iter().filter(|other| *other != entry).filter_map(|other| other.split_once('=')).collect();
                all.push(Candidate { header, digits, hash, encoding, prefix, separator, fields });
            }
        }
    }
    all
}

/// Returns the hash and the encoding that `digits` look like.
fn form(digits: &str) -> Option<(Hash, Encoding)> {
    let in_hash = |hash: Hash| {
        let encoding = ENCODINGS.into_iter().find(|encoding| {
            digits.len() == encoding.encoded_len(hash.tag_len())
                && match encoding {
                    Encoding::Hex => digits.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f')),
                    Encoding::HexUpper => digits.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'A'..=b'F')),
                    Encoding::Base64 => encoding::base64(digits.as_bytes()).is_some(),
                    Encoding::Base64Url | Encoding::Base64UrlUnpadded => {
                        !digits.contains(['+', '/'])
                            && encoding::base64(digits.replace('-', "+").replace('_', "/").as_bytes()).is_some()
                    }
                }
        });
        Some((hash, encoding?))
    };
    in_hash(Hash::Sha256).or_else(|| in_hash(Hash::Sha512))
}

impl Candidate<'_> {
    /// Returns every scheme that may have produced this candidate.
    fn schemes(&self, lines: &[(&HeaderName, &str)]) -> Vec<SignatureScheme> {
        let others = || lines.iter().filter(|(name, _)| *name != self.header);
        let timestamp = |place: Place, value: &str| Some((place, format(value)?));
        let timestamps: Vec<(Place, TimestampFormat)> = (self.fields.iter())
            .filter_map(|(name, value)| timestamp(Place::field(name), value))
            .chain(others().filter_map(|(name, value)| timestamp(Place::header(name.as_str()), value)))
            .take(MAX_TIMESTAMPS)
            .collect();
        let is_id = |name: &str, value: &str| {
            name.to_ascii_lowercase().contains("id") && id_of(value.as_bytes(), [0; 2]).is_some()
        };
        let ids: Vec<Place> = (self.fields.iter())
            .filter(|(name, value)| is_id(name, value))
            .map(|(name, _)| Place::field(name))
            .chain(
                others()
                    .filter(|(name, value)| is_id(name.as_str(), value))
                    .map(|(name, _)| Place::header(name.as_str())),
            )
            .take(MAX_IDS)
            .collect();
        let mut schemes = Vec::new();
        for parts in SIGNED.iter().filter_map(|text| self.parts(text)) {
            let timestamps: Vec<_> =
                if parts.contains(&Part::Timestamp) { timestamps.iter().map(Some).collect() } else { vec![None] };
            let ids: Vec<_> = if parts.contains(&Part::Id) { ids.iter().map(Some).collect() } else { vec![None] };
            for (timestamp, id) in timestamps.iter().flat_map(|timestamp| ids.iter().map(move |id| (timestamp, id))) {
                for key in [KeyFormat::Bytes, KeyFormat::base64_after("whsec_")] {
                    let mut scheme = SignatureScheme::builder(self.header.as_str()).build();
                    scheme.hash = self.hash;
                    scheme.encoding = self.encoding;
                    scheme.prefix = self.prefix.to_owned();
                    scheme.separator = self.separator;
                    scheme.signed = parts.clone();
                    scheme.timestamp = timestamp.cloned();
                    scheme.id = id.cloned();
                    scheme.key = key;
                    schemes.push(scheme);
                }
            }
        }
        schemes
    }

    /// Parses a `text` of [`SIGNED`]; `None` if it needs a version and there is none.
    fn parts(&self, text: &str) -> Option<Vec<Part>> {
        let (mut parts, mut rest) = (Vec::new(), text);
        let version = self.prefix.trim_end_matches(|c: char| c.is_ascii_punctuation());
        while let Some(first) = rest.chars().next() {
            let (part, len) = match rest {
                rest if rest.starts_with("body") => (Part::Body, 4),
                rest if rest.starts_with("time") => (Part::Timestamp, 4),
                rest if rest.starts_with("id") => (Part::Id, 2),
                _ if first == 'v' && version.is_empty() => return None,
                _ if first == 'v' => (Part::literal(version), 1),
                _ => (Part::Literal(first.to_string()), 1),
            };
            // Merges `v:` into one literal, so that it is displayed as one.
            match (parts.last_mut(), part) {
                (Some(Part::Literal(before)), Part::Literal(more)) => before.push_str(&more),
                (_, part) => parts.push(part),
            }
            rest = rest.get(len..).unwrap_or_default();
        }
        Some(parts)
    }
}

/// Returns the format of a timestamp of this century.
fn format(text: &str) -> Option<TimestampFormat> {
    let format = match text.len() {
        9..=11 => TimestampFormat::Seconds,
        12..=14 => TimestampFormat::Milliseconds,
        _ => TimestampFormat::Rfc3339,
    };
    format.parse(text.as_bytes()).map(|_| format)
}
