"""Count the languages of the notes, in a sample of a large memory."""

from __future__ import annotations

from collections import Counter

from ...text.short_language import short_language
from .database import json_array
from .store import Store

SAMPLE = 256
"""Largest number of documents examined, spread evenly over all. Reading so many takes about a millisecond."""
TOLD = 32
"""Largest number of documents of unknown language whose texts are read, in a memory without stored languages.

Reading them is slow.
"""
CHARACTERS = 400
"""Number of characters read from each of these."""

_SAMPLED = """
SELECT n.language, CASE n.language WHEN '' THEN substr(n.text, 1, ?) ELSE '' END
FROM document d JOIN node n ON n.document = d.key AND n.position = 0
WHERE d.key IN (SELECT value FROM json_each(?)) ORDER BY d.key
"""


def language_counts(store: Store) -> tuple[Counter[str], int]:
    """Return the number of sampled documents per language, and the number of documents that the sample represents.

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
    """Return the two-letter code of a stated language, such as "en" for "en-GB"."""
    code = language.strip().lower().replace("_", "-").partition("-")[0]
    return code if len(code) == 2 else ""
