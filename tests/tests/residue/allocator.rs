//! The heap of this test binary: every block is looked at when it is freed, and wiped if a canary is in it.

#![allow(unsafe_code, reason = "an allocator cannot be written without it")]

use std::{
    alloc::{GlobalAlloc, Layout, System},
    ffi::c_void,
    ptr,
};

use super::{canary, watch};

/// The system's allocator, watched. It has no `realloc` of its own, so that each is carried out as one that moves, as any
/// may: what it leaves behind is a freed block like any other.
pub struct Watched;

// SAFETY: every block is the system allocator's.
unsafe impl GlobalAlloc for Watched {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        // SAFETY: the caller keeps the contract, which is the same.
        let block = unsafe { System.alloc(layout) };
        watch::allocated(block.addr());
        block
    }

    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        // SAFETY: the block is of this size, and nobody else's any more.
        let found = canary::find(|piece| unsafe { contains(block, layout.size(), piece) });
        if found.any() {
            // Found once, it is not found again in a block that is made of this one.
            // SAFETY: as above.
            unsafe { ptr::write_bytes(block, 0, layout.size()) };
        }
        watch::freed(block.addr(), layout.size(), found);
        // SAFETY: as for `alloc`.
        unsafe { System.dealloc(block, layout) };
    }
}

/// Whether a block of memory holds so many bytes.
///
/// # Safety
///
/// The block is of that size.
unsafe fn contains(block: *const u8, size: usize, piece: &[u8]) -> bool {
    unsafe extern "C" {
        fn memmem(block: *const c_void, size: usize, piece: *const c_void, length: usize) -> *const c_void;
    }
    // SAFETY: both are as long as it is told. It is not written in Rust, which has no value for what was never written.
    let found = unsafe { memmem(block.cast(), size, piece.as_ptr().cast(), piece.len()) };
    !found.is_null()
}
