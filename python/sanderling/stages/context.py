"""Attention weights and texts in, prompt out.

The prompt is append-only friendly: a short system prompt that never changes, then the blocks, then the question. Blocks
follow the mission's format (section 3.3) and are counted with the generating model's own tokenizer. A text that repeats
or is contained in a heavier one is left out. The first block that does not fit whole is cut at the end of a sentence
and is the last; what was left out is counted.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence

import msgspec

from ..engines.chat_format import Tokenize, encode
from ..records import Attended, Block, Dropped, Found, Message, Node, Prompt, Route, SourceNote
from ..request import Request

NOTHING_FOUND = "(no notes were found)"

_SPACE = re.compile(r"\s+")
_SENTENCE_END = re.compile(r"(?<=[.!?])\s+")


def render(node: Node, number: int, score: float) -> str:
    """Return one context block; ``score`` is the attention weight relative to the heaviest node's."""
    tags = ",".join(node.metadata.tags)
    head = f"[Context block {number}] (score={score:.2f}, type={node.type}" + (f", tags={tags})" if tags else ")")
    title = f"{node.title}\n" if node.title and not node.text.startswith((node.title, f"# {node.title}")) else ""
    return f"{head}\n{title}{node.text}"


def _cut(block: str, budget_tokens: int, count: Callable[[str], int]) -> str:
    """Return the block with as many leading sentences as fit, found by bisection; empty if not even one does."""
    head, body = block.split("\n", 1)
    sentences = _SENTENCE_END.split(body)
    low, high = 0, len(sentences)
    while low < high:
        middle = (low + high + 1) // 2
        if count(f"{head}\n{' '.join(sentences[:middle])}") <= budget_tokens:
            low = middle
        else:
            high = middle - 1
    return f"{head}\n{' '.join(sentences[:low])}" if low else ""


def blocks(
    attended: Attended, nodes: Mapping[int, Node], budget_tokens: int, count: Callable[[str], int]
) -> tuple[tuple[Block, ...], Dropped]:
    """Return the heaviest distinct blocks within ``budget_tokens``, heaviest first, and what was left out for room.

    Packing ends with the first block that has to be cut: a lighter one is never preferred because it is short.
    """
    kept: list[Block] = []
    seen: list[str] = []
    left = budget_tokens
    top = float(attended.weights[0]) if len(attended.weights) else 1.0
    for position, (key, weight) in enumerate(zip(attended.keys, attended.weights, strict=True)):
        node = nodes.get(int(key))
        if node is None:
            continue  # deleted by another process since the search
        plain = _SPACE.sub(" ", node.text).strip().casefold()
        if not plain or any(plain in other for other in seen):
            continue
        text = render(node, len(kept) + 1, float(weight) / top)
        tokens = count(text)
        if tokens <= left:
            kept.append(Block(key=int(key), text=text, score=float(weight), tokens=tokens))
            seen.append(plain)
            left -= tokens
            continue
        text = _cut(text, left, count)
        if text:
            kept.append(Block(key=int(key), text=text, score=float(weight), tokens=count(text)))
        return tuple(kept), Dropped(notes=len(attended.keys) - position - bool(text), cut_notes=int(bool(text)))
    return tuple(kept), Dropped()


def question_message(question: str, context: Sequence[Block]) -> Message:
    """Return one user turn: its own context blocks, then the question."""
    body = "\n\n".join(block.text for block in context) or NOTHING_FOUND
    return Message(role="user", content=f"{body}\n\nQuestion: {question}")


def compose(
    request: Request, found: Found, nodes: Mapping[int, Node], route: Route, tokenize: Tokenize, format: str, n_ctx: int
) -> tuple[Message, Prompt]:
    """Return the user turn and the whole prompt in token ids.

    The turns before are part of it, unless they were made on another model, or there is no room for all of them with
    the answer; what is left out is counted and the request is warned.
    """

    def count(text: str) -> int:
        return len(tokenize(text, special=False))

    history = request.history
    kept, dropped = blocks(found.attended, nodes, route.context_tokens, count)
    message = question_message(request.query, kept)
    if dropped.cut_notes:
        cut = nodes[kept[-1].key]
        request.warn(f"of {cut.title or cut.uri or 'the last note'} only the first {kept[-1].tokens} tokens were shown")
    turns = history.shown_turns
    if turns and history.model_id != route.model_id:
        history.forget(turns)
        request.warn(f"this turn is answered by {route.model_id}, which has not seen the {turns} turns before")
    ids = encode(tokenize, format, [*history.messages, message], generated=history.generated)
    needed = len(ids) + request.constraints.max_tokens
    if history.shown_turns and needed > n_ctx:
        while history.shown_turns and len(ids) + request.constraints.max_tokens > n_ctx // 2:
            # Half, so that the next turns extend what is computed now instead of each leaving one more out.
            history.forget(1)
            ids = encode(tokenize, format, [*history.messages, message], generated=history.generated)
        request.warn(
            f"the conversation and its answer would take {needed} tokens and {n_ctx} fit:"
            f" {turns - history.shown_turns} of {turns} earlier turns were left out"
        )
    dropped = msgspec.structs.replace(dropped, turns=turns - history.shown_turns)
    shared = len(encode(tokenize, format, history.messages[:1]))
    return message, Prompt(token_ids=tuple(ids), blocks=kept, shared_tokens=shared, dropped=dropped)


def source_note(node: Node, score: float) -> SourceNote:
    """Return a node as a source; ``score`` is its attention weight."""
    return SourceNote(
        key=node.key,
        node_id=node.id,
        title=node.title,
        uri=node.uri,
        position=node.position,
        score=score,
        text=node.text,
    )


def sources(prompt: Prompt, nodes: Mapping[int, Node]) -> tuple[SourceNote, ...]:
    """Return the notes the model was shown, heaviest first."""
    return tuple(source_note(nodes[block.key], block.score) for block in prompt.blocks)
