"""Tracks the tokens in a context, and reuses the context for the next prompt.

::

    prompt ─► longest reachable prefix ─┬─ in the context: cut the context back, or continue at its end
                                        └─ in the prefix cache: replace the whole state

A state can be cut back to its *checkpoints* only: after the system prompt, after each batch of a prompt, after each
answer. A checkpoint of a hybrid model holds a copy of the convolution state (``PARTIAL_ONLY``, some 100 kB), from which
no positions can be removed. To go back, that copy is restored first and the rest is cut off afterwards: a hybrid memory
refuses a cut to a position other than that of its convolution state. llama.cpp's own rollback (``n_rs_seq``) reports
success with a wrong state (issue 26695).

Plain attention could be cut anywhere, but is cut at checkpoints too: the last bits of what llama.cpp computes depend on
where batches end, so a state cut inside a batch could not be reproduced. With checkpoints every answer equals, bit for
bit, one computed from an empty context in the same steps.

A prompt whose tokens are all known still needs the logits after its last token, which no state contains. Those of the
last prompt are kept, so that the same prompt can be answered again without computing it.
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
"""Maximum number of checkpoints kept for one conversation.

They take 5 to 23 MB for the LFM2 family. When there are more, the second oldest is dropped; the oldest is the end of
the shared prefix.
"""

Checkpoints = dict[int, bytes]
"""Copies of the convolution state, by position. The bytes are empty for models without convolutions."""


class SequenceState:
    """The token ids and the checkpoints of sequence 0 in a context. The context can be cut back to a checkpoint."""

    def __init__(self, api: LlamaApi, model: int, context: int, cache: PrefixCache) -> None:
        """Start with an empty context.

        ``model`` and ``context``: llama.cpp's pointers. ``cache``: saved states that are not in the context.
        """
        self._api, self._context, self._cache = api, context, cache
        self._memory = api.llama_get_memory(context)
        self._hybrid = bool(api.llama_model_is_hybrid(model) or api.llama_model_is_recurrent(model))
        self.ids: list[int] = []
        self._checkpoints: Checkpoints = {}
        self._ending: tuple[int, NDArray[np.float32]] | None = None
        self._prefilled_tokens, self._prefill_ms = 0, 0.0

    def resume(self, prompt: Sequence[int]) -> int:
        """Make the context hold the longest known prefix of ``prompt``.

        Returns the prefix's length in tokens. The prefix is the whole prompt only if :meth:`ending` has the logits
        after its last token.
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
        """Return the logits after the last token of the prompt. As given to :meth:`end_prompt`."""
        assert self._ending is not None
        return self._ending[1]

    def end_prompt(self, logits: NDArray[np.float32]) -> None:
        """Mark the end of the prompt, and keep ``logits``. ``logits``: after the last token, shape (n_vocab,)."""
        self.checkpoint()
        self._ending = len(self.ids), logits.copy()

    def checkpoint(self) -> None:
        """Keep a checkpoint at the current position. Later requests can cut the context back to it."""
        if not self.ids or len(self.ids) in self._checkpoints:
            return
        if len(self._checkpoints) >= MAX_CHECKPOINTS:
            del self._checkpoints[sorted(self._checkpoints)[1]]
        self._checkpoints[len(self.ids)] = self._copy(STATE_PARTIAL) if self._hybrid else b""

    def share(self, *, private: bool = False) -> None:
        """Save the whole state at the current position. Other conversations and processes may use it.

        ``private``: only other conversations; it is not written to disk.
        """
        if self._cache.takes(self._size(STATE_WHOLE), shared=not private) and not self._cache.has(self.ids):
            self._cache.put(self._entry(cost_ms=self._cost_ms(len(self.ids)), shared=True), private=private)

    def computed(self, ids: Sequence[int], took_ms: float) -> None:
        """Record that the context was extended by ``ids``. ``took_ms``: how long that took."""
        self.ids.extend(ids)
        if len(ids) > 1:
            self._prefilled_tokens += len(ids)
            self._prefill_ms += took_ms

    def merged(self, ids: Sequence[int]) -> None:
        """Record that blocks were appended to the context.

        ``ids``: the ids of the blocks, as :mod:`~sanderling.engines.block_ids` writes them.
        """
        self.ids.extend(ids)

    def forget(self) -> None:
        """Empty the context."""
        # False: free the cells without overwriting them, which for a whole cache takes longer than computing a token.
        self._api.llama_memory_clear(self._memory, False)
        self.ids.clear()
        self._checkpoints.clear()
        self._ending = None

    def clear(self) -> None:
        """Save the context for later prompts, then empty the context."""
        self._stash(0)
        self.forget()

    def _reach(self, ids: Sequence[int], checkpoints: Checkpoints, prompt: Sequence[int], ending: int) -> int:
        """Return the number of leading tokens of ``prompt`` that a state can cover.

        ``ids``: the tokens from which the state was computed. ``ending``: the position after which logits are kept; -1:
        none are.
        """
        limit = common_prefix(ids, prompt)
        if limit == len(prompt) != ending:
            limit -= 1  # the last token must be computed again for its logits
        if limit == len(ids):
            return limit
        return max((position for position in checkpoints if position <= limit), default=0)

    def _cut(self, length: int) -> int:
        """Cut the context back to ``length`` tokens.

        It is emptied if llama.cpp refuses. Returns the remaining number.
        """
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
        """Save the context before it is cut to ``staying`` tokens.

        Only if more tokens are cut than kept. The new prompt then belongs to another conversation. A repeated answer or
        a rephrased last question loses few tokens, and saving the state would also take the bytes of those that stay.
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
            self._cache.remove(entry)  # it is in the context now, and will grow there
        return True

    def _entry(self, *, cost_ms: float, shared: bool) -> Entry:
        self.checkpoint()
        checkpoints = dict(self._checkpoints)
        return Entry(
            ids=tuple(self.ids), state=self._copy(STATE_WHOLE), checkpoints=checkpoints, cost_ms=cost_ms, shared=shared
        )

    def _cost_ms(self, tokens: int) -> float:
        """Estimate the time to compute ``tokens`` of a prompt, in milliseconds. At the mean speed so far."""
        return tokens * self._prefill_ms / max(1, self._prefilled_tokens)

    def _size(self, flags: int) -> int:
        return int(self._api.llama_state_seq_get_size_ext(self._context, 0, flags))

    def _copy(self, flags: int) -> bytes:
        size = self._size(flags)
        buffer: Any = ctypes.create_string_buffer(size)
        written = self._api.llama_state_seq_get_data_ext(self._context, buffer, size, 0, flags)
        return bytes(memoryview(buffer)[:written])

    def _write(self, data: bytes, flags: int) -> bool:
        """Load a saved state into the context. Returns whether llama.cpp accepted all of it."""
        return bool(self._api.llama_state_seq_set_data_ext(self._context, data, len(data), 0, flags) == len(data))
