"""Ingest: read files, cut them into chunks, and embed, store and link the chunks.

::

    folder ─► files/ ─► read/ ─► chunk ─► embed ─► store and link, one transaction
                 ▲
    watch ───────┘ (what changed)

==============  ======================================================================================
``ingest.py``   the run over files or texts: what is new, changed, unchanged or gone
``report.py``   its counts, progress and report
``chunk.py``    text cut into chunks that the embedder can read whole (``rows.py``: long tables)
``moved.py``    documents whose files were moved or renamed
``prune.py``    whether what is gone may be forgotten
``watch.py``    a folder kept up to date (``changed.py``: which files changed)
==============  ======================================================================================
"""
