//! Receivers: verification, the deliveries that a receiver passes on, and explanations of refusals.

mod deliveries;
mod receive;
mod service;
mod verify;
mod verify_diagnose;
mod verify_log;
mod verify_vectors;
