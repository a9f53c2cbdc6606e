//! Python bindings that make the Rust core available as the module `sanderling._core`.
//!
//! Every method converts its arguments, runs the core without the GIL and wraps the result. Anything more belongs in
//! the core.
//!
//! | module | holds |
//! |---|---|
//! | `arrays` | numpy in, with errors that name dtype and shape |
//! | `run` | GIL release, Ctrl-C, panic guard |
//! | `errors` | core errors to Python classes |
//! | `candidates` | the candidates for one question |
//! | `features` | the feature table by itself |
//! | `packed` | vectors as bytes |
//! | `memory`, `words`, `names`, `search_result`, `retrieved`, `keyset`, `attention`, `fastgrnn` | the classes |

mod arrays;
mod attention;
mod candidates;
mod errors;
mod fastgrnn;
mod features;
mod keyset;
mod memory;
mod names;
mod packed;
mod retrieval_result;
mod run;
mod search_params;
mod search_result;
mod words;

use pyo3::prelude::*;

/// Return the name of the kernels in use: scalar, avx2, avx512, neon or neon_dotprod.
#[pyfunction]
fn kernels() -> &'static str {
    sanderling_core::kernels::active().name
}

/// The Rust extension: graph memory, graph attention and FastGRNN.
///
/// All arrays are C-contiguous: vectors ``float32[n, dim]`` (a single one ``float32[dim]``), keys
/// ``uint64[n]``. A wrong dtype or shape raises TypeError that names the expected one; NaN, infinity and
/// wrong lengths raise ValueError. Every method releases the GIL while it works.
#[pymodule]
fn _core(m: &Bound<'_, PyModule>) -> PyResult<()> {
    m.add("__version__", env!("CARGO_PKG_VERSION"))?;
    m.add("build_profile", if cfg!(debug_assertions) { "debug" } else { "release" })?;
    m.add("CoreError", m.py().get_type::<errors::CoreError>())?;
    m.add("DamageError", m.py().get_type::<errors::DamageError>())?;
    m.add("InternalError", m.py().get_type::<errors::InternalError>())?;
    m.add("VersionError", m.py().get_type::<errors::VersionError>())?;
    m.add_function(wrap_pyfunction!(kernels, m)?)?;
    m.add_function(wrap_pyfunction!(features::feature_table, m)?)?;
    m.add_function(wrap_pyfunction!(packed::pack, m)?)?;
    m.add_function(wrap_pyfunction!(packed::unpack, m)?)?;
    m.add_function(wrap_pyfunction!(words::stems, m)?)?;
    m.add_class::<candidates::PyCandidates>()?;
    m.add_class::<names::PyNameFinder>()?;
    m.add_class::<names::PyEntityFinder>()?;
    m.add_class::<memory::PyGraphMemory>()?;
    m.add_class::<words::PyWordTable>()?;
    m.add_class::<search_result::PySearchResult>()?;
    m.add_class::<retrieval_result::PyRetrievalResult>()?;
    m.add_class::<keyset::PyKeySet>()?;
    m.add_class::<attention::PyAttention>()?;
    m.add_class::<attention::PyAttentionResult>()?;
    m.add_class::<fastgrnn::PyFastGrnn>()?;
    m.add_class::<fastgrnn::PyRouterStep>()
}
