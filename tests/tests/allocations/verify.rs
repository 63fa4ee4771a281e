//! Verification allocates nothing, whether a delivery is valid or forged.

use std::time::SystemTime;

use hb_portal::SigningSecret;
use hb_portal::verify::{Signer, Verifier, VerifyError};
use hb_portal_tests::schemes::schemes;

use super::counted;

/// Returns the number of allocations that this thread makes in `run`, and the result of `run`.
fn allocations<T>(run: impl FnOnce() -> T) -> (usize, T) {
    let before = counted();
    let result = run();
    (counted() - before, result)
}

#[test]
fn neither_a_valid_nor_a_forged_delivery_allocates() {
    assert_eq!(allocations(|| vec![1]).0, 1, "the counter does not count");
    let secret = SigningSecret::new("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw");
    let new = SigningSecret::new("whsec_AAAA9r8GKYqrTwjUPD8ILPZIo2LaLaSw");
    for scheme in schemes() {
        for body in [vec![], vec![b' '; 1024], vec![0xff; 64 * 1024]] {
            let signer = Signer::new(scheme.clone(), &secret).unwrap();
            // The longest id that is accepted.
            let headers = signer.sign_at(&"x".repeat(255), SystemTime::now(), &body).unwrap();
            let plain = Verifier::new(scheme.clone(), &secret).unwrap();
            let rotating = Verifier::new(scheme.clone(), &new).unwrap().also_accept(&secret).unwrap();
            for verifier in [plain, rotating] {
                let (count, verified) = allocations(|| verifier.verify(&headers, &body).map(|it| it.delivery_key()));
                verified.unwrap();
                assert_eq!(count, 0, "{scheme:?}, {} bytes", body.len());
                let (count, forged) = allocations(|| verifier.verify(&headers, b"forged").map(drop));
                assert_eq!((count, forged), (0, Err(VerifyError::NoMatch)), "{scheme:?}");
            }
        }
    }
}
