"""Retrieval: find the nodes that match a question's text or vector, and rank these nodes.

::

    vector ─► nearest nodes ─► neighbourhood ─────────────┐
    question ─► words, titles, citations, shared names ───┴─► candidates with features ─► trained attention ─► ranking
                                                          └─► channels ─► reciprocal rank fusion ─► ranking, without
                                                                                                     trained weights

========================  ========================================================================================
``hybrid.py``             both rankings, and the two weights of a result
``merge.py``              one ranking of two readings of a question
``candidates.py``         nodes of all channels, with their features
``features.py``           the feature table that attention reads
``postings.py``           nodes by the question's words
``exact.py``              nodes that alone have a code, a misspelt word or the rarest word of it
``titles.py``             documents named in the question
``cited.py``              first nodes of those documents, and what they cite
``shared_names.py``       nodes that share a name with the best ones
``when.py``               notes of the time that a question asks about
``newest.py``             the newest first of notes that say the same
``attention_weights.py``  the weights that ship (``attention.weights``, described in ``attention.md``)
``training``              how such weights are learned
========================  ========================================================================================
"""
