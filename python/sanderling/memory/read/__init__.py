"""Read files as documents, with a reader for each kind of file.

::

    file ─► read ─┬─ markdown, org, … ──────────┐
                  ├─ html, pdf, office, tables ─┼─ content ─► title, names, date ─► document
                  └─ several ─► part ───────────┘

==================  =====================================================================================
``read.py``         a file to its reader, by suffix
``document.py``     what a reader returns (``Content``), and the ``Document`` made from it
``markdown/``       Markdown, with what Obsidian, Logseq and others add to it
``html/``           pages
``pdf/``            PDF
``office/``         Word, OpenDocument, RTF and books
``mail/``           messages and mailboxes
``objects/``        notes, chats and exports in JSON
``org/``            Org
``restructured/``   reStructuredText
``delimited.py``    tables in text: ``.csv`` and ``.tsv``
``enex.py``         exports of Evernote
``line_writer.py``  the text that the readers of Org and reStructuredText write, line by line
``several.py``      files that hold several documents, each a ``part.py``
``title.py``        the title of a document: what it states, or the name of its file
``naming.py``       names of a document from the path of its file
``dating.py``       the time of a document, and where it is from
``metadata.py``     tags, domain, date, language and aliases that a document states
``epoch.py``        dates that programs write as numbers
``yaml_values.py``  YAML as texts, lists and mappings
==================  =====================================================================================

A reader for another kind of file is one module here that returns the content, a suffix in ``memory/files/walk.py``, and
a line in ``read.py``. Readers open no other file and no socket, and know nothing of the memory.
"""
