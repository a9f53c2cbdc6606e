"""Cut a document's text into chunks that the embedder can read whole.

The library ``semantic-text-splitter`` cuts at the highest boundary that fits (heading, paragraph, sentence, word) and
never inside a character. Chunks do not overlap; ``follows`` edges connect neighbours instead. A table that does not fit
one chunk is cut between its rows, and each piece begins with the header (:mod:`sanderling.memory.ingest.rows`).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from ...embedding.contract import Embedder
from ...errors import MissingExtra
from ...text.table import Table, tables
from .rows import Rows

# Long enough for a paragraph or two, short enough that a handful fits a small model's context. MiniLM reads 256.
CHUNK_TOKENS = 200
# The newline after the title and the embedder's own two marks.
MARGIN_TOKENS = 4
# A word that the tokenizer does not know, such as a megabyte of base64, may count as one token. Text has 3 to 5
# characters a token; a chunk of more than 10 is cut by its characters.
CHARACTERS_PER_TOKEN = 10

# For each chunk the splitter scans the rest of the text: per character that takes ten times as long in a word of 64,000
# characters as in one of 4,000. So a long text is split part by part.
PART_CHARACTERS = 16_384


class Chunk(NamedTuple):
    """A part of a document's text."""

    start: int
    """Offset of its first character in the document's text."""
    text: str
    """Contiguous text; a chunk inside a table begins with a copy of the table's header."""


def split(text: str, title: str, embedder: Embedder, *, markdown: bool) -> list[Chunk]:
    """Cut ``text`` into chunks that fit the embedder together with ``title``.

    White space alone gives no chunk. A title longer than half of the embedder's maximum leaves half of it for the text,
    and the embedding then reports what it cut off. Raises MissingExtra without the splitter.
    """
    try:
        from semantic_text_splitter import MarkdownSplitter, TextSplitter
    except ImportError as error:
        raise MissingExtra("cutting documents into pieces", "embed") from error
    reach = embedder.max_tokens - MARGIN_TOKENS
    room = max(reach - embedder.count_tokens(title), reach // 2, 1)
    limit = min(CHUNK_TOKENS, room)

    def size(text: str) -> int:
        return max(embedder.count_tokens(text), len(text) // CHARACTERS_PER_TOKEN)

    def cut(text: str, tokens: int) -> list[str]:
        splitter = TextSplitter.from_callback(size, tokens)
        return [chunk.text for chunk in _cut(text, 0, len(text), splitter.chunk_indices)]

    splitter = (MarkdownSplitter if markdown else TextSplitter).from_callback(size, limit)
    chunks: list[Chunk] = []
    small: list[Table] = []
    at = 0
    for table in tables(text):
        if table.end - table.start <= limit * CHARACTERS_PER_TOKEN and size(text[table.start : table.end]) <= limit:
            small.append(table)
            continue
        before = _cut(text, at, table.start, splitter.chunk_indices)
        # The heading of a table, or the sentence before it, belongs to its first rows.
        lead = before.pop().start if before and size(before[-1].text) <= limit // 3 else table.start
        chunks += before
        chunks += (Chunk(*piece) for piece in Rows(text, table, size, limit, cut).pieces(lead))
        at = table.end
    chunks += _cut(text, at, len(text), splitter.chunk_indices)
    return _headed([chunk for chunk in chunks if chunk.text.strip()], small)


def _cut(text: str, at: int, end: int, cut: Callable[[str], list[tuple[int, str]]]) -> list[Chunk]:
    """Cut a text from ``at`` to ``end`` part by part."""
    chunks: list[Chunk] = []
    while at < end:
        part = [Chunk(at + start, chunk) for start, chunk in cut(text[at : min(at + PART_CHARACTERS, end)])]
        at += PART_CHARACTERS
        if at < end and len(part) > 1:
            # The last chunk ends where the part does, by chance: it is cut again, with what comes after.
            at = part.pop().start
        chunks += part
    return chunks


def _headed(chunks: list[Chunk], small: list[Table]) -> list[Chunk]:
    """Return ``chunks``, with the table header added to each that begins inside a table.

    ``small``: the tables that would fit into one chunk each.
    """
    found: list[Chunk] = []
    tables = iter(small)
    table = next(tables, None)
    for chunk in chunks:
        while table is not None and table.end <= chunk.start:
            table = next(tables, None)
        inside = table is not None and table.start < chunk.start
        if inside and table is not None:
            behind = max(table.rows[0][0] - chunk.start, 0)
            found.append(Chunk(chunk.start, f"{table.header}\n{chunk.text[behind:]}".rstrip()))
        else:
            found.append(chunk)
    return found
