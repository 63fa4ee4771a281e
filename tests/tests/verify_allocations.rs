//! Neither a valid delivery nor a forged one costs a heap allocation, as counted by this test's own allocator.
#![allow(unsafe_code, reason = "an allocator cannot be written without it")]

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

// SAFETY: every call is passed on unchanged to the system's allocator.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        COUNT.with(|count| count.set(count.get() + 1));
        // SAFETY: the caller's guarantees are passed on.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        // SAFETY: the caller's guarantees are passed on.
        unsafe { System.dealloc(block, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

/// Returns the number of allocations that this thread makes in `run`, and the result of `run`.
fn allocations<T>(run: impl FnOnce() -> T) -> (usize, T) {
    let before = COUNT.with(Cell::get);
    let result = run();
    (COUNT.with(Cell::get) - before, result)
}

#[test]
fn neither_a_valid_nor_a_forged_delivery_allocates() {
    assert_eq!(allocations(|| vec![1]).0, 1, "the counter does not count");
    let secret = SigningSecret::new("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw");
    let new = SigningSecret::new("whsec_AAAA9r8GKYqrTwjUPD8ILPZIo2LaLaSw");
    for scheme in schemes() {
        for body in [vec![], vec![b' '; 1024], vec![0xff; 1024 * 1024]] {
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
