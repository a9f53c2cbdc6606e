//! Fuzzes snapshots of arbitrary bytes: each is refused, or loads as a memory that works wherever its blocks are
//! undamaged.
#![no_main]

use libfuzzer_sys::fuzz_target;
use sanderling_core::memory::GraphMemory;
use sanderling_fuzz::use_memory;

fuzz_target!(|data: &[u8]| {
    if let Ok((memory, _)) = GraphMemory::from_bytes(data) {
        use_memory(memory);
    }
});
