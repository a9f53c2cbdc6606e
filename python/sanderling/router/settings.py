"""Under which circumstances a question is asked: the device, what is loaded, and what time and work are worth.

One collection teaches all devices, because only speeds depend on the device and answers do not: each profile's speeds
are predicted from its bandwidth, as they are before anything was measured there.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from .. import profiles
from ..models import registry
from ..models.entries import ModelEntry
from ..profiles import Profile
from ..records import CONTEXT_BINS, Constraints, ContextBin, Record
from .candidates import Candidate

WORTH_OF_BUDGET = 0.5
"""Quality that is given up to save a whole budget; so that what a millisecond is worth can be read off the budget,
which the router sees, and need not be told."""
PATIENCE_MS = 30_000.0
"""Stands for the budget of who names none."""
LOAD_BYTES_PER_S = 1e9
"""Reading a model that is not loaded: about what flash storage of phones and boards gives."""


class Setting(Record):
    """Everything that turns a quality into a utility."""

    name: str
    device_class: str
    candidates: tuple[Candidate, ...]
    """One per rung, as the device has them at this moment."""
    context_tokens: Mapping[ContextBin, int]
    free_ram_bytes: int
    lambda_per_ms: float
    """Quality given up for a millisecond."""
    mu_per_tflop: float
    """Quality given up for 10^12 floating-point operations, which stand for energy."""
    parameters: tuple[int, ...]
    """Of each rung's model."""
    budget_ms: float | None = None

    @property
    def constraints(self) -> Constraints:
        """What a caller in this setting would give."""
        return Constraints(budget_ms=self.budget_ms)


def lambda_of(budget_ms: float | None) -> float:
    """Return what a millisecond is worth to someone with this budget."""
    return WORTH_OF_BUDGET / (budget_ms or PATIENCE_MS)


def setting(
    profile: Profile,
    entries: Sequence[ModelEntry],
    *,
    warm: int | None = None,
    fitting: int | None = None,
    budget_ms: float | None = None,
    mu_per_tflop: float = 0.0,
    free_ram_bytes: int = 4 << 30,
) -> Setting:
    """Return ``profile`` with the models of a ladder, smallest first.

    ``warm``: the rung that is loaded; None: none is. ``fitting``: how many of the smallest fit RAM; None: all.
    """
    candidates = []
    for rung, entry in enumerate(entries):
        size = sum(file.size_bytes for file in entry.files_of())
        speeds = profiles.predict(profile, size, entry.parameters)
        candidates.append(
            Candidate(
                model_id=entry.id,
                rung=rung,
                n_ctx=min(profile.n_ctx, entry.context_tokens),
                fits_ram=fitting is None or rung < fitting,
                warm=rung == warm,
                prefill_tokens_per_s=speeds.prefill_tokens_per_s,
                decode_tokens_per_s=speeds.decode_tokens_per_s,
                load_ms=1000 * size / LOAD_BYTES_PER_S,
            )
        )
    return Setting(
        name=profile.name,
        device_class=profile.device_class,
        candidates=tuple(candidates),
        context_tokens=profile.context_tokens,
        free_ram_bytes=free_ram_bytes,
        lambda_per_ms=lambda_of(budget_ms),
        mu_per_tflop=mu_per_tflop,
        parameters=tuple(entry.parameters for entry in entries),
        budget_ms=budget_ms,
    )


def drawn(ladder: Sequence[str], n: int, seed: int) -> list[Setting]:
    """Draw ``n`` settings: a profile, what is loaded, what fits, and for every second a budget.

    Budgets lie between what the cheapest and what the dearest choice is predicted to take there, evenly in the
    logarithm, so that they bind. Raises UsageError for a model that is not in the registry.
    """
    random = np.random.default_rng(seed)
    entries = [registry.get(name) for name in ladder]
    found = []
    for number in range(n):
        profile = profiles.load(str(random.choice(profiles.names())))
        warm = int(random.integers(-1, len(entries)))
        # All fit more often than not, as on the machines the ladder is meant for.
        fitting = int(random.integers(1, 2 * len(entries)))
        plain = setting(profile, entries, warm=None if warm < 0 else warm, fitting=min(fitting, len(entries)))
        budget_ms = None
        if number % 2:
            costs = [
                candidate.predicted_ms(plain.context_tokens[name])
                for candidate in plain.candidates
                if candidate.fits_ram
                for name in CONTEXT_BINS
            ]
            budget_ms = float(np.exp(random.uniform(np.log(min(costs)), np.log(max(costs)))))
        found.append(
            setting(
                profile,
                entries,
                warm=None if warm < 0 else warm,
                fitting=min(fitting, len(entries)),
                budget_ms=budget_ms,
                mu_per_tflop=float(random.choice([0.0, 0.005, 0.02])),
                free_ram_bytes=int(2.0 ** random.uniform(29, 34)),
            )
        )
    return found
