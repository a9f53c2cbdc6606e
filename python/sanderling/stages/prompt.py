"""Build the prompt: system prompt, earlier turns, context blocks, question.

The system prompt never changes and a turn only appends to the prompt before it, so its computed state can be reused.
Blocks are ordered heaviest first and counted with the tokenizer of the generating model; :mod:`~sanderling.stages.pack`
chooses the sentences they show, and :mod:`~sanderling.stages.heads` writes them. A line of a note that begins like a
line of the prompt is quoted (:mod:`~sanderling.stages.quoting`), so that no note can forge a block.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import msgspec

from ..engines.chat_format import ChatFormat, Tokenize, encode
from ..engines.prefix import common_prefix
from ..records import AttentionResult, Block, BlockHead, Dropped, Message, Node, Prompt, RetrievalResult, Route
from ..request.request import Request
from ..text.sentences import stems
from .grow import uncovered
from .heads import NOTHING_FOUND, QUESTION, SEPARATOR, files_apart, render
from .pack import Count, pack, remembered
from .trusted import model_wrote

LONGEST_TOKENS = 768
"""Largest budget to which a single long sentence may raise a context."""


def blocks(
    question: str,
    attended: AttentionResult,
    nodes: Mapping[int, Node],
    budget_tokens: int,
    count: Count,
    head: BlockHead = "short",
    max_docs: int = 0,
) -> tuple[tuple[Block, ...], Dropped]:
    """Return the blocks that fit ``budget_tokens``, and counts of the omitted notes.

    The blocks are ordered by weight, heaviest first. Where not even one sentence fits, the budget is doubled, up to
    :data:`LONGEST_TOKENS` and a little more. ``nodes``: the attended nodes by key; missing ones are skipped.
    ``count``: returns the tokens of each text. ``head``: how each block begins. ``max_docs``: most documents to
    show; 0: as many as fit.
    """
    keys = attended.keys.tolist()
    weights = dict(zip(keys, attended.weights.tolist(), strict=True))
    # A full head shows how sharply the weights fall from rank to rank.
    prior = dict(zip(keys, attended.prior_weights.tolist(), strict=True))
    top = next(iter(prior.values()), 1.0)
    # Another process may have deleted some since the search.
    here = [nodes[key] for key in weights if key in nodes]

    files: dict[str, str] = {}

    def rendered(node: Node, number: int, text: str, head: BlockHead = head) -> str:
        return render(node, number, prior[node.key] / top, text, head, files.get(node.uri, ""))

    shown, left_out = pack(question, here, budget_tokens, count, rendered, max_docs)
    while left_out and not shown and budget_tokens < LONGEST_TOKENS:
        # A sentence, or a title, is longer than all of the context: better a longer prompt than none of the notes.
        budget_tokens = max(1, 2 * budget_tokens)
        shown, left_out = pack(question, here, budget_tokens, count, rendered, max_docs)
    if files := files_apart(each.node for each in shown):
        # Which titles are equal is known only now; longer heads may leave less room, so it is packed again.
        shown, left_out = pack(question, here, budget_tokens, count, rendered, max_docs)
    kept = tuple(
        Block(
            key=each.node.key,
            text=rendered(each.node, number, each.text),
            score=weights[each.node.key],
            tokens=each.tokens,
            prior=prior[each.node.key] / top,
            full=rendered(each.node, number, each.text, "full"),
            by_model=model_wrote(each.node),
        )
        for number, each in enumerate(shown, start=1)
    )
    return kept, Dropped(notes=left_out, cut_notes=sum(each.cut for each in shown))


def question_message(question: str, context: Sequence[Block]) -> Message:
    """Return the user's turn: context blocks, then the question."""
    body = SEPARATOR.join(block.text for block in context) or NOTHING_FOUND
    return Message(role="user", content=f"{body}{SEPARATOR}{QUESTION}{question}")


def compose(
    request: Request,
    found: RetrievalResult,
    nodes: Mapping[int, Node],
    route: Route,
    tokenize: Tokenize,
    count: Count,
    format: str | ChatFormat,
    n_ctx: int,
    head: BlockHead = "short",
    larger_tokens: Sequence[int] = (),
    enough_tokens: int = 0,
) -> tuple[Message, Prompt]:
    """Return the user's turn, and the whole prompt in token ids.

    Earlier turns are included unless another model answered them or they do not fit ``n_ctx`` together with the
    answer. Turns left out are counted, and the request is warned. ``count`` and ``head``: see :func:`blocks`.
    ``larger_tokens``: larger budgets for the blocks, taken if they show more of the question's words.
    ``enough_tokens``: a smaller budget, taken if it shows all of them; 0: none.
    """
    history = request.history
    count = remembered(count)  # the same notes are counted again for each larger budget
    asked = set(stems(request.query))

    def packed(tokens: int) -> tuple[tuple[Block, ...], Dropped]:
        return blocks(request.query, found.attended, nodes, tokens, count, head, route.max_docs)

    kept, dropped = packed(enough_tokens or route.context_tokens)
    if enough_tokens and uncovered(asked, kept):
        kept, dropped = packed(route.context_tokens)
    for tokens in larger_tokens:
        missing = uncovered(asked, kept)
        if not missing:
            break
        more, left_out = packed(tokens)
        if uncovered(asked, more) < missing:
            kept, dropped = more, left_out
    message = question_message(request.query, kept)
    turns = history.shown_turns
    if turns and history.model_id not in ("", route.model_id):  # empty: only their words are known
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
    shared = history.shared_tokens or len(encode(tokenize, format, history.messages[:1]))
    first = 0
    if kept and not history.shown_turns:
        alone = Message(role="user", content=kept[0].text + SEPARATOR)
        # Behind the block the two differ, so they agree up to the last border between tokens that is not behind it.
        first = common_prefix(ids, encode(tokenize, format, [*history.messages[:1], alone]))
    return message, Prompt(
        token_ids=tuple(ids),
        blocks=kept,
        shared_tokens=shared,
        dropped=dropped,
        first_block_end=first if first > shared else 0,
        block_ends=history.block_ends,
    )
