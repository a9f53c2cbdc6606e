"""Load the models of a collection, and choose the contexts and temperatures at which each model answers a question."""

from __future__ import annotations

import logging
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import ExitStack
from datetime import UTC, datetime

from msgspec.structs import replace

from ...config import Config
from ...device.machine import machine_block
from ...device.profiles import choose
from ...engines import EngineName
from ...engines.model_pool import ModelPool
from ...errors import SanderlingError, UsageError
from ...models.inventory import ModelInventory
from ...records import CONTEXT_BINS, BlockHead, ContextBin
from ...router.labels.rows import Cell, CollectionHeader, Rows
from ..judge.rubric import Judge
from .search import SearchedQuestion
from .sets import Item, Set
from .trials import Answered, Loaded, answer, prompts

log = logging.getLogger(__name__)

STALL_TIMEOUT_S = 6 * 3600.0
"""Long, because a collection may be paused and resumed by signals while the timeout clock keeps running."""
WARM_TEMPERATURE = 0.7
WARM_EVERY = 8
"""Every n-th question of a set is also answered at a higher temperature, with medium context."""


class Bench:
    """The models of a ladder, loaded on demand.

    All of them stay loaded if there is room.
    """

    def __init__(
        self,
        stack: ExitStack,
        *,
        ladder: str,
        engine: EngineName,
        profile: str,
        n_threads: int,
        every: Mapping[str, int],
        only: Collection[str],
        cells: Mapping[str, int],
        tokens: Mapping[ContextBin, int],
        head: BlockHead,
        seed: int,
        judge: Judge | None,
    ) -> None:
        """``every`` to ``head``: see :class:`~sanderling.bench_device.routing.collect.CollectOptions`.

        Raises UsageError, and the errors of opening a ladder.
        """
        self._every, self._only, self._seed, self._judge, self._n_threads = every, set(only), seed, judge, n_threads
        self._cells, self._head = dict(cells), head
        self._detected = choose(profile)
        self._context_tokens = {**self._detected.profile.context_tokens, **tokens}
        self._inventory = ModelInventory.of_ladder(ladder, self._detected, n_threads)
        known = [*(model.entry.id for model in self._inventory.models), *CONTEXT_BINS]
        if unknown := (set(every) | set(only)) - set(known):
            raise UsageError(f"{', '.join(sorted(unknown))} is neither a model nor a context here: {', '.join(known)}")
        pairs = [f"{model.entry.id}:{name}" for model in self._inventory.models for name in CONTEXT_BINS]
        if unknown := set(cells) - set(pairs):
            raise UsageError(f"{', '.join(sorted(unknown))} is no MODEL:CONTEXT here: {', '.join(pairs)}")
        self._pool = ModelPool(engine, Config(stall_timeout_s=STALL_TIMEOUT_S, state_disk_bytes=0))
        stack.callback(self._pool.close)

    def describe(self, sets: Sequence[Set], embedder_id: str, way: str) -> CollectionHeader:
        """Return the header of a run, after loading the first model to learn the engine's name."""
        asked = {pair.partition(":")[0] for pair in self._cells}
        models = [model for model in self._inventory.models if model.entry.id in (asked or {model.entry.id})]
        self._loaded(models[0].entry.id)
        return CollectionHeader(
            machine=machine_block(self._detected.device),
            began=datetime.now(UTC).isoformat(timespec="seconds"),
            ladder=tuple(model.entry.id for model in models),
            quants={model.entry.id: model.quant for model in models},
            engine=self._pool.engine_name,
            embedder=embedder_id,
            n_threads=self._n_threads,
            context_tokens=self._context_tokens,
            sets={each.name: each.digest for each in sets},
            seed=self._seed,
            judge=self._judge.id if self._judge else None,
            way=way,
        )

    def missing(self, item: Item, done: Rows) -> list[Cell]:
        """Return the combinations of model, context and temperature for which ``done`` lacks an answer to ``item``.

        Each is returned as a cell, which also names the question; the cells of a model are adjacent. Combinations
        that the options exclude are left out.
        """
        found: list[Cell] = []
        for model in self._inventory.models:
            name = model.entry.id
            found += [(item.id, name, bin, 0.0) for bin in CONTEXT_BINS if self._due(item, name, bin)]
            if not self._cells and item.position % WARM_EVERY == 0 and self._due(item, name, "medium"):
                found.append((item.id, name, "medium", WARM_TEMPERATURE))
        return [cell for cell in found if cell not in done.tried]

    def ask(self, looked: SearchedQuestion, cells: Sequence[Cell]) -> Iterator[Answered]:
        """Answer a question with the model, context and temperature of each cell, and yield each answer.

        Failures are logged and left out.
        """
        for name in dict.fromkeys(model_id for _, model_id, _, _ in cells):
            loaded = self._loaded(name)
            made = prompts(looked, loaded, self._context_tokens, self._head)
            greedy: dict[ContextBin, Answered] = {}
            for cell in (cell for cell in cells if cell[1] == name):
                context_bin, temperature = cell[2:]
                same = next((bin for bin in greedy if made[bin].token_ids == made[context_bin].token_ids), None)
                if same is not None and not temperature:
                    copy = replace(greedy[same].tried, context_bin=context_bin, same_as=same, agreement=1.0)
                    greedy[context_bin] = replace(greedy[same], tried=copy)
                    yield greedy[context_bin]
                    continue
                smaller = next((each.text for each in reversed(greedy.values())), None)
                try:
                    answered = answer(looked, loaded, made, context_bin, temperature, self._seed, self._judge, smaller)
                except SanderlingError as error:
                    log.warning("%s, %s, %s: %s", looked.item.id, name, context_bin, error)
                    continue
                yield answered
                if not temperature:
                    greedy[context_bin] = answered

    def _due(self, item: Item, model_id: str, context_bin: ContextBin) -> bool:
        if self._cells:
            every = self._cells.get(f"{model_id}:{context_bin}")
            return every is not None and item.position % every == 0
        models = self._only - set(CONTEXT_BINS)
        wanted = model_id in (models or {model_id}) and context_bin in ((self._only - models) or {context_bin})
        return wanted and all(item.position % self._every.get(name, 1) == 0 for name in (model_id, context_bin))

    def _loaded(self, model_id: str) -> Loaded:
        spec = self._inventory.load_spec(model_id)
        worker, info = self._pool.worker(spec, self._inventory.needed_bytes(model_id))
        return Loaded(entry=self._inventory[model_id].entry, worker=worker, info=info)
