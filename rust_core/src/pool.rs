//! A pool of buffers, which are reused from call to call instead of being allocated anew.

use std::ops::{Deref, DerefMut};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// A pool of values, which grows to the largest number of values ever on loan at once.
#[derive(Debug, Default)]
pub(crate) struct Pool<T>(Mutex<Vec<T>>);

impl<T: Default> Pool<T> {
    /// Lends a value until the lease is dropped.
    ///
    /// The value still has the content of its last use.
    pub fn lease(&self) -> Lease<'_, T> {
        let value = self.free().pop().unwrap_or_default();
        Lease { value, pool: self }
    }

    fn free(&self) -> MutexGuard<'_, Vec<T>> {
        // Every user clears the value it takes, so one left by a panic is usable too.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A value on loan from a [`Pool`].
pub(crate) struct Lease<'a, T: Default> {
    value: T,
    pool: &'a Pool<T>,
}

impl<T: Default> Drop for Lease<'_, T> {
    fn drop(&mut self) {
        self.pool.free().push(std::mem::take(&mut self.value));
    }
}

impl<T: Default> Deref for Lease<'_, T> {
    type Target = T;
    fn deref(&self) -> &T {
        &self.value
    }
}

impl<T: Default> DerefMut for Lease<'_, T> {
    fn deref_mut(&mut self) -> &mut T {
        &mut self.value
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn leases_return() {
        let pool = Pool::<Vec<u8>>::default();
        let (mut first, second) = (pool.lease(), pool.lease());
        first.push(7);
        drop((second, first));
        assert_eq!(*pool.lease(), [7]);
        assert_eq!(pool.free().len(), 2);
    }
}
