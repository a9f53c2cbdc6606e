"""Summarise each dense group of notes with a small model, and store the summary as a new node.

This runs only on request, because a model's text may be wrong and later questions would find it. Each summary is
written in a transaction of its own and ``cites`` every note the model was shown. An interrupted run loses nothing, and
the next run continues with the groups that have no summary.
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
"""Upper bound of the notes shown: several sentences of each of twelve. Half the context if that is less."""


class Summarised(Record):
    """A summary, and the notes it was made from."""

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
    """Summarise each group that has no summary yet, largest first, with the smallest model of ``inventory``.

    ``limit``: number of groups; None: all. ``on_progress``: called with groups done, groups in all, and a label.
    ``warn``: called with a text for each group whose summary came out empty, which is not written.

    Raises EngineError, OutOfMemory, ModelUnavailable, Busy, MemoryFileError, StorageFull; summaries already written
    are kept.
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
    """Summarise ``nodes``; return those that were shown in the prompt, and the text that the model wrote."""
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
        kept, _ = blocks(INSTRUCTION, alike, by_key, budget, worker.count)
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
            yielding=inventory.yielding,
        )
    written = sentences(generation.text)
    if generation.finish_reason == "length" and len(written) > 1:
        written.pop()  # cut in its middle
    return [by_key[block.key] for block in kept], " ".join(written)


def _title(nodes: Sequence[Node]) -> str:
    """Return the title of the central note. Questions that name it then find the summary too."""
    return nodes[0].title
