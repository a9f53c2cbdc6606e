//! Rows of equal length: first those of a mapped section, then those added later. Adding rows never moves the mapped
//! ones, so that a snapshot takes memory only for those parts that are read or changed.

use super::Mapped;
use crate::kernels::Plane;
use bytemuck::Pod;

/// Rows of `width` values each, one row per slot.
#[derive(Debug)]
pub struct Rows<T> {
    width: usize,
    base: Mapped<T>,
    tail: Vec<T>,
}

impl<T: Pod> Rows<T> {
    /// Returns a list without rows.
    ///
    /// Each row added later has `width` values; `width` must be at least 1.
    #[must_use]
    pub fn new(width: usize) -> Self {
        Self { width, base: Mapped::default(), tail: Vec::new() }
    }

    /// Returns the rows of `base`, a section whose length must be a multiple of `width`.
    #[must_use]
    pub fn of(width: usize, base: Mapped<T>) -> Self {
        debug_assert!(base.len().is_multiple_of(width));
        Self { width, base, tail: Vec::new() }
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

    /// Adds a row of zeros.
    pub fn grow(&mut self) {
        self.tail.resize(self.tail.len() + self.width, T::zeroed());
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
    }
}
