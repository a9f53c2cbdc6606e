"""Builds a prompt of whole notes, so that the cached state of each note can be reused.

Each note is written the same way in every prompt. A block is ``title (date): text``, with the date where the document
gives one. It has no number and no score, which change from question to question. It is one paragraph: a note's blank
lines are taken out, and the next block begins after one. So no line of a note can begin a block, whatever it says;
lines that begin like the question or a turn are quoted (:mod:`~sanderling.stages.quoting`). Each block is tokenised by
itself, because a token across its border would belong to two.

A long note is cut at sentences into pieces that depend on the note alone, and the piece with most of the question's
words is shown.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from typing import NamedTuple

from ..engines.chat_format import ChatFormat, Tokenize, around_question, encode, openings
from ..records import AttentionResult, Block, Dropped, Message, Node, Prompt, RetrievalResult, Route
from ..request.request import Request
from ..text.passages import passages
from ..text.sentences import rarity, relevance, words
from . import heads
from .heads import NOTHING_FOUND, QUESTION, SEPARATOR
from .pack import distinct, document_of
from .prompt import question_message
from .quoting import beginnings, quoted
from .trusted import model_wrote

CONTEXT_TOKENS = 384
"""Tokens of all blocks together, where the router asks for less: known notes cost little, and a budget of one note
loses what takes two. The size at which this was compared with the whole computation."""
PIECE_CHARACTERS = 1_200
"""Longest piece of a note; notes are ingested in chunks that are seldom longer."""
POOL = 4
"""Notes are tried until they hold this many times the budget."""
_OURS = beginnings((QUESTION, NOTHING_FOUND, *openings()))
_LINE = re.compile(r"[\r\n\v\f\x1c-\x1e\x85\u2028\u2029]+")
_NO_TITLE = re.compile(r"[^\w .,:/#+&'@-]+")
_UNSEEN = "\u115f\u1160\u3164\uffa0\u2800"
"""Letters and a symbol, by their Unicode class, that show nothing."""


class Chosen(NamedTuple):
    """The blocks to show, with their token ids."""

    blocks: tuple[Block, ...]
    ids: tuple[tuple[int, ...], ...]
    dropped: Dropped


def render(node: Node, text: str) -> str:
    """Return the block of a note: title, date, and ``text`` without blank lines.

    Title and date are left out if the note has none; the date is the note's own. The separator behind a block is
    not included.
    """
    title = _NO_TITLE.sub(" ", node.title).strip()
    date = heads.date_of(node)
    head = f"{title} ({date})" if title and date and date not in title else title or date or "note"
    for heading in (f"# {node.title}\n", f"{node.title}\n"):
        text = text.removeprefix(heading) if node.title else text
    return quoted(f"{head}: {paragraph(text)}", _OURS)


def paragraph(text: str) -> str:
    """Return ``text`` without blank lines.

    A blank line has no visible character. Every kind of line break and of invisible character is recognised.
    """
    return "\n".join(line for line in _LINE.split(text) if any(map(_seen, line)))


def _seen(character: str) -> bool:
    return unicodedata.category(character)[0] not in "ZCM" and character not in _UNSEEN


def pieces(text: str) -> list[str]:
    """Cut a text at sentences into pieces of at most ``PIECE_CHARACTERS``.

    The same text is always cut the same way.
    """
    if len(text) <= PIECE_CHARACTERS:
        return [text]
    found: list[str] = []
    header = ""
    for passage in passages(text):
        for at in range(0, len(passage.text), PIECE_CHARACTERS):
            part = passage.text[at : at + PIECE_CHARACTERS]
            # A row begins a line, and the first of a piece comes behind the header.
            added = f"\n{part}" if passage.header else f" {part}"
            added = f"\n{passage.header}{added}" if passage.header != header and passage.header else added
            if found and len(found[-1]) + len(added) <= PIECE_CHARACTERS:
                found[-1] += added
            else:
                found.append(f"{passage.header}\n{part}" if passage.header else part)
            header = passage.header
    return found


def choose(
    question: str,
    attended: AttentionResult,
    nodes: Mapping[int, Node],
    budget: int,
    tokenize: Tokenize,
    max_docs: int = 0,
) -> Chosen:
    """Choose the heaviest notes that fit ``budget`` tokens.

    The first is always chosen.

    ``nodes``: the attended nodes by key; missing ones are skipped. ``max_docs``: most documents to show; 0: as many as
    fit. Copies and empty texts do not count as left out.
    """
    documents: set[str] = set()
    keys = attended.keys.tolist()
    weights = dict(zip(keys, attended.weights.tolist(), strict=True))
    prior = dict(zip(keys, attended.prior_weights.tolist(), strict=True))
    top = next(iter(prior.values()), 1.0)
    blocks: list[Block] = []
    ids: list[tuple[int, ...]] = []
    used = tried = left_out = cut = 0
    for _, node in distinct(nodes[key] for key in weights if key in nodes):
        document = document_of(node)
        if tried > POOL * budget or (max_docs and document not in documents and len(documents) == max_docs):
            left_out += 1
            continue
        piece, whole = _best(question, pieces(node.text))
        text = render(node, piece)
        tokens = tuple(tokenize(text + SEPARATOR, special=False))
        tried += len(tokens)
        if blocks and used + len(tokens) > budget:
            left_out += 1
            continue
        used += len(tokens)
        documents.add(document)
        cut += not whole
        relative = prior[node.key] / top
        blocks.append(
            Block(
                key=node.key,
                text=text,
                score=weights[node.key],
                tokens=len(tokens),
                prior=relative,
                full=heads.render(node, len(blocks) + 1, relative, piece, "full"),
                by_model=model_wrote(node),
            )
        )
        ids.append(tokens)
    return Chosen(tuple(blocks), tuple(ids), Dropped(notes=left_out, cut_notes=cut))


def _best(question: str, parts: list[str]) -> tuple[str, bool]:
    """Return the piece that holds most of the question's words, and whether there is only one piece.

    Of equals the first is returned.
    """
    if len(parts) == 1:
        return parts[0], True
    said = [words(part) for part in parts]
    idf, asked = rarity(said), words(question)
    best = max(range(len(parts)), key=lambda at: relevance(said[at], asked, idf))
    return parts[best], False


def compose_whole(
    request: Request,
    found: RetrievalResult,
    nodes: Mapping[int, Node],
    route: Route,
    tokenize: Tokenize,
    format: str | ChatFormat,
    n_ctx: int,
) -> tuple[Message, Prompt] | None:
    """Return the first user turn and the whole prompt, or None if the prompt does not fit ``n_ctx``.

    The prompt has the ends of its blocks. Also returns None if no notes were found. Later turns are composed as
    others are, behind this one.
    """
    budget = max(route.context_tokens, CONTEXT_TOKENS)
    chosen = choose(request.query, found.attended, nodes, budget, tokenize, route.max_docs)
    if not chosen.blocks:
        return None
    lead, after = around_question(tokenize, format)
    ids = [*encode(tokenize, format, request.history.messages[:1]), *lead]
    shared, ends = len(ids), []
    for block in chosen.ids:
        ids += block
        ends.append(len(ids))
    ids += tokenize(f"{QUESTION}{request.query}", special=False)
    turn = (*lead, *ids[shared:])
    ids += after
    if len(ids) + request.constraints.max_tokens > n_ctx:
        return None
    return question_message(request.query, chosen.blocks), Prompt(
        token_ids=tuple(ids),
        blocks=chosen.blocks,
        shared_tokens=shared,
        block_ends=tuple(ends),
        turn_ids=turn,
        dropped=chosen.dropped,
    )
