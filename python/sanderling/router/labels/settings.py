"""Settings for labelling collected answers: device, loaded models, budget and prices.

The prices are those of time and of work.

One collection serves all devices, because only speeds depend on the device; answers do not. Each profile's speeds are
predicted from its memory bandwidth, as for a device without measurements, and then varied at random.

A router sees no prices. The price of a millisecond therefore follows from the budget and the price of work from the
battery charge, both of which it does see. Labels then never depend on something unknown. Circumstances that affect no
label (heat, turn, privacy) are drawn at random too, so that the network learns to ignore them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from msgspec.structs import replace

from ...constraints import Constraints
from ...device import profiles
from ...device.profiles import Profile
from ...device.strain import UNKNOWN, Strain
from ...errors import UsageError
from ...models import registry
from ...models.candidate import Candidate
from ...models.entries import ModelEntry
from ...models.speeds import predicted_speeds
from ...records import ContextBin, Record
from ..choices import choices_for

WORTH_OF_BUDGET = 0.5
"""Quality traded for saving one whole budget of time."""
PATIENCE_MS = 30_000.0
"""The budget assumed, in milliseconds, where the caller sets none."""
WORTH_OF_TFLOP = 0.02
"""Quality traded for saving 10^12 operations at an empty battery; 0 on mains. A long prompt of a model of 1.5e9
parameters costs 5 of these units."""
DEVICE_DEVIATION = 0.5
"""Standard deviation of the log speed of a device around its profile: devices differ, and so do thread counts."""
MODEL_DEVIATION = 0.35
"""Standard deviation of the log speed of one model: two models of the same size can differ twofold in speed, depending
on their format and on the size of their embedding table."""
COUNT = 1000
"""Number of settings to train in. The network interpolates between devices, so it needs many."""
ROWS = 40_000
"""Approximate number of training rows; with many settings, each gets only some of the questions."""
LOAD_BYTES_PER_S = 1e9
"""Speed of loading a model, in bytes per second: typical of flash storage in phones and boards."""


class Setting(Record):
    """Everything that an answer's utility depends on, except its quality."""

    name: str
    device_class: str
    candidates: tuple[Candidate, ...]
    """One candidate per rung, in its current state on the device."""
    context_tokens: Mapping[ContextBin, int]
    free_ram_bytes: int
    lambda_per_ms: float
    """Quality traded for one millisecond."""
    mu_per_tflop: float
    """Quality traded for 10^12 floating-point operations, a proxy for energy."""
    parameters: tuple[int, ...]
    """Number of parameters of each rung's model."""
    constraints: Constraints = Constraints()
    strain: Strain = UNKNOWN
    turn: int = 0
    previous: int | None = None
    """Rung of the previous turn; None: first turn."""
    held_tokens: int = 0
    user_requests: int = 0


def lambda_of(budget_ms: float | None) -> float:
    """Return the price of a millisecond under this budget."""
    return WORTH_OF_BUDGET / (budget_ms or PATIENCE_MS)


def mu_of(battery: float | None) -> float:
    """Return the price of 10^12 operations at this battery charge.

    It is 0 if the charge is unknown, as on a desktop.
    """
    return WORTH_OF_TFLOP * (1.0 - battery) if battery is not None else 0.0


def setting(
    profile: Profile,
    entries: Sequence[ModelEntry],
    *,
    warm: int | None = None,
    fitting: int | None = None,
    budget_ms: float | None = None,
    strain: Strain = UNKNOWN,
    free_ram_bytes: int = 4 << 30,
    measured: bool = False,
) -> Setting:
    """Return the setting of a conversation's first question on ``profile``.

    ``entries``: the models, smallest first. ``warm``: the loaded rung; None: none is loaded. ``fitting``: number of
    smallest models that fit RAM; None: all fit. ``budget_ms`` None: no budget. ``measured`` True: use this device's own
    measured speeds where there are any.
    """
    candidates = []
    for rung, entry in enumerate(entries):
        size = sum(file.size_bytes for file in entry.files_of())
        speeds = predicted_speeds(profile, entry, size, entry.files_of()[0].quant, measured=measured)
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
        mu_per_tflop=mu_of(strain.battery),
        parameters=tuple(entry.parameters for entry in entries),
        constraints=Constraints(budget_ms=budget_ms),
        strain=strain,
    )


def questions_each(questions: int, count: int) -> int:
    """Return how many questions to use per setting, for about :data:`ROWS` rows in all."""
    return min(questions, max(round(ROWS / count), 1))


def drawn(ladder: Sequence[str], context_tokens: Mapping[ContextBin, int], n: int, seed: int) -> list[Setting]:
    """Draw ``n`` settings at random.

    Each has a profile, a loaded model, a number of models that fit RAM, and a battery charge. Half of the settings
    have a budget. ``context_tokens``: the context sizes of the collected answers; profiles with other sizes are
    left out. Raises UsageError for a model that is not in the registry, or when no profile has these sizes.
    """
    random = np.random.default_rng(seed)
    entries = [registry.get(name) for name in ladder]
    known = [profile for profile in map(profiles.load, profiles.names()) if profile.context_tokens == context_tokens]
    if not known:
        raise UsageError(
            f"no device profile has the context sizes {dict(context_tokens)}: collect again with one's own"
        )
    return [_drawn(known[random.integers(len(known))], entries, random, bool(number % 2)) for number in range(n)]


def _drawn(profile: Profile, entries: Sequence[ModelEntry], random: np.random.Generator, with_budget: bool) -> Setting:
    if profile.device_class == "auto":  # told from the device at run time
        profile = replace(profile, device_class=("server", "laptop", "board")[random.integers(3)])
    warm = int(random.integers(-1, len(entries)))
    # All fit more often than not, as on the machines the ladder is meant for.
    fitting = min(int(random.integers(1, 2 * len(entries))), len(entries))
    strain = Strain(
        headroom_k=float(random.uniform(-5, 50)) if random.random() < 0.5 else None,
        battery=float(random.choice([random.uniform(0.05, 1.0), 1.0])) if random.random() < 0.6 else None,
    )
    found = setting(
        profile,
        entries,
        warm=None if warm < 0 else warm,
        fitting=fitting,
        strain=strain,
        free_ram_bytes=int(2.0 ** random.uniform(29, 34)),
    )
    everything_warm, device = random.random() < 0.3, float(random.lognormal(0, DEVICE_DEVIATION))
    found = replace(
        found,
        candidates=tuple(
            replace(
                each,
                warm=each.warm or everything_warm,
                prefill_tokens_per_s=each.prefill_tokens_per_s * device * float(random.lognormal(0, MODEL_DEVIATION)),
                decode_tokens_per_s=each.decode_tokens_per_s * device * float(random.lognormal(0, MODEL_DEVIATION)),
            )
            for each in found.candidates
        ),
    )
    if with_budget:
        budget_ms = _budget_ms(found, random)
        constraints = Constraints(budget_ms=budget_ms)
        found = replace(found, constraints=constraints, lambda_per_ms=lambda_of(budget_ms))
    if random.random() < 0.25:
        found = replace(found, constraints=replace(found.constraints, privacy="any"))
    if warm >= 0 and random.random() < 0.5:
        found = replace(
            found, turn=int(random.integers(1, 8)), previous=warm, held_tokens=int(random.integers(200, 3000))
        )
    return replace(found, user_requests=int(2.0 ** random.uniform(0, 10)) - 1)


def _budget_ms(of: Setting, random: np.random.Generator) -> float:
    """Draw a budget, log-uniform between the predicted times of the fastest and the slowest choice."""
    costs = [choice.predicted_ms for choice in choices_for(of.candidates, of.context_tokens, Constraints()).allowed]
    return float(np.exp(random.uniform(np.log(min(costs)), np.log(max(costs)))))
