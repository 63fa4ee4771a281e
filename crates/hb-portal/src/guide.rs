//! Guides for integrators, each a three-minute read.

#[doc = include_str!("../guide/secrets.md")]
pub mod secrets {}

#[doc = include_str!("../guide/receiving.md")]
pub mod receiving {}

#[doc = include_str!("../guide/rotation.md")]
pub mod rotation {}

#[doc = include_str!("../guide/troubleshooting.md")]
pub mod troubleshooting {}

#[doc = include_str!("../guide/testing.md")]
pub mod testing {}

#[doc = include_str!("../guide/observability.md")]
pub mod observability {}

#[doc = include_str!("../guide/portal.md")]
pub mod portal {}
