//! The rest of an endpoint's life: each operation in each dialect, what is read leniently, and what is not taken for success.

mod dialects;
