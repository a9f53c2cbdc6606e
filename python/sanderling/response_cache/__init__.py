"""Answers kept, so that a question asked again needs no model. Off unless the configuration gives it bytes.

::

    found notes, route ─► find ─┬─ a kept answer that still holds ─► the draft, no model asked
                                └─ none ─► load, context, generate ─► keep

A kept answer is looked for by the question and by everything else that decides what is said (:mod:`.cache`). It holds
as long as the notes it was made from, and what is tied to them, are as they were (:mod:`.dependencies`). Which other
wording counts as the same question is in :mod:`.question`; the file and its bounds are in :mod:`.answers`.
"""
