"""Draw the edges between chunks, at ingest and when documents change, without a language model.

::

    before the transaction   vectors, index ──► topics ─────────────────────────┐
    inside it                delete, add ──► names, links, entities ──► affected ──► edges
                                                                        chunks

===============  ========================================================================================
``link.py``      the linker: names of all documents, and ``with linker.change(writer, topics) as change``
``change.py``    one change: documents deleted and added, then the edges of all affected chunks drawn
``topics.py``    ``same_topic`` edges: chunks that are among each other's nearest (``all_topics.py``: of a whole
                 memory at once)
``removal.py``   documents deleted, one transaction each
``entities.py``  ``shares_entity`` edges: chunks that have a rare name in common
===============  ========================================================================================

The names themselves, and the mentions that ``cites`` edges are drawn from, are found by
:mod:`sanderling.text.name_trie`.
"""
