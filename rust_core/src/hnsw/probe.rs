//! Searches the clusters nearest to a query. Every allowed member is compared by its code, and the best ones are
//! compared by their vectors.

use super::candidate::Candidate;
use super::clusters::Clusters;
use super::codes::View;
use super::scratch::Scratch;
use super::search::{SPARE, nearest_first};
use super::space::Probe;
use super::{Index, KeySet, SearchResult};
use crate::error::Result;
use crate::search_params::SearchParams;

impl Index {
    /// Finds approximately the `k` nodes nearest to `query`, by a search of the nearest clusters. The code of `query` is
    /// `code`.
    ///
    /// With a set of allowed keys as many nodes are compared as without it, or all that are allowed, so that a rare kind
    /// of node is looked for in more clusters. Further clusters follow until there are `k` nodes.
    ///
    /// # Errors
    /// As [`Index::search`].
    pub(super) fn probe(
        &self,
        clusters: &Clusters,
        (query, code): (&[f32], View<'_>),
        params: &SearchParams,
        allowed: Option<&KeySet>,
        scratch: &mut Scratch,
    ) -> Result<(Vec<u32>, SearchResult)> {
        let SearchParams { k, ef_search, rerank, scan_few, nprobe, .. } = *params;
        let probe = Probe::Code(code);
        let count = allowed.map_or(self.len(), |allowed| allowed.len().min(self.len()));
        let probes = clusters.probes(nprobe);
        let compared = probes.saturating_mul(self.len().div_ceil(clusters.count()));
        if k >= count || probes == clusters.count() || scan_few && self.is_few(count, compared, ef_search) {
            return self.scan(query, probe, k, allowed, scratch);
        }
        let least = if allowed.is_some() { compared.max(k) } else { k };
        let mut ranked = clusters.ranked(code, probes, &mut scratch.distances);
        let mut slots = Vec::with_capacity(2 * compared.min(count));
        for at in 0..ranked.len() {
            if at == probes {
                ranked[at..].sort_unstable();
            }
            if at >= probes && slots.len() >= least {
                break;
            }
            let members = clusters.members(ranked[at].slot).iter().copied();
            match allowed {
                Some(allowed) => {
                    let is_allowed = |slot: &u32| allowed.contains(self.keys[*slot as usize]);
                    slots.extend(members.filter(is_allowed).filter(|slot| self.is_named(*slot)));
                }
                None => slots.extend(members.filter(|slot| self.is_named(*slot))),
            }
        }
        self.space.check_codes(&slots)?;
        let distances = self.space.distances(probe, &slots, &mut scratch.distances);
        let pairs = slots.iter().zip(distances);
        let mut found: Vec<_> = pairs.map(|(&slot, &distance)| Candidate { distance, slot }).collect();
        // Among as many by code as are wanted a few of the nearest would be missing.
        let most = ef_search.max(k.saturating_add(k.div_ceil(SPARE))).min(rerank.max(k));
        nearest_first(&mut found, most);
        found.truncate(most);
        nearest_first(&mut found, k);
        self.rerank(query, probe, k, &mut found, scratch)?;
        Ok(self.hits(found, k, false))
    }

    /// Whether comparing all of `count` nodes takes no longer than a search that compares `compared`.
    fn is_few(&self, count: usize, compared: usize, ef_search: usize) -> bool {
        count <= compared || count <= ef_search.saturating_mul(super::search::SCANNED_PER_EF)
    }
}
