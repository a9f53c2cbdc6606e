//! One error type for the whole core. The seam maps each variant to a Python class in one exhaustive match.

use std::fmt;

/// Result of everything in this crate that can fail.
pub type Result<T> = std::result::Result<T, Error>;

/// What went wrong, with the numbers a caller needs to mend it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Error {
    /// A vector has another length than the structure was made for.
    Dimension {
        /// Length the structure was made for.
        expected: usize,
        /// Length that was given.
        got: usize,
    },
    /// Two arrays that belong together differ in length.
    Length {
        /// What the second array is.
        what: &'static str,
        /// Length of the first.
        expected: usize,
        /// Length of the second.
        got: usize,
    },
    /// A vector holds NaN or infinity.
    NotFinite {
        /// Row of the first such vector.
        row: usize,
    },
    /// A cosine memory was given a vector of length zero, which has no direction.
    ZeroVector {
        /// Row of the first such vector.
        row: usize,
    },
    /// A parameter is outside its range.
    Parameter {
        /// Its name and range.
        what: &'static str,
        /// The value given, printed.
        got: String,
    },
    /// A key that is not in the memory.
    UnknownKey(u64),
    /// The caller's stop flag was raised.
    Stopped,
    /// A file does not begin with the magic bytes of its kind.
    Magic {
        /// The kind of file that was expected.
        expected: &'static str,
    },
    /// A file of a format version this build cannot read.
    Version {
        /// Version this build reads.
        expected: u32,
        /// Version in the file.
        got: u32,
    },
    /// A file is shorter than its own header says.
    Truncated {
        /// What was being read.
        what: &'static str,
    },
    /// The stored checksum does not match the content.
    Checksum,
    /// A value in a file breaks an invariant although the checksum holds.
    Corrupt {
        /// The invariant.
        what: &'static str,
    },
    /// The operating system refused a file operation.
    Io {
        /// Kind of refusal.
        kind: std::io::ErrorKind,
        /// Its message.
        message: String,
    },
}

/// An error naming `what` unless it holds: for what is read from a file.
pub(crate) fn ensure(holds: bool, what: &'static str) -> Result<()> {
    if holds { Ok(()) } else { Err(Error::Corrupt { what }) }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Dimension { expected, got } => write!(f, "expected vectors of dimension {expected}, got {got}"),
            Self::Length { what, expected, got } => write!(f, "expected {expected} {what}, got {got}"),
            Self::NotFinite { row } => write!(f, "vector {row} holds NaN or infinity"),
            Self::ZeroVector { row } => write!(f, "vector {row} is all zero and has no direction under cosine"),
            Self::Parameter { what, got } => write!(f, "{what}, got {got}"),
            Self::UnknownKey(key) => write!(f, "no node with key {key}"),
            Self::Stopped => write!(f, "stopped by the caller"),
            Self::Magic { expected } => write!(f, "not a {expected} file"),
            Self::Version { expected, got } => write!(f, "format version {got}, this build reads {expected}"),
            Self::Truncated { what } => write!(f, "file ends inside {what}"),
            Self::Checksum => write!(f, "checksum does not match the content"),
            Self::Corrupt { what } => write!(f, "corrupt file: {what}"),
            Self::Io { message, .. } => write!(f, "{message}"),
        }
    }
}

impl std::error::Error for Error {}

impl From<std::io::Error> for Error {
    fn from(error: std::io::Error) -> Self {
        Self::Io { kind: error.kind(), message: error.to_string() }
    }
}
