"""Count the languages of the notes, over a sample where there are many."""

from __future__ import annotations

from collections import Counter

from ...text.short_language import short_language
from .database import json_array
from .store import Store

SAMPLE = 256
"""Most documents looked at; spread evenly over all. Reading so many takes about a millisecond."""
TOLD = 32
"""Most documents of unknown language whose text is looked at, in a memory that keeps no languages: it is slow."""
CHARACTERS = 400
"""Read from the beginning of each of these."""

_SAMPLED = """
SELECT n.language, CASE n.language WHEN '' THEN substr(n.text, 1, ?) ELSE '' END
FROM document d JOIN node n ON n.document = d.key AND n.position = 0
WHERE d.key IN (SELECT value FROM json_each(?)) ORDER BY d.key
"""


def language_counts(store: Store) -> tuple[Counter[str], int]:
    """Return how many documents of a sample are in each language, and how many documents the sample stands for.

    Languages are two-letter codes, "" where it is not known. The second number is that of all documents, or of those
    looked at where a memory made before version 0.3 keeps no languages.
    """
    with store.read():
        keys = [key for (key,) in store.database.execute("SELECT key FROM document ORDER BY key")]
        step = max(1, -(-len(keys) // SAMPLE))
        rows = store.database.execute(_SAMPLED, (CHARACTERS, json_array(keys[::step])))
    counts = Counter(_code(str(language)) for language, _ in rows)
    if set(counts) - {""}:
        return counts, len(keys)
    some = [str(text) for _, text in rows[:: max(1, -(-len(rows) // TOLD))]]
    return Counter(map(short_language, some)), len(keys)


def _code(language: str) -> str:
    """Return the two-letter code at the beginning of a language as a document states it: "en-GB" is "en"."""
    code = language.strip().lower().replace("_", "-").partition("-")[0]
    return code if len(code) == 2 else ""
