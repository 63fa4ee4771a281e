//! Verifies that a delivery was signed with the endpoint's signing secret, using the scheme that you name.
//!
//! No documentation that we have describes how the portal signs its deliveries. Its page says what the secret is for
//! (`documented`), but names neither the header nor the signed text. So no [`SignatureScheme`] is a default,
//! and the choice is yours. To find the scheme, capture one delivery and pass it to `detect` (feature `detect`), or ask the
//! portal's support. A verifier that guessed would refuse everything, or worse, check less than you think.
//!
//! ```
//! use hb_portal::SigningSecret;
//! use hb_portal::verify::{SignatureScheme, Signer, Verifier, VerifyError};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let secret = SigningSecret::new("the secret that the portal showed");
//! let verifier = Verifier::new(SignatureScheme::hmac_sha256_hex("Signature"), &secret)?;
//!
//! // In a test, a `Signer` replaces the portal.
//! let body = br#"{"event":"reference.submitted"}"#;
//! let headers = Signer::new(SignatureScheme::hmac_sha256_hex("Signature"), &secret)?.sign(body)?;
//!
//! let verified = verifier.verify(&headers, body)?;
//! assert_eq!(verified.secret_index(), 0);
//! assert!(matches!(verifier.verify(&headers, b"forged"), Err(VerifyError::NoMatch)));
//! # Ok(())
//! # }
//! ```
//!
//! Pass the body as it arrived: JSON that was parsed and serialised again has a different signature. If valid deliveries are
//! refused, [`Verifier::diagnose`] looks for the cause.

mod delivery;
#[cfg(feature = "detect")]
mod detect;
mod diagnose;
mod encoding;
mod envelope;
mod error;
mod key;
mod layout;
mod member;
mod part;
mod presented;
mod refusals;
mod respell;
mod scheme;
mod signer;
mod text;
mod timestamp;
mod verified;
mod verifier;

pub use delivery::Delivery;
#[cfg(feature = "detect")]
pub use detect::{Detected, detect};
pub use diagnose::{Cause, Diagnosis};
pub use envelope::Envelope;
pub use error::{Flaw, ReceiveError, SetupError, VerifyError};
pub use part::{Encoding, Hash, KeyFormat, Part, Place, TimestampFormat};
pub use scheme::{SignatureScheme, SignatureSchemeBuilder};
pub use signer::Signer;
pub use verified::Verified;
pub use verifier::Verifier;
