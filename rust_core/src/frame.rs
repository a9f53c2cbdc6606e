//! Reads and writes framed little-endian files, the format of all weights files.
//!
//! ```text
//! magic [u8; 8] · version u32 · body length u64 · body · crc32 of everything before it u32
//! ```
//!
//! [`unframe`] checks magic, version, length and checksum before any content is parsed; a [`Reader`] then returns
//! values and never reads past the end. A count read from a file is compared with the bytes left *before* anything is
//! allocated for it, so a hostile header cannot claim more memory than the file has bytes.
//!
//! ```
//! use sanderling_core::frame::{Reader, Writer, frame, unframe};
//!
//! let mut body = Writer::default();
//! body.put_u32s(&[3, 5]);
//! let file = frame(*b"EXAMPLE1", 1, &body.into_inner());
//! let mut reader = Reader::new(unframe(&file, *b"EXAMPLE1", 1, "example")?);
//! assert_eq!(reader.u32s(2, "two numbers")?, [3, 5]);
//! assert!(unframe(&file[1..], *b"EXAMPLE1", 1, "example").is_err());
//! # Ok::<(), sanderling_core::Error>(())
//! ```

use crate::error::{Error, Result};

const HEADER: usize = 8 + 4 + 8;
const TRAILER: usize = 4;

/// Returns `body` with magic bytes, version and length before it and a checksum after it.
#[must_use]
pub fn frame(magic: [u8; 8], version: u32, body: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(HEADER + body.len() + TRAILER);
    out.extend_from_slice(&magic);
    out.extend_from_slice(&version.to_le_bytes());
    out.extend_from_slice(&(body.len() as u64).to_le_bytes());
    out.extend_from_slice(body);
    let crc = crc32fast::hash(&out);
    out.extend_from_slice(&crc.to_le_bytes());
    out
}

/// Checks the frame in `data` and returns the body; `kind` names the kind of file in errors.
///
/// # Errors
/// [`Error::Magic`], [`Error::Version`], [`Error::Truncated`], [`Error::Checksum`], or [`Error::Corrupt`] when bytes
/// follow the frame.
pub fn unframe<'a>(data: &'a [u8], magic: [u8; 8], version: u32, kind: &'static str) -> Result<&'a [u8]> {
    let mut reader = Reader::new(data);
    if reader.take(8, kind).map_err(|_| Error::Magic { expected: kind })? != magic {
        return Err(Error::Magic { expected: kind });
    }
    let got = reader.u32(kind)?;
    if got != version {
        return Err(Error::Version { expected: version, got });
    }
    let length = usize::try_from(reader.u64(kind)?).map_err(|_| Error::Truncated { what: kind })?;
    let body = reader.take(length, kind)?;
    let stored = reader.u32(kind)?;
    if reader.left() != 0 {
        return Err(Error::Corrupt { what: "bytes follow the end of the file" });
    }
    if crc32fast::hash(&data[..HEADER + length]) != stored {
        return Err(Error::Checksum);
    }
    Ok(body)
}

/// A growing buffer of little-endian values.
#[derive(Debug, Default)]
pub struct Writer(Vec<u8>);

macro_rules! scalar {
    ($read:ident, $read_array:ident, $write:ident, $write_array:ident, $type:ty) => {
        impl Writer {
            /// Appends one value.
            pub fn $write(&mut self, value: $type) {
                self.0.extend_from_slice(&value.to_le_bytes());
            }
            /// Appends several values, without a count before them.
            pub fn $write_array(&mut self, values: &[$type]) {
                self.0.reserve(std::mem::size_of_val(values));
                values.iter().for_each(|value| self.$write(*value));
            }
        }
        impl Reader<'_> {
            /// Reads one value.
            ///
            /// # Errors
            /// [`Error::Truncated`] naming `what`.
            pub fn $read(&mut self, what: &'static str) -> Result<$type> {
                Ok(self.$read_array(1, what)?[0])
            }
            /// Reads `count` values; if fewer are left, nothing is allocated.
            ///
            /// # Errors
            /// [`Error::Truncated`] naming `what`.
            pub fn $read_array(&mut self, count: usize, what: &'static str) -> Result<Vec<$type>> {
                const SIZE: usize = size_of::<$type>();
                let bytes = count.checked_mul(SIZE).ok_or(Error::Truncated { what })?;
                let (chunks, _) = self.take(bytes, what)?.as_chunks::<SIZE>();
                Ok(chunks.iter().map(|chunk| <$type>::from_le_bytes(*chunk)).collect())
            }
        }
    };
}

impl Writer {
    /// Returns the bytes written so far.
    #[must_use]
    pub fn into_inner(self) -> Vec<u8> {
        self.0
    }
}

/// A cursor over little-endian values that never reads past the end.
#[derive(Debug)]
pub struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    /// Returns a reader at the start of `data`.
    #[must_use]
    pub fn new(data: &'a [u8]) -> Self {
        Self(data)
    }

    /// Returns the number of bytes that are not yet read.
    #[must_use]
    pub fn left(&self) -> usize {
        self.0.len()
    }

    /// Returns the next `count` bytes.
    ///
    /// # Errors
    /// [`Error::Truncated`] naming `what`.
    pub fn take(&mut self, count: usize, what: &'static str) -> Result<&'a [u8]> {
        let (head, tail) = self.0.split_at_checked(count).ok_or(Error::Truncated { what })?;
        self.0 = tail;
        Ok(head)
    }
}

scalar!(u8, u8s, put_u8, put_u8s, u8);
scalar!(u32, u32s, put_u32, put_u32s, u32);
scalar!(u64, u64s, put_u64, put_u64s, u64);
scalar!(f32, f32s, put_f32, put_f32s, f32);

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const MAGIC: [u8; 8] = *b"SNDRtest";

    #[test]
    fn a_count_larger_than_the_file_allocates_nothing() {
        let mut reader = Reader::new(&[0; 16]);
        assert_eq!(reader.f32s(usize::MAX, "x"), Err(Error::Truncated { what: "x" }));
        assert_eq!(reader.u64s(1 << 40, "x"), Err(Error::Truncated { what: "x" }));
        assert_eq!(reader.left(), 16);
    }

    #[test]
    fn each_way_to_be_wrong_has_its_error() {
        let whole = frame(MAGIC, 3, b"body");
        assert_eq!(unframe(&whole, MAGIC, 3, "test").unwrap(), b"body");
        assert_eq!(unframe(b"", MAGIC, 3, "test"), Err(Error::Magic { expected: "test" }));
        assert_eq!(unframe(&whole, *b"otherone", 3, "test"), Err(Error::Magic { expected: "test" }));
        assert_eq!(unframe(&whole, MAGIC, 4, "test"), Err(Error::Version { expected: 4, got: 3 }));
        assert_eq!(unframe(&whole[..whole.len() - 1], MAGIC, 3, "test"), Err(Error::Truncated { what: "test" }));
        let longer = [whole.as_slice(), b"x"].concat();
        assert!(matches!(unframe(&longer, MAGIC, 3, "test"), Err(Error::Corrupt { .. })));
    }

    proptest! {
        #[test]
        fn a_flipped_bit_is_never_silent(body: Vec<u8>, at: prop::sample::Index, bit in 0u8..8) {
            let mut data = frame(MAGIC, 1, &body);
            let at = at.index(data.len());
            data[at] ^= 1 << bit;
            prop_assert!(unframe(&data, MAGIC, 1, "test").is_err());
        }

        #[test]
        fn values_come_back(a: u8, b: Vec<u32>, c: u64, d: Vec<f32>) {
            let mut writer = Writer::default();
            writer.put_u8(a);
            writer.put_u32s(&b);
            writer.put_u64(c);
            writer.put_f32s(&d);
            let data = writer.into_inner();
            let mut reader = Reader::new(&data);
            prop_assert_eq!(reader.u8("a").unwrap(), a);
            prop_assert_eq!(reader.u32s(b.len(), "b").unwrap(), b);
            prop_assert_eq!(reader.u64("c").unwrap(), c);
            let bits = |v: &[f32]| v.iter().map(|x| x.to_bits()).collect::<Vec<_>>();
            prop_assert_eq!(bits(&reader.f32s(d.len(), "d").unwrap()), bits(&d));
            prop_assert_eq!(reader.left(), 0);
        }
    }
}
