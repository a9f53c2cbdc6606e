"""Builds a byte-level vocabulary as large as LFM2's.

It has control tokens, bytes, and merges of letters. The first ids are LFM2's own control tokens. The merges are
systematic, not learnt: all pairs and triples of lower-case letters, the same after a space, and beginnings of words
with four frequent letters until the vocabulary is full. English text has about 2.4 characters per token, against four
or more with a learnt vocabulary, so prompts are that much longer.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from itertools import product

from ...records import Record

CONTROL = (
    "<|pad|>", "<|startoftext|>", "<|endoftext|>", "<|fim_pre|>", "<|fim_mid|>", "<|fim_suf|>",
    "<|im_start|>", "<|im_end|>",
    "<|tool_list_start|>", "<|tool_list_end|>", "<|tool_call_start|>", "<|tool_call_end|>",
    "<|tool_response_start|>", "<|tool_response_end|>",
)  # fmt: skip
PAD, BOS, EOS = 0, 1, 7
N_CONTROL = 500
"""Number of control tokens, including the reserved ones."""
_BY_FREQUENCY = "etaoinshrdlcumwfgypbvkjxqz"
_SPACE = "Ġ"
_NORMAL, _CONTROL_TYPE = 1, 3
"""Token types of a GGUF file (llama.h, ``enum llama_token_type``)."""

CHAT_TEMPLATE = (
    "{{ bos_token }}{% for message in messages %}"
    "{{ '<|im_start|>' + message['role'] + '\\n' + message['content'] + '<|im_end|>\\n' }}{% endfor %}"
    "{% if add_generation_prompt %}{{ '<|im_start|>assistant\\n' }}{% endif %}"
)


class Vocabulary(Record):
    """A vocabulary: its tokens, the types of the tokens, and the merges in order of rank."""

    tokens: tuple[str, ...]
    types: tuple[int, ...]
    merges: tuple[str, ...]


@cache
def vocabulary(size: int) -> Vocabulary:
    """Return a vocabulary of exactly ``size`` tokens. Raises ValueError for a size below ``N_CONTROL`` + 256."""
    tokens = [*CONTROL, *(f"<|reserved_{number}|>" for number in range(N_CONTROL - len(CONTROL)))]
    tokens += _byte_alphabet()
    merges: list[str] = []
    for left, right in _merges():
        if len(tokens) >= size:
            break
        tokens.append(left + right)
        merges.append(f"{left} {right}")
    if len(tokens) != size:
        raise ValueError(f"a vocabulary has {N_CONTROL + 256} to {len(tokens)} tokens, not {size}")
    return Vocabulary(
        tokens=tuple(tokens),
        types=(_CONTROL_TYPE,) * N_CONTROL + (_NORMAL,) * (size - N_CONTROL),
        merges=tuple(merges),
    )


def _byte_alphabet() -> list[str]:
    """Return GPT-2's characters for the bytes 0 to 255."""
    plain = [*range(33, 127), *range(161, 173), *range(174, 256)]
    others = iter(range(256, 512))
    return [chr(byte) if byte in plain else chr(next(others)) for byte in range(256)]


def _merges() -> Iterator[tuple[str, str]]:
    """Yield pairs of tokens to merge, most frequent letters first. Each token is a letter or an earlier merge."""
    letters, starts = _BY_FREQUENCY, _BY_FREQUENCY + _BY_FREQUENCY.upper()
    yield from ((_SPACE, first) for first in starts)
    yield from product(starts, letters)
    yield from ((_SPACE + first, second) for first, second in product(starts, letters))
    yield from ((first + second, third) for first, second, third in product(letters, repeat=3))
    yield from ((_SPACE + first, second + third) for first, second, third in product(letters, repeat=3))
    frequent = letters[:13]
    yield from (
        (_SPACE + first + second, third + fourth) for first, second, third, fourth in product(frequent, repeat=4)
    )
    # Only the larger vocabularies of LFM2.5 and LFM3 come this far.
    yield from ((first + second, third + fourth) for first, second, third, fourth in product(letters[:16], repeat=4))
