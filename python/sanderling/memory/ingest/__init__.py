"""Ingest: read files as documents, cut them into chunks, embed the chunks, store and link each document.

::

    folder ─► walk ─► read ─┬─ markdown, org, rst ─┐
                            ├─ html, pdf, office ──┼─► document ─► chunk ─► embed ─► store and link, one transaction
                            └─ several ─► part ────┘

===============  =====================================================================================
``ingest.py``    the run over files or texts: what is new, changed, unchanged or gone
``report.py``    its counts, progress and report
``walk.py``      the files below a folder, and their addresses
``read.py``      one file read as documents, by its suffix
``document.py``  a document before it is cut, from a file or from a given text
``markdown.py``  headings, links and front matter of Markdown
``html.py``      title, text, links and headings of HTML (``markup.py`` its tags)
``pdf.py``       title and text of PDF
``org.py``       Org (``org_links.py`` its links), written by ``line_writer.py``
``rst.py``       reStructuredText (``rst_references.py``, ``rst_tables.py``), likewise
``office/``      Word, OpenDocument, RTF and books
``several.py``   files that hold several documents, each a ``part.py``
``objects/``     notes, chats and exports in JSON
``mail/``        messages and mailboxes
``enex.py``      exports of Evernote
``metadata.py``  tags, domain, date, language and aliases that documents state
``naming.py``    names of a document from the path of its file
``dating.py``    the time of a document, and where it is from
``title.py``     its title: what it states, or the name of its file
``chunk.py``     text cut into chunks that the embedder can read whole
===============  =====================================================================================

A reader for another kind of file is one module here that returns the content, a suffix in ``walk.py``, and a line in
``read.py``.
"""
