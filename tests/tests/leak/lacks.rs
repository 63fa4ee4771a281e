//! What secrets do not implement, so that nothing prints, serialises, compares or hashes one by accident.

use std::{
    borrow::Borrow,
    fmt::{Display, LowerHex},
    hash::Hash,
    ops::Deref,
};

use hb_portal::{AccessToken, ClientCredentials, CreatedWebhook, SigningSecret};
use hb_portal_client::{Secret, types};

/// Whether a type implements a trait: the constant of the type itself, which has the trait as a bound, has priority over the
/// constant that every type gets from a trait.
macro_rules! implements {
    ($type:ty: $($bound:tt)+) => {{
        #[allow(dead_code, reason = "it is there for types that do not implement the trait")]
        trait Otherwise {
            const IT_DOES: bool = false;
        }
        impl<T: ?Sized> Otherwise for T {}
        struct Of<T: ?Sized>(std::marker::PhantomData<T>);
        #[allow(dead_code, reason = "it is there for types that implement the trait")]
        impl<T: ?Sized + $($bound)+> Of<T> {
            const IT_DOES: bool = true;
        }
        <Of<$type>>::IT_DOES
    }};
}

macro_rules! gives_nothing_away {
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

gives_nothing_away!(SigningSecret, AccessToken, ClientCredentials, CreatedWebhook);
gives_nothing_away!(Secret, types::CreatedWebhookEndpoint, types::TokenResponse, hb_portal_client::Response);

/// The assertions above stop the build; this shows that they could.
#[test]
fn what_a_type_implements_is_known_when_it_is_compiled() {
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
