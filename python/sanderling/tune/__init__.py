"""Tunes settings for this device, by measurements on its own log and memory.

What is better beyond chance is installed.

::

    memory ─┬─► search.py     width of the index search
            ├─► nprobe.py     clusters that a search looks at
            └─► attention.py  weights of the ranking          ─► Proposal ─► better beyond chance ─► installed
    log ──────► router.py     choice of model and context                         └─► (kept as it is)

=================  ====================================================================================
``proposal.py``    what a measurement proposes, and the interface of all that can be tuned
``tunables.py``    the list of all that can be tuned; a new one is added there
``tune.py``        measure each, and install
``idle.py``        whether the device has nothing better to do (``last.py``: when a memory was last tuned)
=================  ====================================================================================

Each part keeps the previous setting, to which ``sanderling tune --rollback`` goes back.
"""
