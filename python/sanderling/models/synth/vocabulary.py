"""A byte-level vocabulary of the size and kind LFM2 has: control tokens, bytes, and what merges make of letters.

The first ids are LFM2's own control tokens. The merges are systematic, not learnt: all pairs and triples of lower-case
letters, the same after a space, and words' beginnings of four frequent letters until the vocabulary is full. English
text comes to about 2.4 characters a token, where a learnt vocabulary has four or more: prompts are longer by that.
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
"""Control tokens with the reserved ones."""
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
    """Tokens with their types, and merges in the order of their rank."""

    tokens: tuple[str, ...]
    types: tuple[int, ...]
    merges: tuple[str, ...]


@cache
def vocabulary(size: int) -> Vocabulary:
    """Return exactly ``size`` tokens, ``N_CONTROL`` + 256 at least."""
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
    """Return the characters GPT-2's byte-level vocabularies write the 256 bytes with, in byte order."""
    plain = [*range(33, 127), *range(161, 173), *range(174, 256)]
    others = iter(range(256, 512))
    return [chr(byte) if byte in plain else chr(next(others)) for byte in range(256)]


def _merges() -> Iterator[tuple[str, str]]:
    """Pairs of tokens to merge, most frequent letters first; each part was made before, or is one letter."""
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
