//! Corrects the length and the checksum of files in the format of [`sanderling_core::frame`].

const HEADER: usize = 20;
const TRAILER: usize = 4;

/// Returns a framed file with its length and checksum corrected.
///
/// A file too short for a frame is returned unchanged.
#[must_use]
pub fn sealed_frame(file: &[u8]) -> Vec<u8> {
    let mut file = file.to_vec();
    if let Some(body) = file.len().checked_sub(HEADER + TRAILER) {
        file[HEADER - 8..HEADER].copy_from_slice(&(body as u64).to_le_bytes());
        let (content, checksum) = file.split_at_mut(HEADER + body);
        checksum.copy_from_slice(&crc32fast::hash(content).to_le_bytes());
    }
    file
}
