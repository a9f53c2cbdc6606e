//! A matrix as the weights file holds it: full, or the product of two thin ones (arXiv 1901.02358, equation 7).

use crate::Result;
use crate::bytes::{Reader, Writer};
use crate::kernels::dot;

/// `left [rows × inner] · right [inner × columns]`, both row by row; without `left` the matrix is `right` itself.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Matrix {
    columns: usize,
    left: Option<Vec<f32>>,
    right: Vec<f32>,
}

impl Matrix {
    /// Reads a matrix of this shape; `rank` 0 is a full one.
    pub fn read(reader: &mut Reader<'_>, rows: usize, columns: usize, rank: usize, what: &'static str) -> Result<Self> {
        let left = if rank == 0 { None } else { Some(reader.f32s(rows * rank, what)?) };
        let right = reader.f32s(columns * if rank == 0 { rows } else { rank }, what)?;
        Ok(Self { columns, left, right })
    }

    pub fn write(&self, writer: &mut Writer) {
        writer.put_f32s(self.left.as_deref().unwrap_or_default());
        writer.put_f32s(&self.right);
    }

    /// Rank of the factors, 0 for a full matrix.
    pub fn rank(&self) -> usize {
        if self.left.is_some() { self.right.len() / self.columns } else { 0 }
    }

    pub fn values(&self) -> impl Iterator<Item = &f32> {
        self.left.iter().flatten().chain(&self.right)
    }

    /// Adds the product with `x` to `out`; `inner` is overwritten and holds at least `rank` values.
    pub fn add_product(&self, x: &[f32], inner: &mut [f32], out: &mut [f32]) {
        match &self.left {
            None => add_rows(&self.right, x, out),
            Some(left) => {
                let inner = &mut inner[..self.rank()];
                inner.fill(0.0);
                add_rows(&self.right, x, inner);
                add_rows(left, inner, out);
            }
        }
    }
}

/// Adds the dot products of the rows of `matrix` with `x` to `out`.
pub(super) fn add_rows(matrix: &[f32], x: &[f32], out: &mut [f32]) {
    for (value, row) in out.iter_mut().zip(matrix.chunks_exact(x.len())) {
        *value += dot(row, x);
    }
}
