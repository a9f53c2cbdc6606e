//! `FastGrnn` and one step of it.

use crate::arrays::vector;
use crate::run::detached;
use numpy::{IntoPyArray, PyArray1};
use pyo3::prelude::*;
use sanderling_core::fastgrnn::FastGrnn;

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

    #[pyo3(signature = (features, hidden = None))]
    fn step(
        &self,
        py: Python<'_>,
        features: &Bound<'_, PyAny>,
        hidden: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<PyRouterStep> {
        let features = vector("features", self.0.input_dim(), features)?;
        let hidden = hidden.map(|h| vector("hidden", self.0.hidden_dim(), h)).transpose()?;
        let step = detached(py, || self.0.step(&features, hidden.as_deref()))?;
        Ok(PyRouterStep {
            hidden: step.hidden.into_pyarray(py).unbind(),
            model_logits: step.model_logits.to_vec().into_pyarray(py).unbind(),
            context_logits: step.context_logits.to_vec().into_pyarray(py).unbind(),
            temperature: step.temperature,
            top_p: step.top_p,
            escalate: step.escalate,
        })
    }
}

/// Output of one step.
#[pyclass(name = "RouterStep", module = "sanderling._core", frozen)]
pub struct PyRouterStep {
    hidden: Py<PyArray1<f32>>,
    model_logits: Py<PyArray1<f32>>,
    context_logits: Py<PyArray1<f32>>,
    #[pyo3(get)]
    temperature: f32,
    #[pyo3(get)]
    top_p: f32,
    #[pyo3(get)]
    escalate: f32,
}

#[pymethods]
impl PyRouterStep {
    #[getter]
    fn hidden(&self, py: Python<'_>) -> Py<PyArray1<f32>> {
        self.hidden.clone_ref(py)
    }
    #[getter]
    fn model_logits(&self, py: Python<'_>) -> Py<PyArray1<f32>> {
        self.model_logits.clone_ref(py)
    }
    #[getter]
    fn context_logits(&self, py: Python<'_>) -> Py<PyArray1<f32>> {
        self.context_logits.clone_ref(py)
    }
}
