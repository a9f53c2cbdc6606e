"""Fits a run into a time limit by shortening tests and leaving out models.

The measured speed of one model decides. A pure function. Other models are predicted from the probed one: prefill scales
with parameters, decoding and loading with bytes. Repetitions are never reduced below what a standard deviation needs;
prompts get shorter instead, and the test's name shows their length.
"""

from __future__ import annotations

from collections.abc import Sequence

from ...records import Record
from ..matrix.shape import Shape

QUICK_S = 150.0
"""Time limit of the plan in seconds. ``--quick`` may take 3 minutes; the rest covers startup and the row or question
that is running at the deadline."""
MATRIX_SHARE = 0.6
"""Share of the time for the matrix, after the notes are ingested; the questions get the rest."""
LOADS = 2
"""Loads per model: one cold, one warm."""

LEVELS: tuple[tuple[int, ...], ...] = (
    # Prompts of the pp tests, then the tokens of the tg test.
    (512, 2048, 128),
    (512, 128),
    (512, 64),
    (256, 32),
    (128, 32),
    (64, 16),
)
"""Prompt lengths of a plan, from the full matrix down to the shortest prompt that still fills a batch of a matrix
kernel."""
FOR_SEVERAL = LEVELS[:4]
"""The levels at which several models are measured. Rather than use shorter tests, which represent real prompts less
well, models are left out."""


class ProbedSpeed(Record):
    """Speed of the probed model."""

    prefill_tokens_per_s: float
    decode_tokens_per_s: float
    load_s: float
    parameters: int
    model_bytes: int


class Size(Record):
    """Size of a model to be measured."""

    label: str
    parameters: int
    model_bytes: int


class Plan(Record):
    """The tests and models that will be measured."""

    shapes: tuple[Shape, ...]
    labels: tuple[str, ...]
    """The models that are kept."""
    predicted_s: float
    shortened: tuple[str, ...]
    """Descriptions of what was cut; empty when nothing was."""


def plan(sizes: Sequence[Size], probe: ProbedSpeed, seconds: float, repetitions: int, warm_up: int) -> Plan:
    """Return the most complete plan that is predicted to take at most ``seconds``. ``sizes``: smallest first.

    Shortening the tests of all models is preferred to leaving out models, down to :data:`FOR_SEVERAL`. If even the
    smallest model with the shortest tests takes longer, that plan is returned and reports it. Raises ValueError without
    models.
    """
    if not sizes:
        raise ValueError("there is no model to plan for")
    for count in range(len(sizes), 0, -1):
        for level in FOR_SEVERAL if count > 1 else LEVELS:
            predicted = sum(_seconds(size, probe, level, repetitions + warm_up) for size in sizes[:count])
            last = count == 1 and level is LEVELS[-1]
            if predicted <= seconds or last:
                return Plan(
                    shapes=_shapes(level),
                    labels=tuple(size.label for size in sizes[:count]),
                    predicted_s=predicted,
                    shortened=_words(sizes, count, level, predicted, seconds),
                )
    raise AssertionError("the last level of one model is always taken")


def _shapes(level: tuple[int, ...]) -> tuple[Shape, ...]:
    *prompts, decoded = level
    return (*(Shape(n_prompt=n) for n in prompts), Shape(n_gen=decoded))


def _seconds(size: Size, probe: ProbedSpeed, level: tuple[int, ...], runs: int) -> float:
    *prompts, decoded = level
    per_prompt_token = size.parameters / probe.parameters / probe.prefill_tokens_per_s
    by_bytes = size.model_bytes / probe.model_bytes
    per_decoded_token = by_bytes / probe.decode_tokens_per_s
    return LOADS * probe.load_s * by_bytes + runs * (sum(prompts) * per_prompt_token + decoded * per_decoded_token)


def _words(
    sizes: Sequence[Size], count: int, level: tuple[int, ...], predicted: float, seconds: float
) -> tuple[str, ...]:
    words = []
    if level is not LEVELS[0]:
        full, short = (", ".join(shape.name for shape in _shapes(each)) for each in (LEVELS[0], level))
        words.append(f"{short} instead of {full}, to stay within the time")
    words += [f"{size.label} left out, to stay within the time" for size in sizes[count:]]
    if predicted > seconds:
        words.append(f"even so {predicted:.0f} s are predicted, of {seconds:.0f} s")
    return tuple(words)
