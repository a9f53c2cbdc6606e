//! The Python classes `FastGrnn` and `RouterStep`.

use crate::arrays::{rows, vector};
use crate::run::detached;
use numpy::{IntoPyArray, PyArray1, PyArray2, PyArrayMethods, PyUntypedArrayMethods};
use pyo3::prelude::*;
use sanderling_core::fastgrnn::{FastGrnn, OUTPUTS, Step};

/// The router's immutable network: a FastGRNN cell (arXiv 1901.02358) with six heads.
#[pyclass(name = "FastGrnn", module = "sanderling._core", frozen)]
pub struct PyFastGrnn(FastGrnn);

#[pymethods]
impl PyFastGrnn {
    /// Read the network from ``data``, the content of a weights file.
    ///
    /// Raises DamageError for a damaged file or one of another kind, VersionError for another format version.
    #[staticmethod]
    fn from_bytes(py: Python<'_>, data: &[u8]) -> PyResult<Self> {
        detached(py, || FastGrnn::from_bytes(data)).map(Self)
    }

    /// Checksum of the weights, 8 hexadecimal digits.
    #[getter]
    fn id(&self) -> &str {
        self.0.id()
    }

    /// Version of the feature table that the weights were trained on.
    #[getter]
    fn features_version(&self) -> u32 {
        self.0.features_version()
    }

    /// Length of the feature vector.
    #[getter]
    fn input_dim(&self) -> usize {
        self.0.input_dim()
    }

    /// Length of the hidden state.
    #[getter]
    fn hidden_dim(&self) -> usize {
        self.0.hidden_dim()
    }

    /// The card of the weights file, as JSON: the names of the labels, and how the weights were made.
    #[getter]
    fn card(&self) -> &str {
        self.0.card()
    }

    /// Run the cell once on ``features`` ``float32[input_dim]`` and return its output.
    ///
    /// ``hidden`` ``float32[hidden_dim]``, or None for zeros. Raises ValueError for NaN, infinity, or values
    /// whose sums overflow.
    #[pyo3(signature = (features, hidden = None))]
    fn step(
        &self,
        py: Python<'_>,
        features: &Bound<'_, PyAny>,
        hidden: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<PyRouterStep> {
        let features = vector("features", self.0.input_dim(), features)?;
        let hidden = hidden.map(|h| vector("hidden", self.0.hidden_dim(), h)).transpose()?;
        detached(py, || self.0.step(&features, hidden.as_deref())).map(PyRouterStep)
    }

    /// Run the cell once on each row of ``features`` ``float32[n, input_dim]``.
    ///
    /// ``hidden`` ``float32[n, hidden_dim]``, or None for zeros. Returns the hidden states ``float32[n,
    /// hidden_dim]`` and the heads ``float32[n, 14]``: 4 model, 4 context and 3 plan logits, temperature,
    /// top_p, escalate. Raises as :meth:`step`.
    #[pyo3(signature = (features, hidden = None))]
    fn steps<'py>(
        &self,
        py: Python<'py>,
        features: &Bound<'py, PyAny>,
        hidden: Option<&Bound<'py, PyAny>>,
    ) -> PyResult<(Matrix<'py>, Matrix<'py>)> {
        let features = rows("features", self.0.input_dim(), features)?;
        let hidden = hidden.map(|h| rows("hidden", self.0.hidden_dim(), h)).transpose()?;
        let n = features.shape()[0];
        let (x, h) = (features.as_slice()?, hidden.as_ref().map(|h| h.as_slice()).transpose()?);
        let (hidden, heads) = detached(py, || self.0.steps(x, h))?;
        let matrix = |values: Vec<f32>, width: usize| values.into_pyarray(py).reshape([n, width]);
        Ok((matrix(hidden, self.0.hidden_dim())?, matrix(heads, OUTPUTS)?))
    }
}

type Matrix<'py> = Bound<'py, PyArray2<f32>>;

/// The output of one step: the new hidden state and the six heads' values.
#[pyclass(name = "RouterStep", module = "sanderling._core", frozen)]
pub struct PyRouterStep(Step); // Arrays are made when read: assessing a draft reads a single number.

#[pymethods]
impl PyRouterStep {
    /// New hidden state, ``float32[hidden_dim]``, to be passed to the conversation's next step.
    #[getter]
    fn hidden<'py>(&self, py: Python<'py>) -> Bound<'py, PyArray1<f32>> {
        PyArray1::from_slice(py, &self.0.hidden)
    }
    /// Logits of the four models of the ladder, smallest model first.
    #[getter]
    fn model_logits<'py>(&self, py: Python<'py>) -> Bound<'py, PyArray1<f32>> {
        PyArray1::from_slice(py, &self.0.model_logits)
    }
    /// Logits of the four context sizes: tiny, small, medium and large.
    #[getter]
    fn context_logits<'py>(&self, py: Python<'py>) -> Bound<'py, PyArray1<f32>> {
        PyArray1::from_slice(py, &self.0.context_logits)
    }
    /// Three logits that no router reads yet.
    #[getter]
    fn plan_logits<'py>(&self, py: Python<'py>) -> Bound<'py, PyArray1<f32>> {
        PyArray1::from_slice(py, &self.0.plan_logits)
    }
    /// Sampling temperature, 0 to 1.5.
    #[getter]
    fn temperature(&self) -> f32 {
        self.0.temperature
    }
    /// Probability mass of nucleus sampling, 0.7 to 1.
    #[getter]
    fn top_p(&self) -> f32 {
        self.0.top_p
    }
    /// Probability that the drafted answer must be redone by a larger model.
    #[getter]
    fn escalate(&self) -> f32 {
        self.0.escalate
    }
}
