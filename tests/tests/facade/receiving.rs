//! Receivers: what verifies, what a receiver passes on, and how a refusal is explained.

mod deliveries;
mod receive;
mod service;
mod verify;
mod verify_diagnose;
mod verify_log;
mod verify_vectors;
