//! The suites for the API that users of the SDK call. They are one program, so that a slow test does not delay the others. Suites that
//! need a global allocator or record everything that a process prints are separate programs.

mod calls;
mod cancellation;
mod receiving;
mod replay;
mod salvage;
#[cfg(target_os = "linux")]
mod secret_file;
mod sinks;
mod spans;
mod tls;
mod verify_abuse;
