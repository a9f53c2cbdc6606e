"""Keeps the state of each note, and merges the states for a prompt.

So the notes need not be computed again.

::

    prompt ─► shared beginning │ note │ note │ … │ question
                 computed       ╰─┬──╯╰─┬──╯      computed over all before it
                                  ▼     ▼
          kept, or computed right behind the shared beginning ─► moved to its place ─► merged into sequence 0

The state of a note is a function of the shared beginning and the note alone: it is computed while the context holds
nothing else, and kept in RAM (:mod:`sanderling.engines.prefix_cache`), never on disk. A question restores the states in
the order of its prompt, each into sequence 1, moves it once from the place where it was computed, and marks its cells
as sequence 0's. States that were computed for this very prompt go the same way, through their saved bytes, so the
result is the same, bit for bit, whether a state was kept or not.

The pass that moves keys goes over all cells of the context. Those that stay in their place keep their bits, 8-bit ones
too: they return from scale and rotation within some millionths of what they were, and are rounded to the same bits.

The merged state is an approximation of the whole prompt's: the notes have not read each other, and their keys were
rounded once more when they were moved. ``seq_cp`` gives sequence 0 the convolution state of the note that was copied
last, which is what a hybrid model needs. No two sequences are ever in one batch.

Of one request all states stay until they are merged. If they do not fit the budget together, the prompt has to be
computed in the ordinary way, and later prompts with as many tokens are not tried.
"""

from __future__ import annotations

import ctypes
import time
from collections.abc import Callable, Sequence
from typing import Any

from .block_ids import written
from .llama_api import STATE_WHOLE, LlamaApi
from .prefix_cache import PrefixCache
from .prefix_entry import Entry

_ANSWER, _ASIDE = 0, 1
"""Numbers of the two sequences.

The first holds the prompt and its answer. The second holds what is put aside while another state is computed, or moved
before it is merged.
"""


class TooLarge(Exception):
    """Raised when the states of one prompt's blocks exceed the budget."""


class Gathered:
    """The states of a prompt's blocks, in the order of the prompt."""

    def __init__(self, entries: Sequence[Entry], lengths: Sequence[int], known_tokens: int) -> None:
        self.entries, self.lengths, self.known_tokens = tuple(entries), tuple(lengths), known_tokens


class NoteStates:
    """The states of single notes for one context.

    Whenever they are used, the context holds the shared beginning as sequence 0.
    """

    def __init__(
        self, api: LlamaApi, context: int, cache: PrefixCache, decode: Callable[[Sequence[int]], None], n_batch: int
    ) -> None:
        """Start without stored states.

        ``context``: llama.cpp's pointer to a context of two sequences that share its cells. ``decode``: extends
        sequence 0, and empties the context before it raises. ``n_batch``: tokens computed between two checks for
        cancellation.
        """
        self._api, self._context, self.cache = api, context, cache
        self._decode, self._n_batch = decode, n_batch
        self._memory = api.llama_get_memory(context)
        self._too_many_tokens: int | None = None

    def may_fit(self, tokens: int) -> bool:
        """Return whether the states of ``tokens`` tokens may fit the budget.

        They may unless as many tokens, or fewer, did not fit before.
        """
        return self._too_many_tokens is None or tokens < self._too_many_tokens

    def gather(
        self, shared: Sequence[int], blocks: Sequence[Sequence[int]], cancelled: Callable[[], bool]
    ) -> Gathered | None:
        """Return the states of ``blocks``; compute and keep the unknown ones.

        None when cancelled. Sequence 0 must hold exactly ``shared``, and does so again afterwards. Raises TooLarge if
        the states do not fit the budget together, and what ``decode`` raises.
        """
        wanted = [tuple(written((*shared, *block), len(shared), (len(shared) + len(block),))) for block in blocks]
        entries: dict[tuple[int, ...], Entry] = {}
        for ids in wanted:
            found = self.cache.get(ids)
            if found is not None:
                entries[ids] = found
        known = sum(len(block) for ids, block in zip(wanted, blocks, strict=True) if ids in entries)
        missing = {ids: block for ids, block in zip(wanted, blocks, strict=True) if ids not in entries}
        if missing:
            self._api.llama_memory_seq_cp(self._memory, _ANSWER, _ASIDE, -1, -1)
        for ids, block in missing.items():
            entry = self._computed(ids, len(shared), block, cancelled)
            if entry is None:
                return None
            entries[ids] = entry
            if not self.cache.put(entry, pinned=entries):
                self._put_back()
                self._too_many_tokens = sum(map(len, blocks))
                raise TooLarge
        if missing:
            self._api.llama_memory_seq_rm(self._memory, _ASIDE, -1, -1)
        return Gathered([entries[ids] for ids in wanted], [len(block) for block in blocks], known)

    def merge(self, gathered: Gathered, at: int) -> bool:
        """Append the gathered states to sequence 0.

        ``at``: number of tokens in the sequence. Returns whether llama.cpp took all states. The keys are moved when the
        next tokens are computed: until then the state of sequence 0 must not be saved.
        """
        memory, api = self._memory, self._api
        start = at
        for entry, length in zip(gathered.entries, gathered.lengths, strict=True):
            size = len(entry.state)
            if api.llama_state_seq_set_data_ext(self._context, entry.state, size, _ASIDE, STATE_WHOLE) != size:
                return False
            api.llama_memory_seq_add(memory, _ASIDE, at, at + length, start - at)
            api.llama_memory_seq_cp(memory, _ASIDE, _ANSWER, start, start + length)
            if not api.llama_memory_seq_rm(memory, _ASIDE, -1, -1):
                return False
            start += length
        return True

    def _computed(
        self, ids: tuple[int, ...], shared: int, block: Sequence[int], cancelled: Callable[[], bool]
    ) -> Entry | None:
        """Compute the state of ``block`` behind the shared beginning.

        Both sequences hold the shared beginning, before and afterwards.
        """
        began = time.perf_counter()
        for start in range(0, len(block), self._n_batch):
            if cancelled():
                self._put_back()
                return None
            self._decode(block[start : start + self._n_batch])
        self._api.llama_memory_seq_rm(self._memory, _ANSWER, 0, shared)
        state = self._saved()
        cost_ms = 1e3 * (time.perf_counter() - began)
        self._api.llama_memory_seq_rm(self._memory, _ANSWER, -1, -1)
        self._api.llama_memory_seq_cp(self._memory, _ASIDE, _ANSWER, -1, -1)
        return Entry(ids=ids, state=state, checkpoints={}, cost_ms=cost_ms, shared=False)

    def _put_back(self) -> None:
        """Move the shared beginning from sequence 1 back to sequence 0, which then holds nothing else."""
        self._api.llama_memory_seq_rm(self._memory, _ANSWER, -1, -1)
        self._api.llama_memory_seq_cp(self._memory, _ASIDE, _ANSWER, -1, -1)
        self._api.llama_memory_seq_rm(self._memory, _ASIDE, -1, -1)

    def _saved(self) -> bytes:
        size = int(self._api.llama_state_seq_get_size_ext(self._context, _ANSWER, STATE_WHOLE))
        buffer: Any = ctypes.create_string_buffer(size)
        taken = self._api.llama_state_seq_get_data_ext(self._context, buffer, size, _ANSWER, STATE_WHOLE)
        return bytes(memoryview(buffer)[:taken])
