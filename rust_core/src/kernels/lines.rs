//! Prefetching, and memory aligned to cache lines.
//!
//! With this alignment a row of 384 codes takes six lines and never seven.

use bytemuck::{Pod, Zeroable};

/// A cache line: 64 bytes, aligned to 64 bytes.
#[derive(Debug, Clone, Copy)]
#[repr(C, align(64))]
pub struct Line<T>(pub T);

macro_rules! plain {
    ($($values:ty),*) => { $(
        // SAFETY: a line is nothing but its values (`repr(C)`, and they fill the alignment, so there is no padding), and
        // every pattern of bits is one of theirs.
        unsafe impl Zeroable for Line<$values> {}
        // SAFETY: as above.
        unsafe impl Pod for Line<$values> {}
    )* };
}
plain!([i8; 64], [u8; 64], [u32; 16], [f32; 16]);

/// Returns the values of `lines` as one slice.
#[must_use]
pub fn flat<T: Pod, const N: usize>(lines: &[Line<[T; N]>]) -> &[T]
where
    Line<[T; N]>: Pod,
{
    bytemuck::cast_slice(lines)
}

/// Returns the values of `lines` as one mutable slice.
#[must_use]
pub fn flat_mut<T: Pod, const N: usize>(lines: &mut [Line<[T; N]>]) -> &mut [T]
where
    Line<[T; N]>: Pod,
{
    bytemuck::cast_slice_mut(lines)
}

/// Prefetches the cache lines of `values`. This is a hint that never changes a result.
#[inline]
pub fn prefetch<T>(values: &[T]) {
    let start = values.as_ptr().cast::<i8>();
    for offset in (0..size_of_val(values)).step_by(64) {
        prefetch_line(start.wrapping_add(offset));
    }
}

#[inline]
pub(super) fn prefetch_line(at: *const i8) {
    #[cfg(target_arch = "x86_64")]
    // SAFETY: a prefetch reads nothing and cannot fault; SSE is part of x86-64.
    unsafe {
        std::arch::x86_64::_mm_prefetch::<{ std::arch::x86_64::_MM_HINT_T0 }>(at);
    }
    #[cfg(target_arch = "aarch64")]
    // SAFETY: a prefetch changes nothing that the program can see and cannot fault.
    unsafe {
        std::arch::asm!("prfm pldl1keep, [{at}]", at = in(reg) at, options(nostack, preserves_flags, readonly));
    }
    #[cfg(not(any(target_arch = "x86_64", target_arch = "aarch64")))]
    let _ = at;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_aligned_and_flat() {
        let mut lines = vec![Line([0u32; 16]); 3];
        flat_mut(&mut lines)[17] = 9;
        assert_eq!(lines[1].0[1], 9);
        assert_eq!((flat(&lines).len(), flat(&lines).as_ptr().align_offset(64)), (48, 0));
        prefetch(flat(&lines));
        prefetch::<u8>(&[]);
    }
}
