//! The names that were looked up for one question, and the nodes that have them.

use crate::error::{Error, Result};
use crate::features::Named;
use crate::words::{Opens, Sharing, WordTable, porter};
use std::collections::HashMap;
use std::ops::Range;

/// Names, as lower-case words joined by blanks, with the nodes that share them.
///
/// A name that fewer than two nodes have, or more than a given number, links nothing and is kept without nodes.
#[derive(Debug, Clone, Default)]
pub struct Names {
    /// The place in `found` of each name that was looked up; None for one that links nothing.
    places: HashMap<Box<str>, Option<usize>>,
    names: Vec<Box<str>>,
    /// For each name in `names`, the number of its nodes, and what sharing it is worth.
    found: Vec<(usize, f64)>,
    /// Where the nodes of each name begin.
    starts: Vec<usize>,
    keys: Vec<u64>,
    opens: Vec<u8>,
}

impl Names {
    /// Returns those of `names` that were not looked up before, each once.
    #[must_use]
    pub fn new_of<'a>(&self, names: &[&'a str]) -> Vec<&'a str> {
        let mut new: Vec<&str> = Vec::new();
        for name in names {
            if !self.places.contains_key(*name) && !new.contains(name) {
                new.push(name);
            }
        }
        new
    }

    /// Looks up those of `names` that were not looked up before.
    ///
    /// `terms` has the terms of names whose words are not all ASCII letters and digits. `nodes`: number of nodes in the
    /// memory. `most`: the most nodes that may share a name.
    ///
    /// # Errors
    /// As [`WordTable::sharing`].
    pub fn look_up(
        &mut self,
        table: &WordTable,
        names: &[&str],
        terms: &HashMap<String, Vec<String>>,
        nodes: usize,
        most: usize,
    ) -> Result<()> {
        let new = self.new_of(names);
        let stems: Vec<Vec<String>> = new
            .iter()
            .map(|name| terms.get(*name).cloned().unwrap_or_else(|| name.split(' ').map(porter::stem).collect()))
            .collect();
        let phrases: Vec<Vec<&str>> = stems.iter().map(|terms| terms.iter().map(String::as_str).collect()).collect();
        let words: Vec<Vec<&str>> = new.iter().map(|name| name.split(' ').collect()).collect();
        let found = table.sharing(&phrases, &words, most.saturating_add(1))?;
        self.add(&new, &found, nodes, most)
    }

    /// Adds `names`, which were not looked up before, with what was found for them; see [`Self::look_up`].
    ///
    /// # Errors
    /// [`Error::Length`] unless there are nodes for each name.
    pub fn add(&mut self, names: &[&str], found: &Sharing, nodes: usize, most: usize) -> Result<()> {
        let total = found.counts.iter().fold(0u64, |sum, count| sum.saturating_add(*count));
        for (what, expected, got) in [
            ("counts of names", names.len(), found.counts.len()),
            ("nodes of names", total as usize, found.keys.len()),
            ("values of opens", found.keys.len(), found.opens.len()),
        ] {
            if expected != got {
                return Err(Error::Length { what, expected, got });
            }
        }
        let mut from = 0;
        for (name, count) in names.iter().zip(&found.counts) {
            let count = *count as usize;
            let range = from..from + count;
            from += count;
            let links = nodes > 1 && count > 1 && count <= most;
            let place = links.then_some(self.found.len());
            if self.places.insert(Box::from(*name), place).is_some() || !links {
                continue;
            }
            let all = nodes as f64;
            self.names.push(Box::from(*name));
            self.found.push((count, ((all / count as f64).ln() / all.ln()).max(0.0)));
            self.starts.push(self.keys.len());
            self.keys.extend_from_slice(&found.keys[range.clone()]);
            self.opens.extend_from_slice(&found.opens[range]);
        }
        Ok(())
    }

    /// Returns the places of those of `names` that link nodes.
    #[must_use]
    pub fn places(&self, names: &[Box<str>]) -> Vec<usize> {
        names.iter().filter_map(|name| self.places.get(name).copied().flatten()).collect()
    }

    /// Returns the nodes of the name at `place`, and what sharing the name is worth.
    #[must_use]
    pub fn nodes(&self, place: usize) -> (&[u64], f64) {
        (&self.keys[self.range(place)], self.found[place].1)
    }

    /// Returns all names with their nodes.
    #[must_use]
    pub fn named(&self) -> Named<'_> {
        Named { names: &self.found, keys: &self.keys, opens: &self.opens }
    }

    /// Returns the nodes, rising, of which `wanted` is true and whose titles must be known to tell whether a name opens
    /// them.
    #[must_use]
    pub fn unknown(&self, wanted: impl Fn(u64) -> bool) -> Vec<u64> {
        let open = self.keys.iter().zip(&self.opens).filter(|(_, opens)| **opens == Opens::Unknown as u8);
        let mut keys: Vec<u64> = open.map(|(key, _)| *key).filter(|key| wanted(*key)).collect();
        keys.sort_unstable();
        keys.dedup();
        keys
    }

    /// Records the titles of the nodes `keys`, in rising order, as words joined by blanks; empty: no name opens it.
    ///
    /// # Errors
    /// [`Error::Length`] unless there is a title for each key.
    pub fn entitle(&mut self, keys: &[u64], titles: &[&str]) -> Result<()> {
        if keys.len() != titles.len() {
            return Err(Error::Length { what: "titles", expected: keys.len(), got: titles.len() });
        }
        for place in 0..self.found.len() {
            let name = &*self.names[place];
            for at in self.range(place) {
                if self.opens[at] == Opens::Unknown as u8
                    && let Ok(of) = keys.binary_search(&self.keys[at])
                {
                    let rest = titles[of].strip_prefix(name);
                    self.opens[at] = u8::from(rest.is_some_and(|rest| rest.is_empty() || rest.starts_with(' ')));
                }
            }
        }
        Ok(())
    }

    fn range(&self, place: usize) -> Range<usize> {
        self.starts[place]..self.starts[place] + self.found[place].0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sharing(counts: &[u64], keys: &[u64], opens: &[u8]) -> Sharing {
        Sharing { counts: counts.to_vec(), keys: keys.to_vec(), opens: opens.to_vec() }
    }

    #[test]
    fn names_of_one_node_or_of_too_many_link_nothing() {
        let mut names = Names::default();
        let found = sharing(&[2, 1, 3], &[7, 9, 7, 7, 8, 9], &[2, 2, 2, 0, 0, 0]);
        names.add(&["ada plum", "once", "often"], &found, 16, 2).unwrap();
        assert_eq!(names.new_of(&["once", "new", "new"]), ["new"]);
        let places = names.places(&["often".into(), "ada plum".into(), "never".into()]);
        assert_eq!(places, [0]);
        let (keys, worth) = names.nodes(0);
        assert_eq!(keys, [7, 9]);
        assert!((worth - 8f64.ln() / 16f64.ln()).abs() < 1e-15);
        assert!(names.add(&["other"], &sharing(&[2], &[1], &[0]), 16, 2).is_err());
    }

    #[test]
    fn a_name_opens_a_title_by_whole_words() {
        let mut names = Names::default();
        names.add(&["ada"], &sharing(&[4], &[1, 2, 3, 4], &[2, 2, 2, 0]), 16, 9).unwrap();
        assert_eq!(names.unknown(|key| key != 2), [1, 3]);
        names.entitle(&[1, 2, 3], &["ada plum", "adam", ""]).unwrap();
        assert_eq!(names.named().opens, [1, 0, 0, 0]);
        assert!(names.unknown(|_| true).is_empty());
    }
}
