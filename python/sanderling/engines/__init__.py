"""Engines that generate text with language models.

Each model runs in a process of its own.

::

    caller                             │ worker process
    ModelPool ─► start ─► Worker ◄═ frames ═► serve ─► choose ─► a build of llama.cpp ─► llama_engine
                            │          │                                                     │
                            ▼          │     ┌──────────────┬────────────┬───────────────────┤
                         collect       │ gguf_vocab   text_stream    sampling         sequence_state
                                       │                                                     │
                                       │                                    prefix_cache ─► prefix_disk

========================  ============================================================================================
``protocol.py``           the interface of all engines, and the records of requests and results
``choose.py``             which engines are installed, and which one is used
``model_pool.py``         loaded models within a budget of bytes
``preload.py``            a model loaded before the first question needs it
``greedy_dual.py``        order of eviction, for loaded models and for saved states
``worker.py``             the caller's side of a worker process
``worker_failures.py``    exit codes in words, reported exceptions rebuilt
``frames.py``             messages between caller and worker
``serve.py``              the worker process
``collect.py``            a stream of tokens collected into one record
``probe.py``              trial run of a model
``distribution.py``       version of an installed package
``chat_format.py``        messages converted to token ids; contents cannot forge control tokens (``chat_formats.toml``)
``thoughts.py``           a model that thinks first: the thought is bounded and left out
``unthought.py``          thoughts that a model writes into its answer, left out
``newer_engine.py``       what to say of a model that an engine is too old for
``sanderling_engine.py``  llama.cpp from our own wheel, with kernels for each kind of CPU
``cpu_variant.py``        the kernels for this CPU
``llama_cpp.py``          llama.cpp as compiled by llama-cpp-python
``xllamacpp.py``          llama.cpp from the prebuilt wheels of xllamacpp
``llama_engine.py``       the engine over any build
``llama_model.py``        a loaded GGUF file and its contexts
``llama_api.py``          bindings to llama.cpp's C functions
``waiting.py``            how the library's threads wait for each other
``threads.py``            how many threads compute, by what else runs
``context_threads.py``    the same for an open context, before and during each request
``gguf_vocab.py``         text converted to token ids and back
``special_strings.py``    texts cut inside the strings of special tokens
``sequence_state.py``     the state in the context, cut back to what a new prompt shares with it
``note_states.py``        states of single notes in RAM, moved and merged (``block_ids.py``: how ids tell them apart)
``prefix.py``             length of a common prefix
``prefix_cache.py``       saved states in RAM
``prefix_disk.py``        saved states of shared prefixes on disk
``prefix_entry.py``       one saved state and its key
``prediction.py``         probabilities of next tokens, to compare two files of a model
``requantize.py``         a model file written in another quantization, in a child process
``sampling.py``           one token drawn from logits
``top_logprobs.py``       log-probabilities of a token and of the likeliest beside it
``batch.py``              a batch of tokens computed, with the logits that are wanted
``prompt_scores.py``      how probable each token of a prompt was
``json_schema.py``        schemas that a text is to follow, checked and compiled
``grammar.py``            the tokens with which a text still follows its schema
``spelling.py``           a text spelt with a vocabulary's tokens, byte for byte
``text_stream.py``        tokens decoded to text, up to a stop text
``rss.py``                current and peak resident memory
``scripted.py``           an engine that follows a script, for tests and dry runs
``scripted_json.py``      what a script says inside JSON
========================  ============================================================================================

Every engine passes the same tests (``tests/engines/test_conformance.py``), and all builds of llama.cpp must restore
saved states bit for bit. The builds differ as follows:

=================  ===========================  =========================  =========================================
difference         ``sanderling_engine``        ``llama_cpp``              ``xllamacpp``
=================  ===========================  =========================  =========================================
distributed as     a wheel, ``make engine``     source, compiled here      wheels
kernels for        each kind of CPU, the best   this CPU, or as asked for  the baseline CPU of each architecture
                   chosen when it is loaded
threads that wait  spin some µs, then sleep     as OpenMP is told to       as OpenMP is told to
opened as          ``libllama`` in its package  the same                   its extension module, which exports the
                                                                           same functions
log-probabilities  tenths off                   the reference              tenths off: kernels round differently
saved states       its own only, by version     its own only, by version   its own only, by version
                   and kernels
=================  ===========================  =========================  =========================================

Greedy texts agree until two candidates are closer than the difference in rounding. The last bits of what any build
computes also depend on where batches end, so states are cut back to ends of batches only
(:mod:`sanderling.engines.sequence_state`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from .choose import EngineName as EngineName
from .choose import available as available
from .choose import start as start

if TYPE_CHECKING:
    from .collect import generate_all
    from .worker import Worker

__all__ = ["EngineName", "Worker", "available", "generate_all", "start"]

_ELSEWHERE = {"Worker": "worker", "generate_all": "collect"}
"""Modules of names that a worker process does not need. Each is imported on first use."""


def __getattr__(name: str) -> object:
    """Import one of this package's names on first use."""
    if name not in _ELSEWHERE:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(f".{_ELSEWHERE[name]}", __name__), name)
