"""Read word-processor documents and e-books, in zipped XML or RTF.

::

    .docx .odt ─► archive ─► xml ─► outline ─► content        .epub ─► archive ─► xml (order) ─► html ─► chapters

==================  =================================================================================
``archive.py``      the members of a zip, each read as a stream, all of them no more than can be held
``xml.py``          XML as a stream of events; entities are refused
``outline.py``      headings, paragraphs, lists and tables as one text in Markdown's signs
``open_tables.py``  tables in one another
``docx.py``         Word (``docx_parts.py`` its styles, lists and notes)
``odt.py``          LibreOffice and OpenOffice
``epub.py``         books, a document a chapter
``rtf.py``          rich text (``rtf_words.py`` its words)
==================  =================================================================================

All of it is the standard library. python-docx and EbookLib unpack whatever a file says, leave notes and text boxes
out, and need lxml, which has no wheel for Termux; nothing here writes a file or opens a socket.
"""
