//! Neither a delivery that verifies nor one that is forged costs a heap allocation, counted by this test's own allocator.
#![allow(unsafe_code, reason = "an allocator cannot be written without")]

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;
use std::time::SystemTime;

use hb_portal::SigningSecret;
use hb_portal::verify::{Signer, Verifier, VerifyError};
use hb_portal_tests::schemes::schemes;

struct Counting;

thread_local! {
    static COUNT: Cell<usize> = const { Cell::new(0) };
}

// SAFETY: every call is passed on to the system's allocator as it came.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        COUNT.with(|count| count.set(count.get() + 1));
        // SAFETY: the caller's promise is passed on.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        // SAFETY: the caller's promise is passed on.
        unsafe { System.dealloc(block, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

/// How many allocations this thread makes in `run`.
fn allocations<T>(run: impl FnOnce() -> T) -> (usize, T) {
    let before = COUNT.with(Cell::get);
    let result = run();
    (COUNT.with(Cell::get) - before, result)
}

#[test]
fn a_delivery_that_verifies_and_one_that_is_forged_allocate_nothing() {
    assert_eq!(allocations(|| vec![1]).0, 1, "the counter counts");
    let secret = SigningSecret::new("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw");
    let new = SigningSecret::new("whsec_AAAA9r8GKYqrTwjUPD8ILPZIo2LaLaSw");
    for scheme in schemes() {
        for body in [vec![], vec![b' '; 1024], vec![0xff; 1024 * 1024]] {
            let signer = Signer::new(scheme.clone(), &secret).unwrap();
            // The longest id that there is.
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
