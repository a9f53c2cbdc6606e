"""One question asked of one model, with its score."""

from __future__ import annotations

import time
from typing import Any

from ...errors import EngineError, SanderlingError
from ...plain.completion import Completion
from ...plain.model import PlainModel
from ...records import Message, Record
from . import choices, gsm8k
from .questions import SanityQuestion
from .rules.check import followed
from .suites import SuiteName

LETTER_TOKENS = 4
"""Longest answer in which an option is looked for, where an engine cannot tell how likely one is."""


class SanityRow(Record):
    """A question asked of a model, and the score."""

    suite: SuiteName
    question: str
    digest: str
    """Hash of the question."""
    kind: str
    model: str
    """Id and quantization."""
    how: str
    """``likelihood`` of the options, or ``generated`` text."""
    said: str
    """The text, or the option chosen."""
    score: float
    """1 for right; for IFEval, for every rule followed strictly."""
    loose: float = 0.0
    """The same with the rules taken loosely; for the other suites equal to ``score``."""
    rules: tuple[str, ...] = ()
    followed: tuple[bool, ...] = ()
    likelihoods: tuple[float, ...] = ()
    """Log-likelihoods of the options, in their order."""
    tokens: int = 0
    """Number of generated tokens."""
    cut: bool = False
    """Whether the text ended at the greatest number of tokens."""
    took_ms: float = 0.0
    error: str = ""
    """Class and message of the error; empty: there was an answer."""


def ask(suite: SuiteName, question: SanityQuestion, model: PlainModel, label: str, max_tokens: int) -> SanityRow:
    """Ask a model one question, and return the scored answer.

    An error scores 0.

    ``label``: the model's name in the row. ``max_tokens``: longest text of GSM8K and IFEval.
    """
    began = time.perf_counter()
    try:
        found = _asked(suite, question, model, max_tokens)
    except SanderlingError as error:
        found = {"how": "", "said": "", "score": 0.0, "error": f"{type(error).__name__}: {error}"}
    return SanityRow(
        suite=suite,
        question=question.id,
        digest=question.digest,
        kind=question.kind,
        model=label,
        took_ms=1e3 * (time.perf_counter() - began),
        **{"loose": found["score"], "rules": tuple(rule.id for rule in question.rules), **found},
    )


def _asked(suite: SuiteName, question: SanityQuestion, model: PlainModel, max_tokens: int) -> dict[str, Any]:
    if suite in ("mmlu", "boolq"):
        return _chosen(question, model)
    text = gsm8k.prompt(question.text) if suite == "gsm8k" else question.text
    done = _generated(model, text, max_tokens)
    found: dict[str, Any] = {
        "how": "generated",
        "said": done.text,
        "tokens": len(done.tokens),
        "cut": done.finish_reason == "length",
    }
    if suite == "gsm8k":
        return {**found, "score": float(gsm8k.right(done.text, question.answers))}
    strictly = followed(done.text, question.rules)
    loosely = followed(done.text, question.rules, loosely=True)
    return {**found, "score": float(all(strictly)), "loose": float(all(loosely)), "followed": strictly}


def _chosen(question: SanityQuestion, model: PlainModel) -> dict[str, Any]:
    text, options = choices.prompt(question), choices.options(question)
    try:
        likely = model.likelihoods([Message(role="user", content=text)], options)
    except EngineError:
        # An engine without predictions of given tokens.
        done = _generated(model, text, LETTER_TOKENS)
        said = done.text.strip().lower()
        chosen = next((option for option in options if said.startswith(option.lower())), "")
        score = float(bool(chosen) and choices.right(chosen, question))
        return {"how": "generated", "said": done.text, "tokens": len(done.tokens), "score": score}
    chosen = options[likely.index(max(likely))]
    return {
        "how": "likelihood",
        "said": chosen,
        "likelihoods": likely,
        "score": float(choices.right(chosen, question)),
    }


def _generated(model: PlainModel, text: str, max_tokens: int) -> Completion:
    return model.chat([Message(role="user", content=text)], max_tokens=max_tokens, temperature=0.0, seed=0)
