"""Document text in, pieces that the embedder can take in whole out, with where each begins.

The splitter is the library ``semantic-text-splitter``: it cuts at the highest boundary that fits (heading, paragraph,
sentence, word) and never inside a character. Pieces do not overlap: neighbours are tied by ``follows`` edges instead.
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
# characters a token; a piece of more than 10 is cut by its characters.
CHARACTERS_PER_TOKEN = 10

# The splitter looks over what is left of a text for each piece it cuts: in one word of 64,000 characters ten times as
# long per character as in one of 4,000. So it is given a long text part by part.
PART_CHARACTERS = 16_384


class Chunk(NamedTuple):
    """A piece of a document."""

    start: int
    """Offset of its first character in the document's text."""
    text: str


def split(text: str, title: str, embedder: Embedder, *, markdown: bool) -> list[Chunk]:
    """Cut ``text`` so that each piece, with ``title`` before it, fits the embedder; whitespace gives no piece.

    A title of more than half the embedder's reach leaves room for half; what is cut off then is reported when the
    pieces are embedded. Raises MissingExtra without the splitter.
    """
    try:
        from semantic_text_splitter import MarkdownSplitter, TextSplitter
    except ImportError as error:
        raise MissingExtra("cutting documents into pieces", "embed") from error
    reach = embedder.max_tokens - MARGIN_TOKENS
    room = max(reach - embedder.count_tokens(title), reach // 2, 1)
    kind = MarkdownSplitter if markdown else TextSplitter

    def size(piece: str) -> int:
        return max(embedder.count_tokens(piece), len(piece) // CHARACTERS_PER_TOKEN)

    splitter = kind.from_callback(size, min(CHUNK_TOKENS, room))
    chunks: list[Chunk] = []
    at = 0
    while at < len(text):
        part = [Chunk(at + start, piece) for start, piece in splitter.chunk_indices(text[at : at + PART_CHARACTERS])]
        at += PART_CHARACTERS
        if at < len(text) and len(part) > 1:
            # The last piece ends where the part does, by chance: it is cut again, with what comes after.
            at = part.pop().start
        chunks += part
    return [chunk for chunk in chunks if chunk.text.strip()]
