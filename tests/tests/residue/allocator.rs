//! The heap of this test binary. Each block is searched when it is freed, and wiped if it contains a canary.

#![allow(unsafe_code, reason = "an allocator cannot be written without it")]

use std::{
    alloc::{GlobalAlloc, Layout, System},
    ffi::c_void,
    ptr,
};

use super::{canary, watch};

/// The system's allocator, under watch. It does not implement `realloc`, so each reallocation moves the block, as any
/// reallocation may. The old block is freed like any other.
pub struct Watched;

// SAFETY: every block comes from the system allocator.
unsafe impl GlobalAlloc for Watched {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        // SAFETY: the caller upholds the same contract.
        let block = unsafe { System.alloc(layout) };
        if layout.size() >= canary::PIECE {
            watch::allocated(block.addr());
        }
        block
    }

    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        // SAFETY: the block has this size, and nothing else uses it any more.
        let found = canary::find(layout.size(), |piece| unsafe { contains(block, layout.size(), piece) });
        if found.any() {
            // Wiped, so that it is not found again in a later block at this address.
            // SAFETY: as above.
            unsafe { ptr::write_bytes(block, 0, layout.size()) };
        }
        watch::freed(block.addr(), layout.size(), found);
        // SAFETY: as for `alloc`.
        unsafe { System.dealloc(block, layout) };
    }
}

/// Returns whether a block of memory contains the given bytes.
///
/// # Safety
///
/// `block` must be valid for reads of `size` bytes.
unsafe fn contains(block: *const u8, size: usize, piece: &[u8]) -> bool {
    unsafe extern "C" {
        fn memmem(block: *const c_void, size: usize, piece: *const c_void, length: usize) -> *const c_void;
    }
    // SAFETY: both lengths are correct. The search is not written in Rust because Rust cannot read uninitialised
    // memory.
    let found = unsafe { memmem(block.cast(), size, piece.as_ptr().cast(), piece.len()) };
    !found.is_null()
}
