//! Rows of equal length: first the rows of a mapped section, then rows added later. Adding rows never moves the mapped
//! ones, so that a snapshot takes memory only for those parts that are read or changed.

use super::Mapped;
use super::buffer::Buffer;
use crate::kernels::Plane;
use bytemuck::Pod;

/// Rows of `width` values each, one row per slot.
#[derive(Debug)]
pub struct Rows<T> {
    width: usize,
    base: Mapped<T>,
    tail: Buffer<T>,
}

impl<T: Pod> Rows<T> {
    /// Returns a list without rows.
    ///
    /// Each row added later has `width` values; `width` must be at least 1.
    #[must_use]
    pub fn new(width: usize) -> Self {
        Self { width, base: Mapped::default(), tail: Buffer::new() }
    }

    /// Returns the rows of `base`, a section whose length must be a multiple of `width`.
    #[must_use]
    pub fn of(width: usize, base: Mapped<T>) -> Self {
        debug_assert!(base.len().is_multiple_of(width));
        Self { width, base, tail: Buffer::new() }
    }

    /// Number of values in a row.
    #[must_use]
    pub fn width(&self) -> usize {
        self.width
    }

    /// Number of rows.
    #[must_use]
    pub fn count(&self) -> usize {
        (self.base.len() + self.tail.len()) / self.width
    }

    /// Returns all rows.
    #[inline]
    #[must_use]
    pub fn plane(&self) -> Plane<'_, T> {
        Plane { base: &self.base, tail: &self.tail }
    }

    /// Returns the row in `slot`.
    #[inline]
    #[must_use]
    pub fn row(&self, slot: u32) -> &[T] {
        self.plane().row(slot, self.width)
    }

    /// Returns the row in `slot` for writing.
    pub fn row_mut(&mut self, slot: u32) -> &mut [T] {
        let start = slot as usize * self.width;
        match start.checked_sub(self.base.len()) {
            None => &mut self.base[start..][..self.width],
            Some(start) => &mut self.tail[start..][..self.width],
        }
    }

    /// Reserves memory for `count` more rows.
    pub fn reserve(&mut self, count: usize) {
        self.tail.reserve(count.saturating_mul(self.width));
    }

    /// Returns a copy of the rows of the slots in `order`, one after another.
    #[must_use]
    pub fn reordered(&self, order: &[u32]) -> Self {
        let mut rows = Self::new(self.width);
        rows.tail.grow(order.len() * self.width);
        for (row, slot) in rows.tail.chunks_exact_mut(self.width).zip(order) {
            row.copy_from_slice(self.row(*slot));
        }
        rows
    }

    /// Adds a row of zeros.
    pub fn grow(&mut self) {
        self.tail.grow(self.width);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_lie_one_after_another_in_both_pieces() {
        let section: Vec<u16> = (0..6).collect();
        let mut rows = Rows::of(3, Mapped::<u16>::of_bytes(bytemuck::cast_slice(&section)));
        rows.grow();
        rows.row_mut(2).copy_from_slice(&[6, 7, 8]);
        rows.row_mut(1)[0] = 30;
        assert_eq!(
            (rows.count(), rows.row(0), rows.row(1), rows.row(2)),
            (3, &[0, 1, 2][..], &[30, 4, 5][..], &[6, 7, 8][..])
        );
        let other = rows.reordered(&[2, 0]);
        assert_eq!((other.count(), other.row(0), other.row(1)), (2, &[6, 7, 8][..], &[0, 1, 2][..]));
    }
}
