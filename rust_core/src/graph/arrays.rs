//! Converts a graph's lists to the two arrays that a snapshot stores, and back with checks.

use super::Graph;
use super::edges::{End, is_weight};
use super::lists::Lists;
use crate::error::{Error, Result};

impl Graph {
    /// Returns the lists of the first `slots` slots as two arrays. They are the length of each list, and the entries of
    /// all lists.
    ///
    /// The entries are stored one list after another.
    #[must_use]
    pub fn to_arrays(&self, slots: usize) -> (Vec<u32>, Vec<End>) {
        let mut ends = Vec::with_capacity(2 * self.edge_count);
        let counts = (0..slots as u32).map(|slot| {
            ends.extend_from_slice(self.ends(slot));
            self.ends(slot).len() as u32
        });
        (counts.collect(), ends)
    }

    /// Renumbers the slots: slot `order[i]` becomes slot `i`.
    ///
    /// Of the first `slots` slots, all that have edges are in `order`.
    pub(crate) fn reorder(&mut self, slots: usize, order: &[u32]) {
        let mut place = vec![u32::MAX; slots];
        (0..).zip(order).for_each(|(new, old)| place[*old as usize] = new);
        let mut ends = Vec::with_capacity(2 * self.edge_count);
        let mut counts = Vec::with_capacity(order.len());
        for slot in order {
            let from = ends.len();
            let moved = |end: &End| End { other: place[end.other as usize], ..*end };
            ends.extend(self.ends(*slot).iter().map(moved));
            ends[from..].sort_unstable_by_key(End::place);
            counts.push((ends.len() - from) as u32);
        }
        self.lists = Lists::new(&counts, ends);
    }

    /// Builds the graph from the two arrays that [`Self::to_arrays`] returns.
    ///
    /// `live` returns whether a slot is in use.
    ///
    /// # Errors
    /// [`Error::Corrupt`] naming the invariant that does not hold.
    pub fn from_arrays(counts: &[u32], ends: Vec<End>, live: impl Fn(u32) -> bool) -> Result<Self> {
        let total = counts.iter().try_fold(0usize, |sum, count| sum.checked_add(*count as usize));
        if total != Some(ends.len()) {
            return Err(Error::Corrupt { what: "the lists of edges do not add up" });
        }
        let lists = Lists::new(counts, ends);
        let mut incoming = 0;
        for slot in 0..counts.len() as u32 {
            let list = lists.list(slot);
            let rules = [
                (list.is_empty() || live(slot), "an edge ends at a node that is not there"),
                (list.iter().all(|end| (end.other as usize) < counts.len()), "an edge ends at no slot"),
                (list.iter().all(|end| end.incoming <= 1), "an edge is neither outgoing nor incoming"),
                (list.is_sorted_by(|a, b| a.place() < b.place()), "edges are not in rising order"),
                (list.iter().all(|end| is_weight(end.weight)), "an edge weight is not finite or not above 0"),
            ];
            if let Some((_, what)) = rules.iter().find(|(holds, _)| !holds) {
                return Err(Error::Corrupt { what });
            }
            incoming += list.iter().filter(|end| end.incoming == 1).count();
        }
        // Sources rise, and so do the incoming ends within a list, so that each is met in turn without a search.
        let mut next = vec![0u32; counts.len()];
        let mut outgoing = 0;
        for slot in 0..counts.len() as u32 {
            for end in lists.list(slot).iter().filter(|end| end.incoming == 0) {
                outgoing += 1;
                let (list, at) = (lists.list(end.other), &mut next[end.other as usize]);
                let skipped = list[*at as usize..].iter().take_while(|end| end.incoming == 0).count();
                *at += skipped as u32 + 1;
                if list.get(*at as usize - 1) != Some(&end.edge(slot).incoming()) {
                    return Err(Error::Corrupt { what: "the two ends of an edge do not agree" });
                }
            }
        }
        if incoming != outgoing {
            return Err(Error::Corrupt { what: "the two ends of an edge do not agree" });
        }
        Ok(Self { lists, edge_count: outgoing })
    }
}
