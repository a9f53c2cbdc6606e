"""Cut a document's text into chunks, each short enough for the embedder to read all of it.

The library ``semantic-text-splitter`` cuts at the highest boundary that fits (heading, paragraph, sentence, word) and
never inside a character. Chunks do not overlap; ``follows`` edges connect neighbours instead.
"""

from __future__ import annotations

from typing import NamedTuple

from ...embedding.contract import Embedder
from ...errors import MissingExtra

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
    """A contiguous part of a document's text."""

    start: int
    """Offset of its first character in the document's text."""
    text: str


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
    kind = MarkdownSplitter if markdown else TextSplitter

    def size(text: str) -> int:
        return max(embedder.count_tokens(text), len(text) // CHARACTERS_PER_TOKEN)

    splitter = kind.from_callback(size, min(CHUNK_TOKENS, room))
    chunks: list[Chunk] = []
    at = 0
    while at < len(text):
        part = [Chunk(at + start, chunk) for start, chunk in splitter.chunk_indices(text[at : at + PART_CHARACTERS])]
        at += PART_CHARACTERS
        if at < len(text) and len(part) > 1:
            # The last chunk ends where the part does, by chance: it is cut again, with what comes after.
            at = part.pop().start
        chunks += part
    return [chunk for chunk in chunks if chunk.text.strip()]
