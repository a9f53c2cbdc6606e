//! Reads arbitrary bytes as a snapshot: they are refused, or load as a memory that works.
//!
//! A memory whose content fails `verify` may refuse any operation.
#![no_main]

use libfuzzer_sys::fuzz_target;
use sanderling_core::memory::GraphMemory;
use sanderling_fuzz::use_memory;

fuzz_target!(|data: &[u8]| {
    if let Ok((memory, _)) = GraphMemory::from_bytes(data) {
        use_memory(memory);
    }
});
