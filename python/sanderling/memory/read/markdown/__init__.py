"""Read Markdown as people's notes have it: CommonMark, front matter, and the marks of note programs.

===================  ========================================================
``markdown.py``      the reader
``front_matter.py``  YAML or TOML at the top
``blocks.py``        headings, code, HTML and paragraphs
``headings.py``      headings, with the text that they show
``code.py``          code, in which no mark counts
``links.py``         links by address and by name
``tags.py``          tags such as ``#garden/beds``
``properties.py``    properties of Dataview and Logseq
``hidden.py``        what no reader is shown: comments, ids of blocks
===================  ========================================================
"""
