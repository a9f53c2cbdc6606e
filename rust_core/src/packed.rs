//! Vectors as the memory file keeps them: 16-bit fixed point, or float32.
//!
//! ```text
//! float32   f32[dim]
//! int16     i16[dim] │ scale f32 │ 1 u8
//! ```
//!
//! Little-endian. A value is its number times the scale, which is the largest value divided by [`STEPS`]. The last byte
//! makes the length odd, so that the bytes themselves tell which of the two they are. What this form costs in precision:
//! `python/sanderling/memory/store/packed.py`.

use crate::error::{Error, Result};
use crate::hnsw::Precision;

/// Largest packed value: 127 steps of an int8 code, each with 254 steps of residual, as in the index.
const STEPS: i16 = 127 * 254;
/// Length of the shortest packed vector; shorter ones stay float32, also in the index.
const SHORTEST: usize = 64;
const TAG: u8 = 1;
/// Scales beyond could become zero, subnormal or infinite on the way.
const SCALES: (f32, f32) = (1e-37, 1e33);

/// Returns the number of bytes of a packed vector.
fn packed_bytes(dim: usize) -> usize {
    2 * dim + 5
}

/// Returns the bytes of each of the vectors in `rows`, of `dim` finite values each.
#[must_use]
pub fn pack_all(rows: &[f32], dim: usize, precision: Precision) -> Vec<Vec<u8>> {
    let write = if precision == Precision::Int16 { pack } else { plain };
    rows.chunks_exact(dim.max(1)).map(write).collect()
}

/// Makes sure that each of the vectors in `rows`, of `dim` values each, is finite and has a direction.
///
/// # Errors
/// [`Error::NotFinite`] and [`Error::ZeroVector`], with the row.
pub fn check(rows: &[f32], dim: usize) -> Result<()> {
    rows.chunks_exact(dim.max(1)).enumerate().try_for_each(|(row, vector)| {
        if vector.iter().any(|value| !value.is_finite()) {
            return Err(Error::NotFinite { row });
        }
        if vector.iter().all(|value| *value == 0.0) { Err(Error::ZeroVector { row }) } else { Ok(()) }
    })
}

/// Returns the numbers, one vector after another, of which each of `values` has the bytes of `dim`.
///
/// # Errors
/// [`Error::Parameter`] for bytes that are no such vector.
pub fn unpack_all(values: &[impl AsRef<[u8]>], dim: usize) -> Result<Vec<f32>> {
    let mut found = Vec::with_capacity(values.len() * dim);
    values.iter().try_for_each(|bytes| unpack(bytes.as_ref(), dim, &mut found))?;
    Ok(found)
}

/// Returns the bytes of a `vector` of finite values, packed unless it is too short or has no usable scale.
fn pack(vector: &[f32]) -> Vec<u8> {
    let largest = vector.iter().fold(0.0f32, |most, value| most.max(value.abs()));
    let scale = (f64::from(largest) / f64::from(STEPS)) as f32;
    if vector.len() < SHORTEST || !(SCALES.0..=SCALES.1).contains(&scale) {
        return plain(vector);
    }
    let mut bytes = Vec::with_capacity(packed_bytes(vector.len()));
    // None is beyond STEPS: rounding to f32 takes at most a 2^-24th off the scale, and adds .002 to the largest.
    let number = |value: &f32| (f64::from(*value) / f64::from(scale)).round_ties_even() as i16;
    bytes.extend(vector.iter().flat_map(|value| number(value).to_le_bytes()));
    bytes.extend(scale.to_le_bytes());
    bytes.push(TAG);
    bytes
}

/// Returns the bytes of a `vector` as float32.
fn plain(vector: &[f32]) -> Vec<u8> {
    vector.iter().flat_map(|value| value.to_le_bytes()).collect()
}

/// Appends to `into` the vector of `dim` numbers that `bytes` hold.
fn unpack(bytes: &[u8], dim: usize, into: &mut Vec<f32>) -> Result<()> {
    if bytes.len() == packed_bytes(dim) && bytes[2 * dim + 4] == TAG {
        let (numbers, rest) = bytes.split_at(2 * dim);
        let scale = f64::from(f32::from_le_bytes([rest[0], rest[1], rest[2], rest[3]]));
        into.extend(numbers.as_chunks().0.iter().map(|pair| (f64::from(i16::from_le_bytes(*pair)) * scale) as f32));
    } else if bytes.len() == 4 * dim {
        into.extend(bytes.as_chunks().0.iter().map(|each| f32::from_le_bytes(*each)));
    } else {
        return Err(Error::Parameter {
            what: "a stored vector must have the bytes of its numbers",
            got: format!("{} bytes, for {dim} numbers", bytes.len()),
        });
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn back(bytes: &[u8], dim: usize) -> Vec<f32> {
        let mut found = Vec::new();
        unpack(bytes, dim, &mut found).unwrap();
        found
    }

    #[test]
    fn the_largest_value_has_the_largest_number() {
        let mut vector = vec![0.25f32; 64];
        vector[9] = -0.5;
        let bytes = pack(&vector);
        assert_eq!(bytes.len(), packed_bytes(64));
        assert_eq!(bytes[18..20], (-STEPS).to_le_bytes());
        // A quarter is half of the largest: 16,129 steps, with nothing to round.
        assert_eq!(bytes[..2], (STEPS / 2).to_le_bytes());
        assert!(back(&bytes, 64).iter().zip(&vector).all(|(kept, value)| (kept - value).abs() < 1e-7));
    }

    #[test]
    fn short_vectors_and_those_without_a_scale_stay_as_they_are() {
        for vector in [vec![0.1f32; 63], vec![0.0; 64], vec![1e-38; 64], vec![3.4e38; 64], Vec::new()] {
            assert_eq!(pack(&vector), plain(&vector));
            assert_eq!(back(&pack(&vector), vector.len()), vector);
        }
    }

    #[test]
    fn vectors_without_a_direction_are_refused() {
        assert_eq!(check(&[1.0, 0.0, 0.0, -2.0], 2), Ok(()));
        assert_eq!(check(&[1.0, 0.0, 0.0, 0.0], 2), Err(Error::ZeroVector { row: 1 }));
        assert_eq!(check(&[1.0, f32::NAN, 0.0, 0.0], 2), Err(Error::NotFinite { row: 0 }));
        assert_eq!(check(&[], 2), Ok(()));
    }

    #[test]
    fn other_bytes_are_refused() {
        let mut packed = pack(&[0.5; 64]);
        assert!(unpack(&packed, 63, &mut Vec::new()).is_err());
        *packed.last_mut().unwrap() = 2;
        assert!(unpack(&packed, 64, &mut Vec::new()).is_err());
        assert!(unpack(&packed[1..], 64, &mut Vec::new()).is_err());
    }
}
