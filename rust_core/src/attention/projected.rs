//! Projections of the nodes' vectors, computed once for all queries.
//!
//! ```text
//! per slot, whole cache lines, per group of heads:  u f32[rank × lanes] · a_dst·u, a_src·u f32[2 × layers × lanes]
//! ```
//!
//! With this a query multiplies `rank` numbers per node and head instead of `dim`, and reads a fifth of the memory.

use super::heads::Projection;
use super::inputs::inverse_length;
use super::lanes::{LANES, Lanes, State, map};
use super::weights::Parameters;
use crate::error::Result;
use crate::kernels::{Line, dot, flat, flat_mut, prefetch};
use std::borrow::Cow;
use std::sync::Arc;

const WIDTH: usize = 16;

/// A table of projected vectors, with one row per slot of the index.
#[derive(Debug)]
pub(crate) struct Projected {
    parameters: Arc<Parameters>,
    rank: usize,
    /// Number of cache lines in a row.
    width: usize,
    lines: Vec<Line<[f32; WIDTH]>>,
}

impl Projected {
    /// Returns a table without rows, or `None` for identity projections, which need no table.
    pub fn new(parameters: &Arc<Parameters>) -> Option<Self> {
        let Projection::LowRank { rank, .. } = parameters.heads[0].node else { return None };
        let lanes = parameters.groups.len() * (rank + 2 * parameters.layers());
        let width = (lanes * LANES).div_ceil(WIDTH);
        Some(Self { parameters: Arc::clone(parameters), rank, width, lines: Vec::new() })
    }

    /// Whether the rows were computed with `parameters`.
    pub fn is_of(&self, parameters: &Arc<Parameters>) -> bool {
        Arc::ptr_eq(&self.parameters, parameters)
    }

    /// Grows or shrinks the table to `slots` rows.
    pub fn resize(&mut self, slots: usize) {
        self.lines.resize(slots * self.width, Line([0.0; WIDTH]));
    }

    /// Computes the row of each slot below `slots` that has a vector, on up to `threads` threads.
    ///
    /// # Errors
    /// As [`Self::set`].
    pub fn fill<'a>(
        &mut self,
        slots: usize,
        threads: usize,
        vector: impl Fn(u32) -> Option<Cow<'a, [f32]>> + Sync,
    ) -> Result<()> {
        self.resize(slots);
        let share = slots.div_ceil(threads.max(1)).max(1);
        let (parameters, rank, width, vector) = (&self.parameters, self.rank, self.width, &vector);
        let work = |first: usize, lines: &mut [Line<[f32; WIDTH]>]| -> Result<()> {
            for (slot, row) in (first..).zip(lines.chunks_exact_mut(width)) {
                if let Some(vector) = vector(slot as u32) {
                    project(parameters, rank, &vector, flat_mut(row))?;
                }
            }
            Ok(())
        };
        std::thread::scope(|scope| {
            let shares = self.lines.chunks_mut(share * width).enumerate();
            let running: Vec<_> = shares.map(|(at, lines)| scope.spawn(move || work(at * share, lines))).collect();
            // A panic in a thread is passed on to the caller.
            running
                .into_iter()
                .try_for_each(|thread| thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)))
        })
    }

    /// Computes the row of `slot` from `vector`. The table must have this row.
    ///
    /// # Errors
    /// [`Error::Dimension`](crate::Error::Dimension), [`Error::NotFinite`](crate::Error::NotFinite) or
    /// [`Error::Parameter`](crate::Error::Parameter), with row 0, for a vector that attention does not take.
    pub fn set(&mut self, slot: u32, vector: &[f32]) -> Result<()> {
        let row = &mut self.lines[slot as usize * self.width..][..self.width];
        project(&self.parameters, self.rank, vector, flat_mut(row))
    }

    /// Prefetches the row of `slot`.
    pub fn prefetch(&self, slot: u32) {
        prefetch(&self.lines[slot as usize * self.width..][..self.width]);
    }

    /// Returns the values of `group` in the row of `slot`: u, then a_dst·u and a_src·u for each layer.
    fn lanes(&self, slot: u32, group: usize) -> &[Lanes] {
        let (lanes, _) = flat(&self.lines[slot as usize * self.width..][..self.width]).as_chunks();
        let count = self.rank + 2 * self.parameters.layers();
        &lanes[group * count..][..count]
    }

    /// Returns the state of the node in `slot`, given the projected query `g`, which has one entry per rank.
    pub fn state(&self, slot: u32, group: usize, g: &[Lanes]) -> State {
        let (u, products) = self.lanes(slot, group).split_at(self.rank);
        let mut state = State::default();
        for (g, u) in g.iter().zip(u) {
            state[0] = map(|h| state[0][h] + g[h] * u[h]);
        }
        state[1..=products.len()].copy_from_slice(products);
        state
    }
}

/// Computes the row of `vector` and writes it to `row`.
fn project(parameters: &Parameters, rank: usize, vector: &[f32], row: &mut [f32]) -> Result<()> {
    parameters.check_dim(vector.len())?;
    let scale = inverse_length(0, vector, f64::from(dot(vector, vector)))? as f32;
    let (mut lanes, _) = row.as_chunks_mut::<LANES>();
    for (heads, group) in parameters.heads.chunks(LANES).zip(&parameters.groups) {
        let (own, rest) = lanes.split_at_mut(rank + 2 * parameters.layers());
        lanes = rest;
        for (h, (head, products)) in heads.iter().zip(&group.products).enumerate() {
            let u = head.node.apply(vector);
            let a = products.iter().map(|with| if with.is_empty() { 0.0 } else { dot(with, vector) });
            own.iter_mut().zip(u.into_iter().chain(a)).for_each(|(lane, value)| lane[h] = value * scale);
        }
    }
    Ok(())
}
