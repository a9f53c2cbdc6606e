//! Which of a question's words each node has, and how much each word counts.

use crate::error::{Error, Result};
use crate::hnsw::KeySet;

/// Lower bound of a word's inverse document frequency.
const LEAST_IDF: f64 = 0.01;

/// The nodes that have any of a question's words.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Words {
    /// Keys of the nodes, rising.
    keys: Vec<u64>,
    /// For each node, one value for each word: whether the node has it.
    has: Vec<bool>,
    /// Share of each word in the question's idf; the sum is 1 unless there are no words.
    share: Vec<f64>,
}

impl Words {
    /// Returns the nodes `keys`, in rising order, that have the words of `has`: words × keys.
    ///
    /// Words that none of the `allowed` nodes has are left out. A word that n of `nodes` nodes have counts
    /// ln((N - n + ½) / (n + ½)), and .01 at least.
    ///
    /// # Errors
    /// [`Error::Length`] unless `has` has a value for each word and key, [`Error::Parameter`] for keys that do not rise.
    pub fn new(mut keys: Vec<u64>, has: &[bool], nodes: usize, allowed: Option<&KeySet>) -> Result<Self> {
        let expected = has.len() / keys.len().max(1) * keys.len();
        if expected != has.len() {
            return Err(Error::Length { what: "values of has", expected, got: has.len() });
        }
        if !keys.is_sorted_by(|a, b| a < b) {
            return Err(Error::Parameter { what: "keys of the nodes with words, rising", got: "others".into() });
        }
        let passes = |key: u64| allowed.is_none_or(|allowed| allowed.contains(key));
        let kept: Vec<usize> = (0..keys.len()).filter(|at| passes(keys[*at])).collect();
        let rows: Vec<(&[bool], usize)> = has
            .chunks_exact(keys.len().max(1))
            .map(|row| (row, kept.iter().filter(|at| row[**at]).count()))
            .filter(|(_, count)| *count > 0)
            .collect();
        if rows.is_empty() {
            return Ok(Self::default());
        }
        let idf: Vec<f64> = rows.iter().map(|(_, count)| idf(nodes, *count).max(LEAST_IDF)).collect();
        let total = sum(&idf);
        let share = idf.iter().map(|idf| idf / total).collect();
        let has = kept.iter().flat_map(|at| rows.iter().map(|(row, _)| row[*at])).collect();
        keys = kept.iter().map(|at| keys[*at]).collect();
        Ok(Self { keys, has, share })
    }

    /// Number of words.
    #[must_use]
    pub fn len(&self) -> usize {
        self.share.len()
    }

    /// Whether there are no words.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.share.is_empty()
    }

    /// Appends to `shares` the share of each word that a node has, and 0 for each other word.
    pub fn of(&self, key: u64, shares: &mut Vec<f64>) {
        match self.keys.binary_search(&key) {
            Ok(at) => shares.extend(self.row(at).iter().zip(&self.share).map(|(has, share)| f64::from(*has) * share)),
            Err(_) => shares.resize(shares.len() + self.len(), 0.0),
        }
    }

    /// Returns the `limit` nodes whose words have the largest sums of shares, best first; of equals, lower keys first.
    #[must_use]
    pub fn best(&self, limit: usize) -> Vec<u64> {
        let mut ranked: Vec<(f64, u64)> = Vec::with_capacity(self.keys.len());
        ranked.extend(self.keys.iter().enumerate().map(|(at, key)| {
            let held = self.row(at).iter().zip(&self.share).filter(|(has, _)| **has);
            (held.map(|(_, share)| share).sum::<f64>(), *key)
        }));
        let order = |a: &(f64, u64), b: &(f64, u64)| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1));
        if limit < ranked.len() {
            ranked.select_nth_unstable_by(limit, order);
            ranked.truncate(limit);
        }
        ranked.sort_unstable_by(order);
        ranked.into_iter().map(|(_, key)| key).collect()
    }

    fn row(&self, at: usize) -> &[bool] {
        &self.has[at * self.len()..(at + 1) * self.len()]
    }
}

fn idf(nodes: usize, having: usize) -> f64 {
    (((nodes.max(having) - having) as f64 + 0.5) / (having as f64 + 0.5)).ln()
}

/// Returns the sum of `values`, added in the order in which numpy adds contiguous values; see
/// `features::columns::summed`, which does the same for rows.
pub(super) fn sum(values: &[f64]) -> f64 {
    if values.len() > 128 {
        let (first, second) = values.split_at(values.len() / 2 / 8 * 8);
        return sum(first) + sum(second);
    }
    let Some((eight, rest)) = values.split_first_chunk::<8>() else { return values.iter().fold(0.0, |a, b| a + b) };
    let mut sums = *eight;
    let whole = rest.chunks_exact(8);
    let left = whole.remainder();
    for values in whole {
        sums.iter_mut().zip(values).for_each(|(sum, value)| *sum += value);
    }
    let [a, b, c, d, e, f, g, h] = sums;
    left.iter().fold(((a + b) + (c + d)) + ((e + f) + (g + h)), |sum, value| sum + value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn by_hand() {
        // The first word is in two of ten nodes, the second in one, the third in none.
        let has = [true, false, true, false, true, false, false, false, false];
        let words = Words::new(vec![3, 5, 9], &has, 10, None).unwrap();
        let (two, one) = (idf(10, 2), idf(10, 1));
        assert!((words.share[0] - two / (two + one)).abs() < 1e-15 && words.len() == 2);
        assert_eq!(words.best(9), [5, 3, 9]);
        assert_eq!(words.best(2), [5, 3]);
        let mut shares = Vec::new();
        words.of(9, &mut shares);
        words.of(4, &mut shares);
        assert_eq!(shares, [words.share[0], 0.0, 0.0, 0.0]);
        let among = Words::new(vec![3, 5, 9], &has, 10, Some(&KeySet::new(vec![9]))).unwrap();
        assert_eq!((among.best(9), among.len()), (vec![9], 1));
        assert!(Words::new(vec![], &[], 10, None).unwrap().is_empty());
    }

    #[test]
    fn what_does_not_fit_is_refused() {
        assert!(Words::new(vec![3, 5], &[true], 10, None).is_err());
        assert!(Words::new(vec![5, 3], &[true, true], 10, None).is_err());
    }
}
