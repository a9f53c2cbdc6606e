"""Signals that tell whether a finished draft is right, from the draft and its notes."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from ...records import Generation, Record
from ...text.answer_checks import overlap
from ...text.borne_out import BorneOut, borne_out, repeats
from ...text.declined import declined
from ..labels.rows import Tried

_HEAD = re.compile(r"\[(?:Context block )?\d{1,4}\] ?(?:\(score=[^)\n]{0,300}\))?")
"""Head of a block up to its title and date: a number in it is no word of the note."""
MOST_TOKENS = 4096


UNSCORED = (-0.3, -0.8, 4.9, 0.8)
"""Medians over the collected drafts of the first four signals, for a draft whose server told no probabilities."""


class Signals(Record):
    """The signals of one draft."""

    mean_logprob: float
    """Nats; 0 for an empty draft."""
    min_logprob: float
    margin: float
    """Mean difference between the two largest log-probabilities, nats."""
    entropy: float
    """Mean entropy, nats."""
    tokens: int
    share: float
    """Share of the draft's words that stand in its notes."""
    declined: bool
    span: bool | None = None
    """Whether the draft is one run of words in a note; None: not told, as in older collections."""
    top: bool | None = None
    """Whether the first note alone bears it out; None likewise."""
    repeats: bool | None = None
    """Whether the draft says only words of the question; None: not told, as in older collections."""
    parameters: int = 0
    """Size of the drafting model; 0: not known."""
    crowding: float = 0.0
    """Notes that the question seems to need, over the room for them; see :mod:`.crowding`."""


NAMES = (
    "mean_logprob",
    "min_logprob",
    "margin",
    "entropy",
    "log_tokens",
    "share",
    "missing",
    "declined",
    "span",
    "top",
    "log_parameters",
    "repeats",
    "crowding",
    "score",
)
"""Columns of :func:`columns`."""
MISSING, DECLINED, REPEATS = 2.0, 5.0, 1.0
"""Penalties in the score of the unfitted rule. They are for a word that stands in no note, for declining, and for an
answer that says only words of the question."""
TYPICAL_PARAMETERS = 500_000_000
"""Size assumed of a model whose size is not known."""
SMALLEST, LARGEST = 135_000_000, 4_000_000_000
"""Sizes beyond which the signal of a model's size stays: no collection reaches further."""


def of_draft(
    draft: Generation,
    blocks: Sequence[str],
    question: str,
    said: Sequence[str] = (),
    parameters: int = 0,
    crowding: float = 0.0,
) -> tuple[Signals, BorneOut]:
    """Return the signals of a draft, and how well the prompt's blocks support the draft.

    ``blocks``: the texts in the prompt. ``said``: earlier messages. ``parameters`` 0: the model's size is not known.
    """
    shown = [block[head.end() :] if (head := _HEAD.match(block)) else block for block in blocks]
    bearing = borne_out(draft.text, shown, question, said)
    # Collections hold the share of all words. An answer that names a date in other digits than its note has a smaller
    # one, so the larger of the two counts, but for yes and no, which have no words that could stand in a note.
    plain = overlap(draft.text, shown)
    mean_logprob, min_logprob, margin, entropy = _probabilities(draft) if draft.scored else UNSCORED
    found = Signals(
        mean_logprob=mean_logprob,
        min_logprob=min_logprob,
        margin=margin,
        entropy=entropy,
        tokens=len(draft.tokens),
        share=max(plain, bearing.share) if bearing.words else plain,
        declined=declined(draft.text) and not (bearing.span and bearing.words > 0),
        span=bearing.span,
        top=bearing.top,
        repeats=repeats(draft.text, question),
        parameters=parameters,
        crowding=crowding,
    )
    return found, bearing


def _probabilities(draft: Generation) -> tuple[float, float, float, float]:
    tokens = draft.tokens
    n = max(len(tokens), 1)
    return (
        sum(token.logprob for token in tokens) / n,
        min((token.logprob for token in tokens), default=0.0),
        sum(token.margin for token in tokens) / n,
        sum(token.entropy for token in tokens) / n,
    )


def of_tried(tried: Tried, parameters: int = 0, crowding: float = 0.0) -> Signals:
    """Return the signals of a collected answer."""
    n = max(len(tried.logprobs), 1)
    return Signals(
        mean_logprob=sum(tried.logprobs) / n,
        min_logprob=min(tried.logprobs, default=0.0),
        margin=sum(tried.margins) / n,
        entropy=sum(tried.entropies) / n,
        tokens=len(tried.logprobs),
        share=tried.overlap,
        declined=bool(tried.scores.declined),
        span=tried.span,
        top=tried.span_top,
        repeats=tried.repeats,
        parameters=parameters,
        crowding=crowding,
    )


def missing(signals: Signals) -> float:
    """Return the penalty, 0 to 1, for words that no note contains.

    It is full where one of five words is missing, as it is in every short answer with a missing word. A long answer
    always has some word of its own.
    """
    return min(1.0, 5.0 * (1.0 - signals.share))


def columns(signals: Sequence[Signals]) -> NDArray[np.float64]:
    """Return signals as an array, [n, len(NAMES)].

    Where a span is not told, every word of the draft standing in the notes counts as one.
    """
    rows = []
    for one in signals:
        whole = float(one.share == 1.0)
        rows.append(
            (
                one.mean_logprob,
                max(one.min_logprob, -16.0),
                min(one.margin, 16.0),
                one.entropy,
                math.log1p(min(one.tokens, MOST_TOKENS)),
                one.share,
                missing(one),
                float(one.declined),
                whole if one.span is None else float(one.span),
                whole if one.top is None else float(one.top),
                math.log10(min(max(one.parameters or TYPICAL_PARAMETERS, SMALLEST), LARGEST) / TYPICAL_PARAMETERS),
                float(bool(one.repeats)),
                one.crowding,
                one.mean_logprob - MISSING * missing(one) - DECLINED * one.declined - REPEATS * bool(one.repeats),
            )
        )
    return np.array(rows, dtype=np.float64).reshape(len(rows), len(NAMES))
