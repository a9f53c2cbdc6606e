//! Adds one link to a list that may be full, without cutting off any node on level 0.
//!
//! The paper (algorithm 1, lines 14 to 16) lets the heuristic choose a full list anew. That can take a node's last
//! incoming link. Here, on level 0, a link `from → x` that the heuristic drops goes only if a kept `y` has the link
//! `y → x`: whatever reached `x` over it still does, over `y`. Links that fail this stay while there is room. If that
//! is one too many, the farthest, `from → x`, becomes `from → to → x`, which also keeps the way open.

use super::Index;

impl Index {
    /// Adds the link `from → to` on `level` unless the heuristic rejects it.
    ///
    /// Afterwards a path of one or two links leads from `from` to `to` on level 0, if the list of `to` had room for one
    /// more; otherwise the link may be missing.
    pub(super) fn connect(&mut self, from: u32, to: u32, level: usize) {
        let capacity = self.params.capacity(level);
        let list = self.links.list(from, level);
        if list.len() < capacity {
            self.links.push(from, level, to);
            return;
        }
        let ranked = self.ranked(from, &[list, &[to]].concat());
        let mut kept = self.select(&ranked, capacity);
        if level == 0 {
            // The kept neighbours and theirs.
            let mut reached = self.pool.lease_for(self.links.slots());
            for &via in &kept {
                reached.visited.insert(via);
                self.links.list(via, 0).iter().for_each(|next| reached.visited.insert(*next));
            }
            kept.extend(ranked.iter().map(|candidate| candidate.slot).filter(|slot| !reached.visited.contains(*slot)));
            drop(reached);
            // There is one link more than the capacity at most, and then nothing was dropped.
            if kept.len() > capacity
                && let Some(place) = kept.iter().rposition(|slot| *slot != to)
            {
                let moved = kept.remove(place);
                let onward = self.links.list(to, 0);
                if !onward.contains(&moved) {
                    if onward.len() == capacity {
                        return;
                    }
                    self.links.push(to, 0, moved);
                }
            }
        }
        self.links.set(from, level, &kept);
    }
}
