//! All columns of the feature table, in the order that the weights were trained on.

use super::columns::{Anchor, Anchors, Columns, Nodes, summed};
use super::paths::{PATHS, largest, paths};
use crate::error::Result;

const OF_NODE: usize = 14 + 2 * PATHS;
const PER_ANCHOR: usize = 13;
/// Hits, and bridges, with columns of their own.
const OF_A_KIND: usize = 2;
/// Number of columns.
pub const FEATURES: usize = OF_NODE + 2 * OF_A_KIND * PER_ANCHOR;

/// Added to a rank before its logarithm is taken.
const LEAST_RANK: f64 = 1e-6;
const PATH_SCALE: f64 = 0.25;
/// Largest absolute value of a feature. Weights of edges may be any positive `f32`, so a mention's product with one may
/// be anything.
const MOST: f64 = 2.0;

/// Returns the features of n candidates, row by row: n × [`FEATURES`].
///
/// # Errors
/// [`Error::Length`](crate::Error::Length) for arrays that do not fit each other,
/// [`Error::Parameter`](crate::Error::Parameter) for anchors that are no candidates.
pub fn table(nodes: &Nodes<'_>, anchors: &Anchors<'_>) -> Result<Vec<f32>> {
    let rows = anchors.check(nodes)?;
    let mut table = Table { values: vec![0.0; nodes.len() * FEATURES] };
    if nodes.len() == 0 {
        return Ok(table.values);
    }
    let of = nodes.split();
    fill_nodes(&of, &rows, &mut table);
    let kinds = [(0, anchors.hits, 0), (anchors.hits, anchors.bridges, OF_A_KIND)];
    for (from, count, start) in kinds {
        for (number, anchor) in rows[from..from + count].iter().take(OF_A_KIND).enumerate() {
            fill_anchor(&of, anchor, OF_NODE + (start + number) * PER_ANCHOR, &mut table);
        }
    }
    Ok(table.values)
}

struct Table {
    values: Vec<f32>,
}

impl Table {
    fn set(&mut self, column: usize, values: impl IntoIterator<Item = f64>) {
        let cells = self.values.iter_mut().skip(column).step_by(FEATURES);
        cells.zip(values).for_each(|(cell, value)| *cell = value.clamp(-MOST, MOST) as f32);
    }
}

fn fill_nodes(of: &Columns<'_>, anchors: &[Anchor<'_>], table: &mut Table) {
    let covered = summed(&of.each_word().map(<[f64]>::to_vec).collect::<Vec<_>>(), of.cosine.len());
    for (column, values) in [(0, of.cosine), (3, &covered[..])] {
        let best = largest(values);
        table.set(column, values.iter().copied());
        table.set(column + 1, values.iter().map(|value| value - best));
        table.set(column + 2, closeness(values));
    }
    table.set(6, of.named.iter().copied());
    table.set(7, of.cited.iter().copied());
    table.set(8, standard(of.cosine));
    table.set(9, standard(&covered));
    for (column, rank) in [(10, of.rank_first), (12, of.rank_second)] {
        let best = largest(rank);
        let share: Vec<f64> = rank.iter().map(|rank| if best > 0.0 { rank / best } else { *rank }).collect();
        table.set(column + 1, share.iter().map(|share| (share + LEAST_RANK).ln() / 6.0));
        table.set(column, share);
    }
    for (column, path) in (14..).zip(&paths(of, anchors)) {
        table.set(column, path.iter().map(|value| PATH_SCALE * value));
        table.set(column + PATHS, closeness(path));
    }
}

fn fill_anchor(of: &Columns<'_>, anchor: &Anchor<'_>, start: usize, table: &mut Table) {
    let n = of.cosine.len();
    let itself = |j: usize| f64::from(u8::from(j == anchor.place));
    let own_cosine = of.cosine[anchor.place];
    let beyond: Vec<f64> = of.cosine.iter().zip(anchor.cosine).map(|(cosine, to)| cosine - own_cosine * to).collect();
    let mut left = vec![0.0; n];
    for word in of.each_word().filter(|word| word[anchor.place] == 0.0) {
        left.iter_mut().zip(word).for_each(|(left, share)| *left += share);
    }
    table.set(start, (0..n).map(itself));
    table.set(start + 1, (0..n).map(|j| f64::from(u8::from(anchor.own[j])) - itself(j)));
    let mut like = anchor.cosine.to_vec();
    like[anchor.place] = 0.0;
    let product = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(a, b)| a * b).collect::<Vec<f64>>();
    let above: Vec<f64> = beyond.iter().map(|value| value.max(0.0)).collect();
    let names: Vec<f64> = anchor.names.iter().map(|sum| sum.min(3.0)).collect();
    let (name_words, title_words) = (product(anchor.name, &left), product(anchor.name_in_title, &left));
    let name_beyond = product(anchor.name, &above);
    let relative: [&[f64]; 9] =
        [&like, &beyond, &left, anchor.name, &names, anchor.name_in_title, &name_words, &title_words, &name_beyond];
    for (column, values) in (start + 2..).zip(relative) {
        let most = values.iter().fold(0.0, |most: f64, value| most.max(value.abs()));
        let unit = if most > 0.0 { most } else { 1.0 };
        table.set(column, values.iter().map(|value| value / unit));
    }
    table.set(start + 11, standard(&beyond));
    table.set(start + 12, standard(&left));
}

/// Returns a quarter of the standard score of each value, from -1 to 2; 0 if all are equal.
fn standard(values: &[f64]) -> Vec<f64> {
    let count = values.len() as f64;
    let mean = values.iter().sum::<f64>() / count;
    let spread = (values.iter().map(|value| (value - mean) * (value - mean)).sum::<f64>() / count).sqrt();
    if spread <= 1e-9 {
        return vec![0.0; values.len()];
    }
    values.iter().map(|value| ((value - mean) / spread).clamp(-4.0, 8.0) / 4.0).collect()
}

/// Returns 10 / (10 + rank) for each value, with ranks from 0 for the largest; among equals, the first ranks first.
fn closeness(values: &[f64]) -> Vec<f64> {
    let mut order: Vec<u32> = (0..values.len() as u32).collect();
    // A sum with 0 takes -0 for 0.
    order.sort_by(|a, b| (values[*b as usize] + 0.0).total_cmp(&(values[*a as usize] + 0.0)));
    let mut close = vec![0.0; values.len()];
    for (rank, at) in order.into_iter().enumerate() {
        close[at as usize] = 10.0 / (10.0 + rank as f64);
    }
    close
}
