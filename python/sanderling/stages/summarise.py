"""Summarise each dense group of notes with a small model, and store the summary as a new node.

The model and the system prompt are those that ``sanderling bench tasks`` chose for summaries, or else the smallest
model and the standard prompt. This runs only on request, because a model's text may be wrong and later questions would
find it. Each summary is written in a transaction of its own and ``cites`` every note the model was shown. An
interrupted run loses nothing, and the next run continues with the groups that have no summary.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from msgspec.structs import replace

from ..engines.chat_format import encode, stop_texts, thinking_of
from ..engines.model_pool import ModelPool
from ..memory import Memory, Note
from ..memory.upkeep.blame import blamed
from ..memory.upkeep.clusters import clusters
from ..models.inventory import ModelInventory
from ..models.registry import InstalledModel
from ..models.task_choice import Template, chosen
from ..records import AttentionResult, Message, Node, Prompt, Record
from ..text.sentences import sentences
from .generate import generate
from .prompt import blocks, question_message
from .task_templates import SYSTEMS
from .trusted import model_wrote, refusal

_STANDARD: Template = "standard"
INSTRUCTION = "Which facts do these notes hold?"
MAX_TOKENS = 128
CONTEXT_TOKENS = 1024
"""Upper bound of the notes shown: several sentences of each of twelve. Half the context if that is less."""


class Summarised(Record):
    """A summary and its source notes."""

    node: Node
    sources: tuple[Node, ...]
    why: str = ""
    """Why its model was taken; empty: no other was measured to be better."""


def summarise(
    memory: Memory,
    inventory: ModelInventory,
    pool: ModelPool,
    *,
    limit: int | None = None,
    on_progress: Callable[[int, int, str], None] = lambda done, total, what: None,
    warn: Callable[[str], None] = lambda text: None,
) -> list[Summarised]:
    """Summarise each group that has no summary yet, largest first.

    The model is the one chosen for summaries (:mod:`sanderling.models.task_choice`), else the smallest of
    ``inventory``.

    ``limit``: number of groups; None: all. ``on_progress``: called with groups done, groups in all, and a label.
    ``warn``: called with a text for each group whose summary is empty or may not be trusted, and is not written.

    Raises EngineError, OutOfMemory, ModelUnavailable, Busy, MemoryFileError, StorageFull; summaries already written
    are kept.
    """
    with blamed(memory.store):
        groups = clusters(memory.store)[:limit]
    done: list[Summarised] = []
    choice = chosen("summaries", inventory)
    model, template = (inventory[choice.model_id], choice.template) if choice else (inventory.models[0], _STANDARD)
    for number, members in enumerate(groups):
        on_progress(number, len(groups), "")
        # A summary of what models wrote would pass their mistakes on.
        own = [node for node in memory.nodes(members) if not model_wrote(node)]
        if not own:
            continue
        shown, text = _write(inventory, pool, own, model, template)
        about = shown[0].title or shown[0].id
        if not text:
            warn(f"{model.entry.id} wrote nothing about {about}")
            continue
        if why := refusal(memory, text, text, shown):
            warn(f"what {model.entry.id} wrote about {about} is not kept: {why}")
            continue
        # All notes count alike: together they weigh what one answer's sources do.
        edges = tuple((node.key, "cites", 1 / len(shown)) for node in shown)
        (node,) = memory.write_back([Note(text=text, type="summary", title=_title(shown), edges=edges)])
        done.append(Summarised(node=node, sources=tuple(shown), why=choice.why if choice else ""))
    return done


def _write(
    inventory: ModelInventory, pool: ModelPool, nodes: Sequence[Node], model: InstalledModel, template: Template
) -> tuple[list[Node], str]:
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
    with pool.turn(model.entry.id):
        worker, info = pool.worker(inventory.load_spec(model.entry.id))
        budget = min(CONTEXT_TOKENS, info.n_ctx // 2)
        kept, _ = blocks(INSTRUCTION, alike, by_key, budget, worker.count)
        system = SYSTEMS["summaries"][template]
        messages = [Message(role="system", content=system), question_message(INSTRUCTION, kept)]
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
            thinking=thinking_of(model.entry.chat_format),
        )
    written = sentences(generation.text)
    if generation.finish_reason == "length" and len(written) > 1:
        written.pop()  # cut in its middle
    return [by_key[block.key] for block in kept], " ".join(written)


def _title(nodes: Sequence[Node]) -> str:
    """Return the title of the central note. Questions that name it then find the summary too."""
    return nodes[0].title
