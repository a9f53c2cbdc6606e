//! Opens only regular files, and replaces files only as a whole.

use crate::error::{Error, Result};
use std::fs::{self, File};
use std::path::Path;

/// Opens a regular file for reading, and refuses any other kind of file.
///
/// Never waits for a pipe or reads a device.
///
/// # Errors
/// [`Error::Irregular`] and [`Error::Io`].
pub fn open_regular(path: &Path) -> Result<File> {
    let mut options = File::options();
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::custom_flags(&mut options, libc::O_NONBLOCK);
    let file = options.read(true).open(path)?;
    // Checked on the open file: the path may name another one by now.
    if file.metadata()?.is_file() { Ok(file) } else { Err(Error::Irregular) }
}

/// Replaces the file at `path` as a whole, with content that `write` produces.
///
/// `write` fills a temporary file beside `path`, which is synced and then renamed to `path`. Readers see the old file
/// or the new one, never a part of it.
///
/// # Errors
/// [`Error::Io`] and the errors of `write`; the temporary file is then removed and `path` unchanged.
pub fn write_atomically(path: &Path, write: impl FnOnce(&mut File) -> Result<()>) -> Result<()> {
    let mut name = path.file_name().unwrap_or_default().to_os_string();
    name.push(format!(".{}.tmp", std::process::id()));
    let temporary = path.with_file_name(name);
    let written = File::create(&temporary).map_err(Error::from).and_then(|mut file| {
        write(&mut file)?;
        file.sync_all()?;
        Ok(fs::rename(&temporary, path)?)
    });
    if written.is_err() {
        // The first error is the one to report; a temporary file that cannot be removed is only litter.
        let _ = fs::remove_file(&temporary);
    }
    written
}
