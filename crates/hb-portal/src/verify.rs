//! Verifies that a delivery was signed with the endpoint's signing secret, by the scheme that you name.
//!
//! How the portal signs its deliveries is documented nowhere that we have: its page says that the secret is for "verifying
//! webhook signatures" (`documented`), and neither the header nor what is signed. So no [`SignatureScheme`] is a default, and
//! which one it is stays your explicit choice: look at a delivery's headers, or ask the portal's support. A verifier that
//! guessed would refuse everything, or worse, check less than you think.
//!
//! ```
//! use hb_portal::SigningSecret;
//! use hb_portal::verify::{SignatureScheme, Signer, Verifier, VerifyError};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let secret = SigningSecret::new("the secret that the portal showed");
//! let verifier = Verifier::new(SignatureScheme::hmac_sha256_hex("Signature"), &secret)?;
//!
//! // In a test, a `Signer` stands in for the portal.
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
//! Give it the body as it arrived: parsed and written anew, even the same JSON has another signature.

mod delivery;
mod encoding;
mod error;
mod key;
mod layout;
mod presented;
mod respell;
mod scheme;
mod signer;
mod verified;
mod verifier;

pub use delivery::{Delivery, NotJson, ReceiveError};
pub use error::{Flaw, SetupError, VerifyError};
pub use scheme::{Encoding, Hash, KeyFormat, Place, SignatureScheme, SignatureSchemeBuilder, Signed};
pub use signer::{SignError, Signer};
pub use verified::{DeliveryKey, Verified};
pub use verifier::Verifier;
