"""Upkeep of a memory: check, repair, compact, prune and tidy it, and find notes to summarise.

::

    verify ──► repair ─┬─ mend where it stands ──────────────────┐
                       └─ origin, salvage ─► new file ─► mend ───┴──► index compared, rebuilt if it differs
    tidy: decay, merge                    prune, compact        clusters ──► summaries (``stages/summarise.py``)

===================  ===========================================================================================
``verification.py``  problems of a store and of its index, found without changing either
``repair.py``        a damaged memory mended in place or replaced
``reembed.py``       the vectors of another embedder (``embedded_texts.py``: those made so far)
``origin.py``        which embedder made the vectors of a damaged memory
``salvage.py``       readable rows copied from a damaged file into a new one
``blame.py``         errors that damage explains, raised as ``Damaged``
``tidy.py``          edges without use decayed, duplicates merged
``merge.py``         nodes of agents with the same text
``pruning.py``       weak old edges deleted
``forget.py``        documents deleted by path or address
``compaction.py``    files shrunk to what they hold
``clusters.py``      groups of notes on one topic
===================  ===========================================================================================

The decisions are made here; the SQL behind them is in :mod:`sanderling.memory.store`.
"""
