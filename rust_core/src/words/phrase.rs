//! Finds the rows in which the words of a phrase follow one another.

use super::stream::{NEXT, Postings};
use crate::error::Result;

/// The postings of one word of a phrase.
#[derive(Debug)]
pub struct Word<'a> {
    /// Reader placed before the first posting.
    pub postings: Postings<'a>,
    /// Number of postings.
    pub count: u32,
    /// Distance from the place of the phrase to the place of the word.
    offset: u64,
}

impl<'a> Word<'a> {
    /// Returns word number `at` of a phrase, counted from 0.
    pub fn new(at: usize, postings: Postings<'a>, count: u32) -> Self {
        Self { postings, count, offset: at as u64 * NEXT }
    }
}

/// Calls `take` with each row that contains the phrase of `words`. Rows come in rising order, until `take` returns
/// false.
///
/// # Errors
/// As [`Postings::advance`].
pub fn rows(mut words: Vec<Word<'_>>, mut take: impl FnMut(u32) -> bool) -> Result<()> {
    if let [word] = words.as_mut_slice() {
        while word.postings.advance()? && take(word.postings.row) {}
        return Ok(());
    }
    // The rarest word leads, and the others are asked for its rows.
    words.sort_by_key(|word| word.count);
    let (mut starts, mut places) = (Vec::new(), Vec::new());
    let mut row = 0;
    while let Some(found) = common(&mut words, row)? {
        if follow(&words, &mut starts, &mut places)? && !take(found) {
            return Ok(());
        }
        let Some(next) = found.checked_add(1) else { break };
        row = next;
    }
    Ok(())
}

/// Moves all words to the first row, from `row` on, that has them all; None if there is no such row.
fn common(words: &mut [Word<'_>], mut row: u32) -> Result<Option<u32>> {
    let mut agreeing = 0;
    let mut at = 0;
    while agreeing < words.len() {
        let postings = &mut words[at].postings;
        if !postings.seek(row)? {
            return Ok(None);
        }
        agreeing = if postings.row == row { agreeing + 1 } else { 1 };
        row = postings.row;
        at = (at + 1) % words.len();
    }
    Ok(if words.is_empty() { None } else { Some(row) })
}

/// Whether the words, which are all at one row, follow one another in it.
fn follow(words: &[Word<'_>], starts: &mut Vec<u64>, places: &mut Vec<u64>) -> Result<bool> {
    for (at, word) in words.iter().enumerate() {
        word.postings.places(places)?;
        if at == 0 {
            starts.clear();
            starts.extend(places.iter().filter_map(|place| place.checked_sub(word.offset)));
        } else {
            starts.retain(|start| places.binary_search(&start.saturating_add(word.offset)).is_ok());
        }
    }
    Ok(!starts.is_empty())
}
