from __future__ import annotations

import numpy as np
import pytest
from collected import asked, tried
from collection_header import HEADER
from judged_rows import judged_rows

from sanderling.errors import UsageError
from sanderling.router.labels import rows
from sanderling.router.training.drafts import drafts_of
from sanderling.router.verifier.crowding import TYPICAL
from sanderling.router.verifier.signals import NAMES


def test_every_answer_from_notes_is_a_draft_with_its_signals() -> None:
    drafts = drafts_of([judged_rows(6)])
    assert len(drafts) == 6 * 2 * 3
    assert drafts.values.shape == (36, len(NAMES))
    assert (drafts.sets, len(drafts.asked)) == (("s0", "s1", "s2"), 6)
    assert drafts.models == ("gemma3-270m", "qwen2.5-coder-0.5b")
    assert drafts.parameters[0] < drafts.parameters[1]
    assert (drafts.right == (drafts.quality >= 0.5)).all()
    some = drafts.take(drafts.right)
    assert len(some) == len(some.tried) == int(drafts.right.sum())


def test_sums_unanswerable_questions_warm_answers_and_copies_are_no_drafts() -> None:
    every: list[rows.Line] = [HEADER, asked("a"), asked("b", numeric=True), asked("c", answerable=False)]
    every += [tried(name, 1, 0, right=1.0) for name in "abc"]
    every += [tried("a", 1, 1, right=1.0, same_as="tiny"), tried("a", 1, 2, right=1.0, temperature=0.7)]
    assert len(drafts_of([rows.gather(every)])) == 1
    with pytest.raises(UsageError, match="no answers from notes"):
        drafts_of([rows.gather([HEADER, asked("a")])])


def test_the_crowding_of_a_context_is_told_by_the_question_or_assumed_where_its_features_are_older() -> None:
    raw = {"has_hits": 1.0, "hits_agreement": 0.1, "query_names": 8}
    every: list[rows.Line] = [HEADER, asked("a", raw=raw), asked("b", raw=raw, features_version=1)]
    every += [tried(name, 1, context, right=1.0) for name in "ab" for context in (0, 1)]
    column = drafts_of([rows.gather(every)]).values[:, NAMES.index("crowding")]
    assert column.tolist() == pytest.approx([3.0, 3.0 * 96 / 160, TYPICAL, TYPICAL * 96 / 160])


def test_collections_are_joined_and_a_question_keeps_one_number() -> None:
    one = judged_rows(6)
    both = drafts_of([one, one])
    assert len(both) == 72
    assert len(np.unique(both.question)) == 6
