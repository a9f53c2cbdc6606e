"""Notes given one by one, and whole memories, as JSON lines that people and programs write.

::

    memory ─► export ─► head, documents with their nodes, edges ─► check ─► import_lines ─► another memory

===================  ================================================================================
``lines.py``         one line: its kinds, its fields, how it is read and what is wrong with it
``check.py``         a file looked through before anything is written: all bad lines, by number
``known.py``         what of a file the memory has already, and what it has otherwise
``import_lines.py``  the notes, embedded and written in batches, then the edges
``report.py``        what an import did
``export.py``        a memory as lines
``give.py``          one note of any type, with edges to others
===================  ================================================================================

Format, one JSON object a line (``docs/command-line.md`` has an example)::

    {"kind": "memory", "format": 1, "embedder": ID, "dim": N}        first line, may be missing
    {"kind": "document", "uri": …, "title": …, "content_hash": …}    its nodes follow, in reading order
    {"kind": "node", "text": …, "id": UUID, "type": …, …}            "kind": "node" may be missing
    {"kind": "edge", "src": UUID, "dst": UUID, "rel": …}
"""
