"""Load the models of a collection, and choose the contexts and temperatures at which they answer a question."""

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
from ...records import CONTEXT_BINS, ContextBin
from ...router.labels.rows import Cell, CollectionHeader, Rows, Tried
from .judge import Judge
from .search import SearchedQuestion
from .sets import Item, Set
from .trials import Loaded, answer, prompts

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
        seed: int,
        judge: Judge | None,
    ) -> None:
        """``every`` and ``only``: see :class:`~sanderling.bench_device.routing.collect.CollectOptions`.

        Raises UsageError, and the errors of opening a ladder.
        """
        self._every, self._only, self._seed, self._judge, self._n_threads = every, set(only), seed, judge, n_threads
        self._detected = choose(profile)
        self._context_tokens = self._detected.profile.context_tokens
        self._inventory = ModelInventory.of_ladder(ladder, self._detected, n_threads)
        known = [*(model.entry.id for model in self._inventory.models), *CONTEXT_BINS]
        if unknown := (set(every) | set(only)) - set(known):
            raise UsageError(f"{', '.join(sorted(unknown))} is neither a model nor a context here: {', '.join(known)}")
        self._pool = ModelPool(engine, Config(stall_timeout_s=STALL_TIMEOUT_S))
        stack.callback(self._pool.close)

    def describe(self, sets: Sequence[Set], embedder_id: str, way: str) -> CollectionHeader:
        """Return the header of a run, after loading the first model to learn the engine's name."""
        models = self._inventory.models
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
            judge=self._judge.model if self._judge else None,
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
            if item.position % WARM_EVERY == 0 and self._due(item, name, "medium"):
                found.append((item.id, name, "medium", WARM_TEMPERATURE))
        return [cell for cell in found if cell not in done.tried]

    def ask(self, looked: SearchedQuestion, cells: Sequence[Cell]) -> Iterator[Tried]:
        """Answer a question with the model, context and temperature of each cell, and yield each answer.

        Failures are logged and left out.
        """
        for name in dict.fromkeys(model_id for _, model_id, _, _ in cells):
            loaded = self._loaded(name)
            made = prompts(looked, loaded, self._context_tokens)
            greedy: dict[ContextBin, Tried] = {}
            for cell in (cell for cell in cells if cell[1] == name):
                context_bin, temperature = cell[2:]
                same = next((bin for bin in greedy if made[bin].token_ids == made[context_bin].token_ids), None)
                if same is not None and not temperature:
                    yield replace(greedy[same], context_bin=context_bin, same_as=same)
                    continue
                try:
                    tried = answer(looked, loaded, made, context_bin, temperature, self._seed, self._judge)
                except SanderlingError as error:
                    log.warning("%s, %s, %s: %s", looked.item.id, name, context_bin, error)
                    continue
                yield tried
                if not temperature:
                    greedy[context_bin] = tried

    def _due(self, item: Item, model_id: str, context_bin: ContextBin) -> bool:
        models = self._only - set(CONTEXT_BINS)
        wanted = model_id in (models or {model_id}) and context_bin in ((self._only - models) or {context_bin})
        return wanted and all(item.position % self._every.get(name, 1) == 0 for name in (model_id, context_bin))

    def _loaded(self, model_id: str) -> Loaded:
        spec = self._inventory.load_spec(model_id)
        worker, info = self._pool.worker(spec, self._inventory.needed_bytes(model_id))
        return Loaded(entry=self._inventory[model_id].entry, worker=worker, info=info)
