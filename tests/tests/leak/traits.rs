//! Secrets do not implement the traits by which one could be printed, serialised, compared or hashed by accident.

use std::{
    borrow::Borrow,
    fmt::{Display, LowerHex},
    hash::Hash,
    ops::Deref,
};

use hb_portal::{AccessToken, ClientCredentials, CreatedWebhook, SigningSecret};
use hb_portal_client::{Secret, types};

/// Returns whether a type implements a trait. The constant of the inherent implementation, which has the trait as a bound, takes
/// precedence over the one that every type gets from `Otherwise`.
macro_rules! implements {
    ($type:ty: $($bound:tt)+) => {{
        #[allow(dead_code, reason = "for types that do not implement the trait")]
        trait Otherwise {
            const IMPLEMENTED: bool = false;
        }
        impl<T: ?Sized> Otherwise for T {}
        struct Of<T: ?Sized>(std::marker::PhantomData<T>);
        #[allow(dead_code, reason = "for types that implement the trait")]
        impl<T: ?Sized + $($bound)+> Of<T> {
            const IMPLEMENTED: bool = true;
        }
        <Of<$type>>::IMPLEMENTED
    }};
}

macro_rules! assert_opaque {
    ($($type:ty),+ $(,)?) => {
        $(const _: () = {
            assert!(!implements!($type: Display));
            assert!(!implements!($type: LowerHex));
            assert!(!implements!($type: serde::Serialize));
            assert!(!implements!($type: PartialEq));
            assert!(!implements!($type: PartialEq<str>));
            assert!(!implements!($type: PartialEq<&'static str>));
            assert!(!implements!($type: PartialEq<String>));
            assert!(!implements!($type: PartialOrd));
            assert!(!implements!($type: Hash));
            assert!(!implements!($type: Deref));
            assert!(!implements!($type: AsRef<str>));
            assert!(!implements!($type: AsRef<[u8]>));
            assert!(!implements!($type: Borrow<str>));
            assert!(!implements!($type: Into<String>));
            assert!(!implements!($type: Into<Vec<u8>>));
        };)+
    };
}

assert_opaque!(SigningSecret, AccessToken, ClientCredentials, CreatedWebhook);
assert_opaque!(Secret, types::CreatedWebhookEndpoint, types::TokenResponse, hb_portal_client::Response);

/// The assertions above stop the build; this test shows that they can.
#[test]
fn an_implemented_trait_is_detected_at_compile_time() {
    const {
        assert!(implements!(String: Display));
        assert!(implements!(String: serde::Serialize));
        assert!(implements!(String: PartialEq<str>));
        assert!(implements!(String: Hash));
        assert!(implements!(String: Deref));
        assert!(implements!(String: Into<Vec<u8>>));
        assert!(implements!(types::GetAccessToken: serde::Serialize));
        assert!(implements!(SigningSecret: std::fmt::Debug));
        assert!(!implements!(Vec<u8>: Display));
    }
}
