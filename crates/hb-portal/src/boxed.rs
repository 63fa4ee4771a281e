//! The boxed types in the signatures of the traits that users implement.

/// A boxed future, which the object-safe traits of this crate return: write `Box::pin(async move { … })`.
pub type BoxFuture<'a, T> = std::pin::Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// Any error, which users' implementations of this crate's traits return. It must not show a secret.
pub type BoxError = Box<dyn std::error::Error + Send + Sync>;
