"""Read Markdown notes: CommonMark, front matter, and the syntax of note programs.

===================  =====================================================================================
``markdown.py``      the reader
``front_matter.py``  YAML or TOML at the top
``blocks.py``        headings, code, HTML and paragraphs (``html_blocks.py``: where HTML begins and ends)
``headings.py``      headings, with the text that they show
``code.py``          code, in which no mark counts (``code_spans.py``: within a line)
``html_tables.py``   tables in HTML, written as those of Markdown
``links.py``         links by address and by name
``tags.py``          tags such as ``#garden/beds``
``properties.py``    properties of Dataview and Logseq
``hidden.py``        what no reader is shown: comments, ids of blocks
===================  =====================================================================================
"""
