//! Finds the nodes that have a given name, and whether each node's title begins with that name.

use super::WordTable;
use super::capitals::is_special;
use crate::error::{Error, Result};

/// Whether a title begins with the words of a name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub enum Opens {
    /// The title begins otherwise.
    No = 0,
    /// The title begins with the name.
    Yes = 1,
    /// The title is not plain, so that its words must first be found as in any text.
    Unknown = 2,
}

/// For each of several names, the nodes that have that name.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Sharing {
    /// Number of nodes for each name.
    pub counts: Vec<u64>,
    /// The lists of nodes of all names, one after another, each in rising order.
    pub keys: Vec<u64>,
    /// For each of `keys`, whether the name opens the title of that node, as [`Opens`].
    pub opens: Vec<u8>,
}

impl WordTable {
    /// Returns, for each name, the first `limit` nodes that have that name.
    ///
    /// `terms` holds the names in the terms of the table, `names` the same names as lower-case words.
    ///
    /// # Errors
    /// [`Error::Length`] unless there are as many `names` as `terms`, and as [`Self::find`].
    pub fn sharing(&self, terms: &[Vec<&str>], names: &[Vec<&str>], limit: usize) -> Result<Sharing> {
        if terms.len() != names.len() {
            return Err(Error::Length { what: "names", expected: terms.len(), got: names.len() });
        }
        let mut sharing = Sharing::default();
        for (terms, name) in terms.iter().zip(names) {
            let rows = self.find_rows(terms, limit)?;
            sharing.counts.push(rows.len() as u64);
            sharing.keys.extend(rows.iter().map(|row| self.key(*row)));
            for row in rows {
                // Nearly always the first letter decides, and the title need not be read.
                let opens =
                    if may_open(self.title_bytes(row), name) { opens(self.title(row)?, name) } else { Opens::No };
                sharing.opens.push(opens as u8);
            }
        }
        Ok(sharing)
    }
}

/// Whether `title` may begin with the words of `name`, which are in lower case, by their first letters.
///
/// A title that begins with an ASCII letter or digit has it in its first word, however its words are found.
fn may_open(title: &[u8], name: &[&str]) -> bool {
    title.first().is_none_or(|letter| {
        let first = name.first().and_then(|word| word.as_bytes().first());
        !letter.is_ascii_alphanumeric() || first == Some(&letter.to_ascii_lowercase())
    })
}

/// Whether `title` begins with the words of `name`, which are in lower case.
///
/// A title is plain if it is ASCII without underscores and line ends, and not special: its words are then its runs of
/// letters and digits. One that begins with a mark opens with no name.
fn opens(title: &str, name: &[&str]) -> Opens {
    if !title.bytes().all(|byte| byte.is_ascii() && byte != b'_' && byte != b'\n') || is_special(title) {
        return Opens::Unknown;
    }
    let mut words = title.split(|letter: char| !letter.is_ascii_alphanumeric()).filter(|word| !word.is_empty());
    let begins = title.as_bytes().first().is_some_and(u8::is_ascii_alphanumeric);
    if begins && name.iter().all(|wanted| words.next().is_some_and(|word| word.eq_ignore_ascii_case(wanted))) {
        Opens::Yes
    } else {
        Opens::No
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_beginning_of_a_title_counts() {
        assert_eq!(opens("Van Hook Township, North Dakota", &["van", "hook", "township"]), Opens::Yes);
        assert_eq!(opens("Van-Hook", &["van", "hook"]), Opens::Yes);
        assert_eq!(opens("Van Hook", &["hook"]), Opens::No);
        assert_eq!(opens("Van", &["van", "hook"]), Opens::No);
        assert_eq!(opens("Vanhook", &["van"]), Opens::No);
        assert_eq!(opens("\"Van Hook\"", &["van", "hook"]), Opens::No);
        assert_eq!(opens("", &["van"]), Opens::No);
        assert_eq!(opens("Apollo 11, the", &["apollo", "11"]), Opens::Yes);
        assert_eq!(opens("11 Apollo", &["apollo"]), Opens::No);
    }

    #[test]
    fn other_titles_are_left_to_the_caller() {
        for title in ["Löwe", "Apollo11", "Item 1,200", "max_size", "hyphe-\nnated"] {
            assert_eq!(opens(title, &["max"]), Opens::Unknown);
        }
    }

    #[test]
    fn the_first_letter_tells_which_titles_a_name_does_not_open() {
        assert!(may_open(b"Max_Size", &["max"]) && may_open("\u{f6}l".as_bytes(), &["max"]) && may_open(b"", &["max"]));
        assert!(may_open(b"\"Max\"", &["max"]) && !may_open(b"Quay", &["max"]) && !may_open(b"11", &["max"]));
    }

    #[test]
    fn each_name_has_its_nodes() {
        let mut table = WordTable::default();
        table.extend(&[7, 9], &["Otter", "Quay"]).unwrap();
        table.put("otter", "7 0 9 5").unwrap();
        let found = table.sharing(&[vec!["otter"], vec!["mole"]], &[vec!["otter"], vec!["mole"]], 10).unwrap();
        assert_eq!(found, Sharing { counts: vec![2, 0], keys: vec![7, 9], opens: vec![1, 0] });
        assert!(table.sharing(&[vec!["otter"]], &[], 10).is_err());
    }
}
