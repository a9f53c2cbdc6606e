//! One error type for the whole core, and what can be done about each of its variants. The seam maps each [`Class`] to a
//! Python class in one exhaustive match.

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
    /// What a path names is a folder, a pipe, a socket or a device.
    Irregular,
    /// This package broke a promise of its own.
    Internal {
        /// Which, and how to go on.
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

/// What a caller can do about an error.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Class {
    /// Pass another kind of argument.
    Type,
    /// Pass another value.
    Value,
    /// Pass a key that is there.
    Key,
    /// Make the file anew, or fetch it again: it is not what was once written.
    Damage,
    /// Use the version that the file is for, or make it anew: what it holds is sound.
    Version,
    /// Look at the path, the disk or the rights.
    System,
    /// Report it. Nothing that is stored is to blame, so nothing is to be thrown away for it.
    Internal,
}

impl Error {
    /// Its class. No `_` arm: a new variant must choose.
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
            // The flag is the caller's, and a caller that raised it does not look at the error.
            Self::Stopped | Self::Internal { .. } => Class::Internal,
        }
    }
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
            // Somebody shortened a file after its length was asked.
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
