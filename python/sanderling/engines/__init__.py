"""Engines that generate text with language models; each model runs in a process of its own.

::

    caller                             │ worker process
    ModelPool ─► start ─► Worker ◄═ frames ═► serve ─► choose ─► llama_cpp, xllamacpp ─► llama_engine
                            │          │                                                     │
                            ▼          │     ┌──────────────┬────────────┬───────────────────┤
                         collect       │ gguf_vocab   text_stream    sampling         sequence_state
                                       │                                                     │
                                       │                                    prefix_cache ─► prefix_disk

======================  ============================================================================================
``protocol.py``         the interface of all engines, and the records of requests and results
``choose.py``           which engines are installed, and which one is used
``model_pool.py``       loaded models within a budget of bytes
``greedy_dual.py``      order of eviction, for loaded models and for saved states
``worker.py``           the caller's side of a worker process
``worker_failures.py``  exit codes in words, reported exceptions rebuilt
``frames.py``           messages between caller and worker
``serve.py``            the worker process
``collect.py``          a stream of tokens collected into one record
``probe.py``            trial run of a model
``chat_format.py``      messages converted to token ids; contents cannot forge control tokens
``llama_cpp.py``        llama.cpp as compiled by llama-cpp-python
``xllamacpp.py``        llama.cpp from the prebuilt wheels of xllamacpp
``llama_engine.py``     the engine over either build
``llama_model.py``      a loaded GGUF file and its contexts
``llama_api.py``        bindings to llama.cpp's C functions
``gguf_vocab.py``       text converted to token ids and back
``special_strings.py``  texts cut inside the strings of special tokens
``sequence_state.py``   the state in the context, cut back to what a new prompt shares with it
``note_states.py``      states of single notes in RAM, moved and merged (``block_ids.py``: how ids tell them apart)
``prefix.py``           length of a common prefix
``prefix_cache.py``     saved states in RAM
``prefix_disk.py``      saved states of shared prefixes on disk
``prefix_entry.py``     one saved state and its key
``sampling.py``         one token drawn from logits
``text_stream.py``      tokens decoded to text, up to a stop text
``rss.py``              current and peak resident memory
``scripted.py``         an engine that follows a script, for tests and dry runs
======================  ============================================================================================

Every engine passes the same tests (``tests/engines/test_conformance.py``), and both builds of llama.cpp must restore
saved states bit for bit. The two builds differ as follows:

=================  ======================================  =========================================================
difference         ``llama_cpp``                           ``xllamacpp``
=================  ======================================  =========================================================
distributed as     source, compiled here for this CPU      wheels for the baseline CPU of each architecture
opened as          ``libllama`` in its package             its extension module, which exports the same functions
log-probabilities  the reference                           up to hundredths off, since its kernels round differently
saved states       its own only, by the engine's version   its own only, by the engine's version
=================  ======================================  =========================================================

Greedy texts of the two agree until two candidates are closer than the difference in rounding. The last bits of what
either computes also depend on where batches end, so states are cut back to ends of batches only
(:mod:`sanderling.engines.sequence_state`).
"""

from .choose import EngineName, available, start
from .collect import generate_all
from .probe import Probe, probe
from .worker import Worker

__all__ = ["EngineName", "Probe", "Worker", "available", "generate_all", "probe", "start"]
