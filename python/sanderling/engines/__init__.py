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
| ``sampling.py``, ``text_stream.py``, ``prefix.py`` | draw a token, show its text, reuse a warm prompt |
| ``scripted.py`` | follows a script; for tests and dry runs |
| ``collect.py``, ``probe.py`` | a stream as one record; does a model run here at all |
"""

from .choose import EngineName, available, start
from .collect import generate_all
from .probe import Probe, probe
from .worker import Worker

__all__ = ["EngineName", "Probe", "Worker", "available", "generate_all", "probe", "start"]
