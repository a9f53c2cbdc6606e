"""The hub: exchanges the memories of several devices through PostgreSQL.

::

    memory of a device ◄── pull ──  hub: one row a document,  ◄── push ── memory of a device
    (SQLite and index:              note or edge, in a space              (the same notes, vectors
     questions need no hub)                                                and search results)

Vectors travel with the notes, so nobody embeds a text twice; edges that ingest draws are taken over or drawn again.

====================  ==============================================================================
``unit.py``           what is exchanged: a document with its nodes, a note, an edge; versions
``local.py``          the units that a memory holds, without those that may not leave
``exchange.py``       what is known of both sides in one run, and which version is ours
``pull.py``           the hub's newer rows into the memory; ``apply.py`` writes them
``push.py``           the memory's newer units into the hub; ``pieces.py`` their vectors
``drawn.py``          the edges that ingest drew, as they travel
``sync.py``           pull, push, or both
``search.py``         search on the hub itself
``status.py``         both sides, and conflict copies
``connect.py``        the address from the environment or a private file, TLS, errors
``tables/``           all SQL: the hub's tables and their rows, and the device's state file
====================  ==============================================================================
"""
