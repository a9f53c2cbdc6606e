"""Dense groups of notes in, summary nodes written by a small model out.

Only where the user asks for it: what a model writes may be wrong, and would be found by later questions. Each summary
is written in a transaction of its own and ``cites`` every note the model was shown, so a run that ends early has lost
nothing, and the next one goes on with the groups that have none.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from msgspec.structs import replace

from ..engines.chat_format import encode, stop_texts
from ..engines.model_pool import ModelPool
from ..memory import Memory, Note
from ..memory.upkeep.blame import blamed
from ..memory.upkeep.clusters import clusters
from ..models.inventory import ModelInventory
from ..records import AttentionResult, Message, Node, Prompt, Record
from ..text.sentences import sentences
from .generate import generate
from .prompt import blocks, question_message

SYSTEM = "State the facts of the context blocks in at most three sentences, with their names, numbers and dates."
INSTRUCTION = "Which facts do these notes hold?"
MAX_TOKENS = 128
CONTEXT_TOKENS = 1024
"""Of notes, where the model takes as much: several sentences of each of twelve."""


class Summarised(Record):
    """One summary, and the notes it was made from."""

    node: Node
    sources: tuple[Node, ...]


def summarise(
    memory: Memory,
    inventory: ModelInventory,
    pool: ModelPool,
    *,
    limit: int | None = None,
    on_progress: Callable[[int, int, str], None] = lambda done, total, what: None,
    warn: Callable[[str], None] = lambda text: None,
) -> list[Summarised]:
    """Write a summary of each group without one, the largest first, ``limit`` at most (None: all).

    The smallest model of ``inventory`` writes, greedily. A text it leaves empty is not kept, and ``warn`` is told. Raises what
    loading the model and writing raise; the summaries written before are kept.
    """
    with blamed(memory.store):
        groups = clusters(memory.store)[:limit]
    done: list[Summarised] = []
    for number, members in enumerate(groups):
        on_progress(number, len(groups), "")
        shown, text = _write(inventory, pool, memory.nodes(members))
        if not text:
            warn(f"{inventory.models[0].entry.id} wrote nothing about {shown[0].title or shown[0].id}")
            continue
        # All notes count alike: together they weigh what one answer's sources do.
        edges = tuple((node.key, "cites", 1 / len(shown)) for node in shown)
        (node,) = memory.write_back([Note(text=text, type="summary", title=_title(shown), edges=edges)])
        done.append(Summarised(node=node, sources=tuple(shown)))
    return done


def _write(inventory: ModelInventory, pool: ModelPool, nodes: Sequence[Node]) -> tuple[list[Node], str]:
    """Return the notes that fitted the prompt, and what the model wrote about them."""
    by_key = {node.key: node for node in nodes}
    equal = np.full(len(by_key), 1 / len(by_key), np.float32)
    alike = AttentionResult(
        keys=np.array(list(by_key), np.uint64),
        weights=equal,
        prior_weights=equal,
        entropy=0.0,
        depth_touched=0,
    )
    model = inventory.models[0]
    with pool.turn(model.entry.id):
        worker, info = pool.worker(inventory.load_spec(model.entry.id))
        budget = min(CONTEXT_TOKENS, info.n_ctx // 2)
        kept, _ = blocks(INSTRUCTION, alike, by_key, budget, lambda text: len(worker.tokenize(text, special=False)))
        messages = [Message(role="system", content=SYSTEM), question_message(INSTRUCTION, kept)]
        ids = encode(worker.tokenize, model.entry.chat_format, messages)
        generation = generate(
            worker,
            Prompt(token_ids=tuple(ids), blocks=kept),
            replace(model.entry.sampling, temperature=0.0, top_p=1.0),
            model_id=model.entry.id,
            n_ctx=info.n_ctx,
            max_tokens=MAX_TOKENS,
            stop=stop_texts(model.entry.chat_format),
            stream=None,
        )
    said = sentences(generation.text)
    if generation.finish_reason == "length" and len(said) > 1:
        said.pop()  # cut in its middle
    return [by_key[block.key] for block in kept], " ".join(said)


def _title(nodes: Sequence[Node]) -> str:
    """Return the title of the note in the middle: questions name it, and the summary is then found beside it."""
    return nodes[0].title
