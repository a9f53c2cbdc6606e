//! The error type of the whole core, and what the caller can do about each kind of error. The Python bindings map each
//! [`Class`] to a Python class in one exhaustive match.

use std::fmt;

/// The result of a fallible function of this crate.
pub type Result<T> = std::result::Result<T, Error>;

/// An error, with the details that the caller needs to fix it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Error {
    /// A vector does not have the length that this index or these parameters require.
    Dimension {
        /// Length that is required.
        expected: usize,
        /// Length of the vector passed.
        got: usize,
    },
    /// Two arrays that must agree differ in length.
    Length {
        /// Content of the second array, for the message.
        what: &'static str,
        /// Length of the first array.
        expected: usize,
        /// Length of the second array.
        got: usize,
    },
    /// A vector holds NaN or infinity.
    NotFinite {
        /// Row of the first vector that holds NaN or infinity.
        row: usize,
    },
    /// A vector of length zero, which has no direction, was passed to a cosine memory.
    ZeroVector {
        /// Row of the first vector of length zero.
        row: usize,
    },
    /// A parameter is outside its range.
    Parameter {
        /// The parameter's name and range.
        what: &'static str,
        /// The value passed, as text.
        got: String,
    },
    /// No node has this key.
    UnknownKey(u64),
    /// The caller's `stop` function returned true.
    Stopped,
    /// A file does not begin with the magic bytes of its kind.
    Magic {
        /// The kind of file that was expected.
        expected: &'static str,
    },
    /// A file has a format version that this build does not read.
    Version {
        /// Version this build reads.
        expected: u32,
        /// Version in the file.
        got: u32,
    },
    /// A file ends before its content is complete.
    Truncated {
        /// The part of the file being read.
        what: &'static str,
    },
    /// The stored checksum does not match the content.
    Checksum,
    /// A value in a file breaks an invariant although the checksum is correct.
    Corrupt {
        /// The broken invariant.
        what: &'static str,
    },
    /// A path names a folder, a pipe, a socket or a device.
    Irregular,
    /// This package has a bug.
    Internal {
        /// The bug, and how to continue.
        what: &'static str,
    },
    /// The operating system refused a file operation.
    Io {
        /// The kind of error.
        kind: std::io::ErrorKind,
        /// The system's message.
        message: String,
    },
}

/// What the caller can do about an error. Each class corresponds to one Python exception.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Class {
    /// Pass an argument of another type or shape. Python: `TypeError`.
    Type,
    /// Pass another value. Python: `ValueError`.
    Value,
    /// Pass an existing key. Python: `KeyError`.
    Key,
    /// Rebuild the file or fetch it again: its content is damaged. Python: `DamageError`.
    Damage,
    /// Read the file with the package version that wrote it, or rebuild the file, which is intact.
    ///
    /// Python: `VersionError`.
    Version,
    /// Check the path, the disk or the permissions. Python: `OSError`.
    System,
    /// Report the bug; no file is at fault. Python: `InternalError`.
    Internal,
}

impl Error {
    /// Returns the error's class. There is no `_` arm, so that a new variant must choose one.
    #[must_use]
    pub fn class(&self) -> Class {
        match self {
            Self::Dimension { .. } => Class::Type,
            Self::Length { .. } | Self::NotFinite { .. } | Self::ZeroVector { .. } | Self::Parameter { .. } => {
                Class::Value
            }
            Self::UnknownKey(_) => Class::Key,
            Self::Magic { .. } | Self::Truncated { .. } | Self::Checksum | Self::Corrupt { .. } => Class::Damage,
            Self::Version { .. } => Class::Version,
            Self::Irregular | Self::Io { .. } => Class::System,
            // The flag is the caller's own; a caller that raised it does not look at the error.
            Self::Stopped | Self::Internal { .. } => Class::Internal,
        }
    }
}

/// Returns [`Error::Corrupt`] with `what` if `holds` is false. It is used for content read from a file.
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
            Self::Version { expected, got } => {
                let age = if got > expected { "a newer" } else { "an older" };
                write!(f, "format version {got} of {age} sanderling, this one reads {expected}")
            }
            Self::Truncated { what } => write!(f, "file ends inside {what}"),
            Self::Checksum => write!(f, "checksum does not match the content"),
            Self::Corrupt { what } => write!(f, "corrupt file: {what}"),
            Self::Irregular => write!(f, "not a regular file"),
            Self::Internal { what } => write!(f, "internal error, please report it: {what}"),
            Self::Io { message, .. } => write!(f, "{message}"),
        }
    }
}

impl std::error::Error for Error {}

impl From<std::io::Error> for Error {
    fn from(error: std::io::Error) -> Self {
        match error.kind() {
            // The file was shortened after its length was read.
            std::io::ErrorKind::UnexpectedEof => Self::Truncated { what: "what was there when it was opened" },
            kind => Self::Io { kind, message: error.to_string() },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::ErrorKind;

    #[test]
    fn each_error_has_its_class() {
        let io = |kind: ErrorKind| Error::from(std::io::Error::from(kind));
        let table = [
            (Error::Dimension { expected: 3, got: 2 }, Class::Type),
            (Error::Length { what: "keys", expected: 3, got: 2 }, Class::Value),
            (Error::NotFinite { row: 0 }, Class::Value),
            (Error::ZeroVector { row: 0 }, Class::Value),
            (Error::Parameter { what: "k must be at least 1", got: "0".to_owned() }, Class::Value),
            (Error::UnknownKey(9), Class::Key),
            (Error::Magic { expected: "graph memory" }, Class::Damage),
            (Error::Truncated { what: "the table" }, Class::Damage),
            (Error::Checksum, Class::Damage),
            (Error::Corrupt { what: "a key stands twice" }, Class::Damage),
            (io(ErrorKind::UnexpectedEof), Class::Damage),
            (Error::Version { expected: 3, got: 4 }, Class::Version),
            (Error::Irregular, Class::System),
            (io(ErrorKind::PermissionDenied), Class::System),
            (Error::Stopped, Class::Internal),
            (Error::Internal { what: "reopen the memory" }, Class::Internal),
        ];
        for (error, class) in table {
            assert_eq!(error.class(), class, "{error:?}");
            let message = error.to_string();
            assert!(!message.is_empty() && !message.contains('\n'), "{message}");
        }
    }

    #[test]
    fn another_version_says_which_side_is_to_be_renewed() {
        let message = |got| Error::Version { expected: 3, got }.to_string();
        assert_eq!(message(2), "format version 2 of an older sanderling, this one reads 3");
        assert_eq!(message(4), "format version 4 of a newer sanderling, this one reads 3");
    }
}
