//! Matrices of the weights file: full, or products of two thin matrices (arXiv 1901.02358, equation 7). Their values
//! are stored in f32 or as 8-bit codes.

use crate::Result;
use crate::frame::Reader;
use crate::kernels::dot;

/// How the file encodes the values of a matrix.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Encoding {
    /// f32, row by row.
    Floats,
    /// An f32 scale per row, then i8 codes row by row. A value is the product of its row's scale and its code.
    Codes,
}

impl Encoding {
    /// Reads `rows × columns` values and returns them as f32; codes are converted.
    pub fn read(self, reader: &mut Reader<'_>, rows: usize, columns: usize, what: &'static str) -> Result<Vec<f32>> {
        match self {
            Self::Floats => reader.f32s(rows * columns, what),
            Self::Codes => {
                let scales = reader.f32s(rows, what)?;
                let codes = reader.take(rows * columns, what)?.chunks_exact(columns);
                let decoded = |(scale, row): (f32, &[u8])| {
                    row.iter().map(|code| scale * f32::from(code.cast_signed())).collect::<Vec<_>>()
                };
                Ok(scales.into_iter().zip(codes).flat_map(decoded).collect())
            }
        }
    }
}

/// A matrix stored as the product `left [rows × inner] · right [inner × columns]`.
///
/// Both factors are stored row by row. If `left` is missing, the matrix is full and stored in `right`.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Matrix {
    columns: usize,
    left: Option<Vec<f32>>,
    right: Vec<f32>,
}

impl Matrix {
    /// Reads a matrix of this shape; `rank` 0 means full, not factored.
    pub fn read(
        reader: &mut Reader<'_>,
        encoding: Encoding,
        [rows, columns, rank]: [usize; 3],
        what: &'static str,
    ) -> Result<Self> {
        if rank == 0 {
            return Ok(Self { columns, left: None, right: encoding.read(reader, rows, columns, what)? });
        }
        let left = encoding.read(reader, rows, rank, what)?;
        Ok(Self { columns, left: Some(left), right: encoding.read(reader, rank, columns, what)? })
    }

    /// Returns the rank of the factors; 0 for a full matrix.
    pub fn rank(&self) -> usize {
        if self.left.is_some() { self.right.len() / self.columns } else { 0 }
    }

    pub fn values(&self) -> impl Iterator<Item = &f32> {
        self.left.iter().flatten().chain(&self.right)
    }

    /// Adds the product of this matrix and `x` to `out`.
    ///
    /// `inner` is a buffer of at least `rank` values.
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

/// Adds the product of `matrix`, given row by row, and `x` to `out`.
pub(super) fn add_rows(matrix: &[f32], x: &[f32], out: &mut [f32]) {
    for (value, row) in out.iter_mut().zip(matrix.chunks_exact(x.len())) {
        *value += dot(row, x);
    }
}

/// Returns the logistic function of `x`.
///
/// For very negative `x`, `exp` overflows to infinity, which gives the correct 0.
pub(super) fn sigmoid(x: f32) -> f32 {
    1.0 / (1.0 + (-x).exp())
}
