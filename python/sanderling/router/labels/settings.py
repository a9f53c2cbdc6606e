"""Under which circumstances a question is asked: the device, what is loaded, and what time and work are worth.

One collection teaches all devices, because only speeds depend on the device and answers do not: each profile's speeds
are predicted from its bandwidth, as they are before anything was measured there, and then drawn around that.

A router sees no prices. So what a millisecond is worth follows from the budget, and what work is worth from the
battery, both of which it does see; a label then never asks for what cannot be known. Circumstances that change no
label (heat, turn, privacy) are drawn too: the network learns to look past them, instead of meeting them untrained.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from msgspec.structs import replace

from ...device import profiles
from ...device.profiles import Profile
from ...device.strain import UNKNOWN, Strain
from ...errors import UsageError
from ...models import registry
from ...models.candidate import Candidate
from ...models.entries import ModelEntry
from ...records import Constraints, ContextBin, Record
from ..choices import choices_for

WORTH_OF_BUDGET = 0.5
"""Quality that is given up to save a whole budget."""
PATIENCE_MS = 30_000.0
"""Stands for the budget of who names none."""
WORTH_OF_TFLOP = 0.02
"""Quality that is given up to save 10^12 operations when the battery is empty; nothing on mains. A long prompt of
a model of 1.5e9 parameters takes 5 of them."""
DEVICE_DEVIATION = 0.5
"""Of the logarithm of all speeds of a device: no two of a profile are alike, and threads differ."""
MODEL_DEVIATION = 0.35
"""Of the logarithm of one model's speed: of two of one size one may be twice as fast, by its format and by how much of
it is a table of words."""
COUNT = 1000
"""Settings to learn in: what a network does on a device between two that it knows, it learns from many devices."""
ROWS = 40_000
"""To learn from, about: so many settings that each can have a few of the questions only."""
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
    constraints: Constraints = Constraints()
    strain: Strain = UNKNOWN
    turn: int = 0
    previous: int | None = None
    """Rung of the turn before."""
    held_tokens: int = 0
    user_requests: int = 0


def lambda_of(budget_ms: float | None) -> float:
    """Return what a millisecond is worth to someone with this budget."""
    return WORTH_OF_BUDGET / (budget_ms or PATIENCE_MS)


def mu_of(battery: float | None) -> float:
    """Return what 10^12 operations are worth at this charge; nothing where it is not known, as on a desk."""
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
    """Return ``profile`` with the models of a ladder, smallest first, for someone's first question.

    ``warm``: the rung that is loaded; None: none is. ``fitting``: how many of the smallest fit RAM; None: all.
    ``budget_ms`` None: no wish. ``measured``: this device's own speeds where it has been measured.
    """
    candidates = []
    for rung, entry in enumerate(entries):
        size = sum(file.size_bytes for file in entry.files_of())
        speeds = profiles.predict(
            profile, size, entry.parameters, model_id=entry.id if measured else "", quant=entry.files_of()[0].quant
        )
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
    """Return how many of the questions each of ``count`` settings has, so that there are about :data:`ROWS` rows."""
    return min(questions, max(round(ROWS / count), 1))


def drawn(ladder: Sequence[str], context_tokens: Mapping[ContextBin, int], n: int, seed: int) -> list[Setting]:
    """Draw ``n`` settings: a profile, what is loaded, what fits, the battery, and for every second a budget.

    ``context_tokens``: sizes the answers were made with; profiles that mean others by the same names are left out,
    because nothing is known of answers from those. Raises UsageError for a model that is not in the registry, and when
    no profile has these sizes.
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
    """Between what the cheapest and the dearest choice is predicted to take, evenly in the logarithm: so it binds."""
    costs = [choice.predicted_ms for choice in choices_for(of.candidates, of.context_tokens, Constraints()).allowed]
    return float(np.exp(random.uniform(np.log(min(costs)), np.log(max(costs)))))
