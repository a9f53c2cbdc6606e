"""Whatever is read, nothing is raised but what is documented, and time grows no faster than it.

Here for a moment, with seeds that never change. ``SANDERLING_FUZZ_SECONDS=600`` (``make fuzz``) goes on for so long,
all tests together, with new ones; a failure names its seed, which ``SANDERLING_FUZZ_SEED`` tries again.
"""

from __future__ import annotations

import json
import os
import random
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from clock import growth
from hypothesis import HealthCheck, given, seed, settings
from hypothesis import strategies as st
from pumps import AROUND, UNITS, repeated
from targets import as_file, targets

SECONDS = float(os.environ.get("SANDERLING_FUZZ_SECONDS", "0"))
SEED = os.environ.get("SANDERLING_FUZZ_SEED")
EXAMPLES = 40
ALL = sorted(targets(Path()))
# What reads bytes, and so has to take those of no text as well.
OF_BYTES = [
    ".md",
    ".txt",
    ".html",
    ".jsonl",
    ".json",
    ".pdf",
    ".docx",
    ".odt",
    ".epub",
    ".mbox",
    ".enex",
    ".eml",
    ".org",
    ".rst",
]
# A pair of lengths takes a while, and these two do their work in parts of some thousand characters.
TIMED = [name for name in ALL if name not in ("cutting", "packing")]
TESTS = len(ALL) + len(TIMED) + len(OF_BYTES) + 1
pytestmark = pytest.mark.timeout(120 + 2 * SECONDS)

UNIT = st.sampled_from(UNITS)
PIECE = st.one_of(UNIT, st.text(max_size=12), st.builds(lambda unit, n: unit * n, UNIT, st.integers(2, 60)))
TEXTS = st.lists(PIECE, max_size=30).map("".join)
BYTES = st.lists(
    st.one_of(
        PIECE.map(str.encode),
        st.binary(max_size=12),
        st.sampled_from(
            [b"\xff\xfe", b"\xfe\xff", b"\xef\xbb\xbf", b"\xed\xa0\x80", b"%PDF-1.4\n", b"\0", b"endobj\n"]
        ),
        st.sampled_from([b"<meta charset=utf-16>", b"<meta charset=rot13>", b"<meta charset='idna'>", b"1 0 obj\n<<"]),
    ),
    max_size=30,
).map(b"".join)
NUMBERS = st.one_of(st.integers(), st.floats(), st.just(10**400), st.just(-(2**64)))
VALUES = st.recursive(
    st.one_of(st.none(), st.booleans(), NUMBERS, TEXTS),
    lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(st.text(max_size=4), inner, max_size=4)),
    max_leaves=8,
)
FIELDS = ["_id", "id", "url", "title", "tags", "alias", "aliases", "domain", "date", "timestamp", "lang", "language"]
LINES = st.fixed_dictionaries({"text": TEXTS}, optional={name: VALUES for name in [*FIELDS, "metadata", "other"]})
PUMPS = st.builds(
    lambda units, around: repeated("".join(units), *around),
    st.lists(UNIT, min_size=1, max_size=3),
    st.one_of(st.sampled_from(AROUND), st.tuples(UNIT, UNIT)),
)


def seeds() -> Iterator[int]:
    """One that is always the same, or as many as this test's share of the time has room for."""
    if SEED is not None or not SECONDS:
        yield int(SEED or 1)
        return
    end = time.monotonic() + SECONDS / TESTS
    while time.monotonic() < end:
        yield random.SystemRandom().randrange(2**32)


def tried(strategy: st.SearchStrategy, check: Callable[..., object], examples: int = EXAMPLES) -> None:
    """Draw from ``strategy`` and check each."""
    for number in seeds():

        @seed(number)
        @settings(max_examples=examples, deadline=None, database=None, suppress_health_check=list(HealthCheck))
        @given(strategy)
        def each(drawn: object) -> None:
            check(drawn)

        try:
            each()
        except BaseException as error:
            error.add_note(f"SANDERLING_FUZZ_SEED={number} tries this again")
            raise


@pytest.mark.parametrize("name", ALL)
def test_a_text_raises_nothing_but_what_is_named(name: str, tmp_path: Path) -> None:
    tried(TEXTS, targets(tmp_path)[name])


@pytest.mark.parametrize("suffix", OF_BYTES)
def test_a_file_of_any_bytes_is_read_or_says_why_not(suffix: str, tmp_path: Path) -> None:
    tried(BYTES, as_file(suffix, tmp_path))


def test_a_line_of_any_fields_is_read_or_says_why_not(tmp_path: Path) -> None:
    call = as_file(".jsonl", tmp_path)
    tried(LINES, lambda fields: call(json.dumps(fields)))


@pytest.mark.parametrize("name", TIMED)
def test_no_text_takes_more_than_linear_time(name: str, tmp_path: Path) -> None:
    call = targets(tmp_path)[name]

    def check(pump: Callable[[int], str]) -> None:
        said = growth(call, pump, 512, 2048)
        assert not said, f"{pump(60)!r}: {said}"

    tried(PUMPS, check, EXAMPLES if SECONDS else 5)
