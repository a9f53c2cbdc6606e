//! `FastGrnn`, one step of it, and steps of many rows.

use crate::arrays::{rows, vector};
use crate::run::detached;
use numpy::{IntoPyArray, PyArray1, PyArray2, PyArrayMethods, PyUntypedArrayMethods};
use pyo3::prelude::*;
use sanderling_core::fastgrnn::{FastGrnn, OUTPUTS, Step};

/// The published cell with the router's heads.
#[pyclass(name = "FastGrnn", module = "sanderling._core", frozen)]
pub struct PyFastGrnn(FastGrnn);

#[pymethods]
impl PyFastGrnn {
    #[staticmethod]
    fn from_bytes(py: Python<'_>, data: &[u8]) -> PyResult<Self> {
        detached(py, || FastGrnn::from_bytes(data)).map(Self)
    }

    #[getter]
    fn id(&self) -> &str {
        self.0.id()
    }

    #[getter]
    fn features_version(&self) -> u32 {
        self.0.features_version()
    }

    #[getter]
    fn input_dim(&self) -> usize {
        self.0.input_dim()
    }

    #[getter]
    fn hidden_dim(&self) -> usize {
        self.0.hidden_dim()
    }

    #[getter]
    fn card(&self) -> &str {
        self.0.card()
    }

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

/// Output of one step. Arrays are made when they are asked for: whoever assesses a draft reads one number of it.
#[pyclass(name = "RouterStep", module = "sanderling._core", frozen)]
pub struct PyRouterStep(Step);

#[pymethods]
impl PyRouterStep {
    #[getter]
    fn hidden<'py>(&self, py: Python<'py>) -> Bound<'py, PyArray1<f32>> {
        PyArray1::from_slice(py, &self.0.hidden)
    }
    #[getter]
    fn model_logits<'py>(&self, py: Python<'py>) -> Bound<'py, PyArray1<f32>> {
        PyArray1::from_slice(py, &self.0.model_logits)
    }
    #[getter]
    fn context_logits<'py>(&self, py: Python<'py>) -> Bound<'py, PyArray1<f32>> {
        PyArray1::from_slice(py, &self.0.context_logits)
    }
    #[getter]
    fn temperature(&self) -> f32 {
        self.0.temperature
    }
    #[getter]
    fn top_p(&self) -> f32 {
        self.0.top_p
    }
    #[getter]
    fn escalate(&self) -> f32 {
        self.0.escalate
    }
}
