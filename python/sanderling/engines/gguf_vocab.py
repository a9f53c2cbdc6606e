"""The vocabulary of a loaded GGUF model.

It converts text to token ids and back.
"""

from __future__ import annotations

import ctypes
import threading
from functools import cached_property
from itertools import repeat
from typing import Any, cast

from ..errors import EngineError
from .llama_api import TOKEN_CONTROL, TOKEN_UNKNOWN, TOKEN_USER_DEFINED, LlamaApi
from .protocol import TokenizerInfo
from .special_strings import SpecialStrings

_ANCHOR = "\n"
_SPECIAL = TOKEN_UNKNOWN | TOKEN_CONTROL | TOKEN_USER_DEFINED


class Vocab:
    """The vocabulary of one loaded model.

    It must not be used after the model is freed.
    """

    def __init__(self, api: LlamaApi, model: int) -> None:
        self._api = api
        self._vocab = api.llama_model_get_vocab(model)
        self.n_tokens: int = api.llama_vocab_n_tokens(self._vocab)
        ends = {api.llama_vocab_eos(self._vocab), api.llama_vocab_eot(self._vocab)}
        self.end_ids = tuple(sorted(token for token in ends if token >= 0))
        """Ids of the end-of-text and end-of-turn tokens that the file names.

        :meth:`is_end` also recognises others.
        """
        self._piece = ctypes.create_string_buffer(64)
        bos: int = api.llama_vocab_bos(self._vocab)
        self.bos_ids = [bos] if api.llama_vocab_get_add_bos(self._vocab) and bos >= 0 else []
        """Id of the BOS token expected before a text; empty: none is expected."""
        self._scan = threading.Thread(target=lambda: self._special_strings, name="vocabulary", daemon=True)

    def begin(self) -> None:
        """Start a thread that looks for special strings.

        It runs while the context is opened. The search takes 15 to 150 ms. :meth:`finish` must be called before the
        model is freed.
        """
        self._scan.start()

    def finish(self) -> None:
        """Wait for the thread of :meth:`begin`, if there is one."""
        if self._scan.is_alive():
            self._scan.join()

    def tokenize(self, text: str, *, special: bool) -> list[int]:
        """Return the token ids of ``text``, without BOS.

        ``special`` True: control tokens written in the text are recognised. False: the text is taken literally, so no
        control token and no user-defined token comes out, except those for white space and single characters.
        """
        if special:
            return self._ids(text, special=True)
        self.finish()  # cached_property computes a value twice if two threads ask for it
        first, *rest = self._special_strings.cut(text)
        ids = self._ids(first)
        known: dict[str, list[int]] = {}
        for piece in rest:
            if piece not in known:
                known[piece] = self._continued(piece)
            ids += known[piece]
        return ids

    def marked(self, text: str) -> list[int]:
        """Return the token ids of ``text``, with the model file's start and end tokens.

        No control token in the text is recognised.
        """
        return self._ids(text, marks=True)

    @property
    def closes(self) -> bool:
        """Whether :meth:`marked` appends an end token."""
        return bool(self.marked("")[1:])

    def _ids(self, text: str, *, special: bool = False, marks: bool = False) -> list[int]:
        data = text.encode("utf-8")
        # A byte gives at most one token; some vocabularies put a space before the text, hence 8 spare places.
        room = len(data) + 8
        ids = (ctypes.c_int32 * room)()
        count = self._api.llama_tokenize(self._vocab, data, len(data), ids, room, marks, special)
        if count < 0:
            raise EngineError(f"llama.cpp cannot tokenise this text of {len(data)} bytes: shorten it")
        return ids[:count]

    def _continued(self, text: str) -> list[int]:
        """Return the token ids of ``text`` without a leading space.

        Some vocabularies put one before every text. For a text that continues another.
        """
        anchor, ids = self._anchor, self._ids(_ANCHOR + text if self._anchor else text)
        return ids[len(anchor) :] if ids[: len(anchor)] == anchor else self._ids(text)

    @cached_property
    def _anchor(self) -> list[int]:
        """Token ids of a line break, including the vocabulary's leading space.

        Empty if the vocabulary adds no space.
        """
        spaced = b"".join(map(self.piece, self._ids("a"))).startswith(b" ")
        return self._ids(_ANCHOR) if spaced else []

    @cached_property
    def _special_strings(self) -> SpecialStrings:
        api, vocab = self._api, self._vocab
        attributes = map(holding_gil(api.llama_vocab_get_attr), repeat(vocab), range(self.n_tokens))
        return SpecialStrings(
            api.llama_vocab_get_text(vocab, token).decode("utf-8", "ignore")
            for token, attribute in enumerate(attributes)
            if attribute & _SPECIAL
        )

    def piece(self, token: int, *, special: bool = False) -> bytes:
        """Return the bytes of one token.

        They may be an incomplete UTF-8 character. Those of a control token are its written form if ``special``, else
        empty.
        """
        while True:
            length = self._api.llama_token_to_piece(self._vocab, token, self._piece, len(self._piece), 0, special)
            if length >= 0:
                return self._piece.raw[:length]
            self._piece = ctypes.create_string_buffer(-length)

    def drawable(self) -> tuple[list[bytes], list[int]]:
        """Return the bytes of each token, and the ids of the end tokens. The bytes of a control token are empty."""
        tokens = range(self.n_tokens)
        return [self.piece(token) for token in tokens], [token for token in tokens if self.is_end(token)]

    def describe(self, chat_template: str) -> TokenizerInfo:
        """Return a description of the vocabulary.

        ``chat_template``: that of the model's file, which the description holds.
        """
        api, vocab = self._api, self._vocab
        bos, eot, eos, pad = (
            token if token >= 0 else None
            for token in (
                api.llama_vocab_bos(vocab),
                api.llama_vocab_eot(vocab),
                api.llama_vocab_eos(vocab),
                api.llama_vocab_pad(vocab),
            )
        )
        named = [token for token in (bos, eos, eot, pad) if token is not None]
        return TokenizerInfo(
            n_vocab=self.n_tokens,
            bos=bos,
            eos=eos if eos is not None else eot,
            pad=pad,
            adds_bos=bool(self.bos_ids),
            special={token: self.piece(token, special=True).decode("utf-8", "replace") for token in named},
            chat_template=chat_template,
        )

    def is_end(self, token: int) -> bool:
        """Return whether the model ends its answer with this token."""
        return bool(self._api.llama_vocab_is_eog(self._vocab, token))


def holding_gil(function: Any) -> Any:
    """Return a version of the C function ``function`` that keeps the GIL.

    That pays for calls that are shorter than handing the GIL over. A function of the tests, which is none of C, is
    returned as it is.
    """
    if not isinstance(function, ctypes._CFuncPtr):  # type: ignore[attr-defined]  # the base of all C functions
        return function
    address, result = ctypes.cast(function, ctypes.c_void_p).value, cast("Any", function.restype)
    return ctypes.PYFUNCTYPE(result, *function.argtypes)(address or 0)
