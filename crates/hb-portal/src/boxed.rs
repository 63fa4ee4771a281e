//! The boxed types in the signatures of the traits that users implement.

/// The boxed future that this crate's object-safe traits return; create one with `Box::pin(async move { … })`.
pub type BoxFuture<'a, T> = std::pin::Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// The error that your implementations of this crate's traits return. It must not show a secret.
pub type BoxError = Box<dyn std::error::Error + Send + Sync>;
