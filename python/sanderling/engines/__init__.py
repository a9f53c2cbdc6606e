"""Engines: token ids in, tokens with log-probabilities out, each model in a process of its own.

::

    start ─► Worker ══ frames over pipes ══► serve ─► choose ─► llama_engine ─► llama_api ─► libllama
             (caller)                        (child process)        └─ sampling, text_stream

| file | responsibility |
|---|---|
| ``protocol.py`` | the contract every engine fulfils |
| ``chat_format.py`` | messages to token ids; nobody can forge a control token |
| ``choose.py`` | which engine is installed, and which is used |
| ``worker.py``, ``serve.py``, ``frames.py`` | the caller's side, the child's side, what travels between |
| ``llama_cpp.py``, ``xllamacpp.py`` | where the two builds of llama.cpp are found |
| ``llama_engine.py``, ``llama_api.py``, ``gguf_vocab.py`` | the engine over either of them |
| ``sampling.py``, ``text_stream.py`` | draw a token, show its text |
| ``kept.py``, ``prefix.py`` | what the context holds, and how it goes back to what a new prompt shares with it |
| ``prefix_cache.py``, ``prefix_entry.py``, ``spill.py`` | states that are not in the context: in RAM, and on disk |
| ``resident.py``, ``greedy_dual.py``, ``resident_set.py`` | which models are loaded, what goes first, what each holds |
| ``scripted.py`` | follows a script; for tests and dry runs |
| ``collect.py``, ``probe.py`` | a stream as one record; does a model run here at all |

Every engine passes one suite (``tests/engines/test_conformance.py``), and both builds of llama.cpp the tests of kept
state, bit for bit. Where the two differ:

| | ``llama_cpp`` | ``xllamacpp`` |
|---|---|---|
| comes as | source, compiled here for this CPU | wheels for the plainest CPU of a kind |
| is opened as | ``libllama`` in its package | its extension module, which exports the same functions |
| log-probabilities | the reference | up to hundredths off: kernels of another build round differently |
| kept state | of its own only: the engine's version is part of a state's name | likewise |

Greedy texts of the two agree until two candidates are closer than their rounding. What either computes also depends, in
the last bits, on where batches end, which is why states go back to the ends of batches only (``kept.py``).
"""

from .choose import EngineName, available, start
from .collect import generate_all
from .probe import Probe, probe
from .worker import Worker

__all__ = ["EngineName", "Probe", "Worker", "available", "generate_all", "probe", "start"]
