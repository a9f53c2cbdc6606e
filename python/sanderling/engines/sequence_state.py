"""What the context holds between requests: the ids it was computed from, and how it gets to a new prompt.

::

    prompt ─► longest reachable prefix ─┬─ in the context: cut back, or go on from its end
                                        └─ in the prefix cache: the whole state is put in its place

A state goes back to its *marks* only: after the system prompt, after each batch of a prompt, after each answer. For a
hybrid model a mark holds a copy of the convolution state (``PARTIAL_ONLY``, some 100 kB), which has no positions to
remove. To return, that copy is restored *first* and the rest cut off *then*: a hybrid memory refuses to be cut to a
position that its convolution state is not at. ``n_rs_seq``, which promises the same, returns success with a wrong state
(llama.cpp issue 26695). Plain attention could be cut anywhere and is not: what llama.cpp computes depends, in the last
bits, on where batches end, so a state cut inside of one could not be computed again. As it is, every answer equals, bit
for bit, one computed from nothing in the same steps.

A prompt that is known to its end needs the logits of its last token, which no state holds; those of the last prompt
are kept, so that answering it again computes nothing.
"""

from __future__ import annotations

import ctypes
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .llama_api import STATE_PARTIAL, STATE_WHOLE, LlamaApi
from .prefix import common_prefix
from .prefix_cache import PrefixCache
from .prefix_entry import Entry

MAX_CHECKPOINTS = 64
"""Of one conversation: 5 to 23 MB for the LFM2 family. The second oldest is given up; the first ends what is shared."""

Checkpoints = dict[int, bytes]
"""Convolution states by position; empty ones for models without."""


class SequenceState:
    """The memory of one context, sequence 0."""

    def __init__(self, api: LlamaApi, model: int, context: int, cache: PrefixCache) -> None:
        """``cache``: states that are not in the context."""
        self._api, self._context, self._cache = api, context, cache
        self._memory = api.llama_get_memory(context)
        self._hybrid = bool(api.llama_model_is_hybrid(model) or api.llama_model_is_recurrent(model))
        self.ids: list[int] = []
        self._checkpoints: Checkpoints = {}
        self._ending: tuple[int, NDArray[np.float32]] | None = None
        self._prefilled_tokens, self._prefill_ms = 0, 0.0

    def resume(self, prompt: Sequence[int]) -> int:
        """Make the context hold a prefix of ``prompt``; return how many tokens need not be computed.

        That is all of them only where :meth:`ending` has the logits after the last.
        """
        here = self._reach(self.ids, self._checkpoints, prompt, self._ending[0] if self._ending else -1)
        found = self._cache.find(prompt, lambda entry: self._reach(entry.ids, entry.checkpoints, prompt, -1), here)
        if found is not None:
            entry, here = found
            self._stash(common_prefix(self.ids, prompt))
            if not self._restore(entry):
                return 0
        else:
            self._stash(here)
        return self._cut(here)

    def ending(self) -> NDArray[np.float32]:
        """Logits after the last token of the prompt that :meth:`end_prompt` was told of."""
        assert self._ending is not None
        return self._ending[1]

    def end_prompt(self, logits: NDArray[np.float32]) -> None:
        """Note that all of a prompt has been computed; ``logits`` of shape (n_vocab,) follow it."""
        self.checkpoint()
        self._ending = len(self.ids), logits.copy()

    def checkpoint(self) -> None:
        """Make the current position one that later requests can come back to."""
        if not self.ids or len(self.ids) in self._checkpoints:
            return
        if len(self._checkpoints) >= MAX_CHECKPOINTS:
            del self._checkpoints[sorted(self._checkpoints)[1]]
        self._checkpoints[len(self.ids)] = self._copy(STATE_PARTIAL) if self._hybrid else b""

    def share(self) -> None:
        """Keep the whole state at the current position for other conversations, and other processes."""
        if self._cache.takes(self._size(STATE_WHOLE), shared=True) and not self._cache.has(self.ids):
            self._cache.put(self._entry(cost_ms=self._cost_ms(len(self.ids)), shared=True))

    def computed(self, ids: Sequence[int], took_ms: float) -> None:
        """Note that the context was extended."""
        self.ids.extend(ids)
        if len(ids) > 1:
            self._prefilled_tokens += len(ids)
            self._prefill_ms += took_ms

    def forget(self) -> None:
        """Empty the context."""
        # False: the cells are freed and not overwritten, which for a whole cache takes longer than a token.
        self._api.llama_memory_clear(self._memory, False)
        self.ids.clear()
        self._checkpoints.clear()
        self._ending = None

    def _reach(self, ids: Sequence[int], checkpoints: Checkpoints, prompt: Sequence[int], ending: int) -> int:
        """Tokens of the prompt that a state over ``ids`` can stand for."""
        limit = common_prefix(ids, prompt)
        if limit == len(prompt) != ending:
            limit -= 1  # one must be computed for its logits
        if limit == len(ids):
            return limit
        return max((position for position in checkpoints if position <= limit), default=0)

    def _cut(self, length: int) -> int:
        """Go back to ``length`` tokens, or to none where the memory refuses."""
        if length < len(self.ids):
            if length and self._hybrid:
                self._write(self._checkpoints[length], STATE_PARTIAL)
            if not length or not self._api.llama_memory_seq_rm(self._memory, 0, length, -1):
                self.forget()
                return 0
            del self.ids[length:]
            self._checkpoints = {position: copy for position, copy in self._checkpoints.items() if position <= length}
            if self._ending and self._ending[0] > length:
                self._ending = None
        return length

    def _stash(self, staying: int) -> None:
        """Save the context before it is cut to ``staying`` tokens, if more of it is lost than stays.

        That is another conversation. An answer tried again, or a last question put differently, loses little; to save
        it would cost the bytes of all that stays.
        """
        lost = len(self.ids) - staying
        if lost > staying and self._cache.takes(self._size(STATE_WHOLE), shared=False):
            self._cache.put(self._entry(cost_ms=self._cost_ms(lost), shared=False))

    def _restore(self, entry: Entry) -> bool:
        self.forget()
        if not self._write(entry.state, STATE_WHOLE):
            self._cache.remove(entry)
            self.forget()
            return False
        self.ids, self._checkpoints = list(entry.ids), dict(entry.checkpoints)
        if not entry.shared:
            self._cache.remove(entry)  # it lives in the context now, and will grow there
        return True

    def _entry(self, *, cost_ms: float, shared: bool) -> Entry:
        self.checkpoint()
        checkpoints = dict(self._checkpoints)
        return Entry(
            ids=tuple(self.ids), state=self._copy(STATE_WHOLE), checkpoints=checkpoints, cost_ms=cost_ms, shared=shared
        )

    def _cost_ms(self, tokens: int) -> float:
        """What computing so many tokens of a prompt would take, as all prompts so far did."""
        return tokens * self._prefill_ms / max(1, self._prefilled_tokens)

    def _size(self, flags: int) -> int:
        return int(self._api.llama_state_seq_get_size_ext(self._context, 0, flags))

    def _copy(self, flags: int) -> bytes:
        size = self._size(flags)
        buffer: Any = ctypes.create_string_buffer(size)
        written = self._api.llama_state_seq_get_data_ext(self._context, buffer, size, 0, flags)
        return bytes(memoryview(buffer)[:written])

    def _write(self, data: bytes, flags: int) -> bool:
        """Whether llama.cpp took all of it."""
        return bool(self._api.llama_state_seq_set_data_ext(self._context, data, len(data), 0, flags) == len(data))
