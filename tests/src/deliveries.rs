//! Deliveries that the replay suite and its receivers know each other's by.

use std::time::SystemTime;

use hb_portal::{
    SigningSecret,
    verify::{DeliveryKey, SignatureScheme, Signer, Verifier},
};

/// The key of the delivery with that id.
///
/// # Panics
///
/// The id is none.
#[must_use]
pub fn key(id: &str) -> DeliveryKey {
    let secret = SigningSecret::new("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw");
    let scheme = SignatureScheme::standard_webhooks();
    let headers = Signer::new(scheme.clone(), &secret).unwrap().sign_at(id, SystemTime::now(), b"{}").unwrap();
    Verifier::new(scheme, &secret).unwrap().verify(&headers, b"{}").unwrap().delivery_key()
}
