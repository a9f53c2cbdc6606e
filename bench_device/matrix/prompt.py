"""Prompts of random tokens, no two with the same first token."""

from __future__ import annotations


def random_prompt(vocabulary: int, length: int, number: int) -> tuple[int, ...]:
    """Return the ids of ``length`` ordinary tokens.

    Different numbers give different first tokens. First tokens repeat only when the ordinary tokens are used up.
    """
    # Multiplying by a large odd number walks the ordinary part of the vocabulary without repeating soon; the first
    # 512 ids are left out because control tokens live there, the last tenth because added ones do.
    lowest = 512 if vocabulary > 1024 else 0
    span = vocabulary * 9 // 10 - lowest
    return tuple(lowest + (number * 7919 + i * 104_729) % span for i in range(length))
