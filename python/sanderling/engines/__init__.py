"""Engines: load a model in a process of its own and stream tokens with log-probabilities from it.

::

    model_pool ─► start ─► Worker ══ frames over pipes ══► serve ─► choose ─┬─► llama_engine ─► llama_api ─► libllama
    (caller's process)                                (child process)       │     ├─ sampling, text_stream
                                                                            │     └─ sequence_state ─► prefix_cache
                                                                            │                          └─ prefix_disk
                                                                            └─► scripted

======================  ===========================================================================================
``protocol.py``         the contract of an engine, and the records that cross it
``chat_format.py``      messages to token ids, without letting a message forge a control token
``special_strings.py``  the strings of a vocabulary that must not become one token
``choose.py``           which engines are installed, and which one to use
``worker.py``           the caller's side of a worker process
``worker_failures.py``  exit codes in words, the child's exceptions rebuilt
``serve.py``            the child's side
``frames.py``           the messages between the two
``llama_cpp.py``        find the library of llama-cpp-python
``xllamacpp.py``        find the library of xllamacpp
``llama_api.py``        the C functions of llama.cpp that are called
``llama_model.py``      a loaded file and its contexts
``llama_engine.py``     the engine over llama.cpp
``gguf_vocab.py``       tokenise with the vocabulary of a loaded model
``sampling.py``         draw a token from logits
``text_stream.py``      hold a token back until its text may be shown
``sequence_state.py``   what the context holds, and its return to the prefix of a new prompt
``prefix.py``           length of the common prefix of two sequences
``prefix_cache.py``     states of other prompts in RAM
``prefix_disk.py``      states of shared prompts on disk
``prefix_entry.py``     one saved state and its key
``model_pool.py``       the loaded models, within a budget of bytes
``greedy_dual.py``      which entry to evict next, for models and for states
``rss.py``              resident memory of this process
``scripted.py``         an engine that follows a script, for tests
``collect.py``          a stream as one record
``probe.py``            try a model in a child process
======================  ===========================================================================================

Every engine passes the suite in ``tests/engines/test_conformance.py``. Both builds of llama.cpp also pass the tests of
kept state, in which answers must agree bit for bit. The two builds differ as follows:

=================  ==========================================  ==================================================
build              ``llama_cpp``                               ``xllamacpp``
=================  ==========================================  ==================================================
installed as       source, compiled on this machine            wheels compiled for the baseline CPU
opened as          ``libllama`` in its package                 its extension module, with the same functions
log-probabilities  the reference                               up to hundredths off: its kernels round differently
kept state         its own only, since a state's key contains  likewise
                   the engine's version
=================  ==========================================  ==================================================

Their greedy texts agree until two candidates are closer than that rounding. In the last bits, results also depend on
where batches end; states therefore return to the ends of batches only (``sequence_state.py``).
"""

from .choose import EngineName, available, start
from .collect import generate_all
from .probe import Probe, probe
from .worker import Worker

__all__ = ["EngineName", "Probe", "Worker", "available", "generate_all", "probe", "start"]
