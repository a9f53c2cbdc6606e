"""Comparison with other programs that answer from notes, each in an environment of its own.

They are the programs that a user would pick instead.

::

    catalogue ─► environment ─► process ─► one_set ─► standing ─► verdict ─► report
                                   │
                     child, ours (other interpreters)

===============  ========================================================================================
file             responsibility
===============  ========================================================================================
``catalogue``    the peers: packages with their versions, and which documented defaults they run with
``environment``  an environment of Python for one peer, installed once and kept in the data folder
``child``        the peers themselves; run by their own interpreter, so it imports nothing of ours
``ours``         Sanderling behind the same questions
``process``      one of them as a child process: its answers, times, memory and disk
``measure``      a whole run: the environments, and set by set
``one_set``      the same notes and questions for all, in turn
``row``          answers and costs, as the raw files keep them
``standing``     means, medians and differences, paired by question
``verdict``      whether ours is better than each peer
``report``       the tables
===============  ========================================================================================

All get the same GGUF file, the same embedder file, the same texts and greedy answers of the same greatest length. The
embedder is ours, because a peer would download its own from a hub; each has an interface for that. Their telemetry is
turned off (``child``), and no socket is opened but to their own server on the loopback address.
"""
