//! Signs deliveries. The code is independent of the SDK's, so that tests can check each against the other.

use std::fmt::{self, Write as _};
use std::io;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac_sha256::HMAC;

/// The signature schemes of deliveries, all with HMAC-SHA256.
///
/// The portal does not document how it signs, so each [`TestDelivery`](crate::TestDelivery) must name a scheme.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Signing {
    /// Signs the body, in hexadecimal, in this header. A well-known Laravel sender uses `Signature`.
    Hex(String),
    /// Signs the body, in base64, in this header.
    Base64(String),
    /// As GitHub does: signs the body, in `X-Hub-Signature-256: sha256=<hex>`.
    Github,
    /// As Stripe does: signs `timestamp.body`, in this header as `t=<seconds>,v1=<hex>`.
    Stripe(String),
    /// As Standard Webhooks specifies: signs `id.timestamp.body`, in `webhook-id`, `webhook-timestamp` and
    /// `webhook-signature: v1,<base64>`. The secret is the key in base64, with an optional prefix `whsec_`.
    StandardWebhooks,
}

impl Signing {
    /// Parses `hex:HEADER`, `base64:HEADER`, `github`, `stripe:HEADER` or `standard-webhooks`, as `hb-portal sandbox --sign`
    /// accepts them.
    ///
    /// # Errors
    /// The text is none of these.
    ///
    /// # Examples
    /// ```
    /// use hb_portal_sandbox::Signing;
    ///
    /// assert_eq!(Signing::parse("hex:Signature")?, Signing::Hex("Signature".to_owned()));
    /// # Ok::<_, std::io::Error>(())
    /// ```
    pub fn parse(text: &str) -> io::Result<Self> {
        let header = |header: &str| {
            let token = |c: char| c.is_ascii_alphanumeric() || "-_".contains(c);
            (!header.is_empty() && header.chars().all(token)).then(|| header.to_owned())
        };
        let signing = match text.split_once(':') {
            None if text == "github" => Some(Self::Github),
            None if text == "standard-webhooks" => Some(Self::StandardWebhooks),
            Some(("hex", name)) => header(name).map(Self::Hex),
            Some(("base64", name)) => header(name).map(Self::Base64),
            Some(("stripe", name)) => header(name).map(Self::Stripe),
            _ => None,
        };
        let expected = "expected hex:HEADER, base64:HEADER, github, stripe:HEADER or standard-webhooks";
        signing.ok_or_else(|| io::Error::new(io::ErrorKind::InvalidInput, expected))
    }

    /// Returns the headers of a delivery.
    pub(super) fn headers(
        &self,
        secret: &str,
        id: &str,
        seconds: u64,
        body: &[u8],
    ) -> io::Result<Vec<(String, String)>> {
        let sign = |before: &str| HMAC::mac([before.as_bytes(), body].concat(), secret.as_bytes());
        Ok(match self {
            Self::Hex(header) => vec![(header.clone(), hex(&sign("")))],
            Self::Base64(header) => vec![(header.clone(), STANDARD.encode(sign("")))],
            Self::Github => vec![("X-Hub-Signature-256".to_owned(), format!("sha256={}", hex(&sign(""))))],
            Self::Stripe(header) => {
                vec![(header.clone(), format!("t={seconds},v1={}", hex(&sign(&format!("{seconds}.")))))]
            }
            Self::StandardWebhooks => {
                let key = STANDARD.decode(secret.strip_prefix("whsec_").unwrap_or(secret)).map_err(|_| {
                    io::Error::new(
                        io::ErrorKind::InvalidInput,
                        "the endpoint's secret is not base64, as Standard Webhooks requires",
                    )
                })?;
                let mac = HMAC::mac([format!("{id}.{seconds}.").as_bytes(), body].concat(), key);
                vec![
                    ("webhook-id".to_owned(), id.to_owned()),
                    ("webhook-timestamp".to_owned(), seconds.to_string()),
                    ("webhook-signature".to_owned(), format!("v1,{}", STANDARD.encode(mac))),
                ]
            }
        })
    }
}

impl fmt::Display for Signing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Hex(header) => write!(f, "hex:{header}"),
            Self::Base64(header) => write!(f, "base64:{header}"),
            Self::Github => f.write_str("github"),
            Self::Stripe(header) => write!(f, "stripe:{header}"),
            Self::StandardWebhooks => f.write_str("standard-webhooks"),
        }
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        // Writing to a `String` cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The vectors are from GitHub Docs, "Validating webhook deliveries"; the sign test of the libraries in
    /// standard-webhooks/standard-webhooks; and RFC 4231, section 4.3 (case 2).
    #[test]
    fn signatures_match_the_published_vectors() {
        let last = |signing: Signing, secret, id, seconds, body| {
            signing.headers(secret, id, seconds, body).unwrap().pop().unwrap().1
        };
        let github = "sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17";
        assert_eq!(last(Signing::Github, "It's a Secret to Everybody", "", 0, b"Hello, World!"), github);
        let secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
        let (id, body) = ("msg_p5jXN8AQM9LWM0D4loKWxJek", br#"{"test": 2432232314}"#);
        let standard = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=";
        assert_eq!(last(Signing::StandardWebhooks, secret, id, 1_614_265_330, body), standard);
        let jefe = "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843";
        let plain = Signing::Hex("Signature".to_owned());
        assert_eq!(last(plain, "Jefe", "", 0, b"what do ya want for nothing?"), jefe);
    }

    #[test]
    fn a_displayed_scheme_parses_again() {
        for text in ["hex:Signature", "base64:X-Sig", "github", "stripe:Stripe-Signature", "standard-webhooks"] {
            assert_eq!(Signing::parse(text).unwrap().to_string(), text);
        }
        for text in ["", "hex", "hex:", "hex:a b", "hex:a\r\nb: c", "github:x", "sha1:x"] {
            assert!(Signing::parse(text).is_err(), "{text}");
        }
    }
}
