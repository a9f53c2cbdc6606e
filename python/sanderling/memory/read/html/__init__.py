"""Read HTML pages as a browser shows them, in time linear in the length of a page.

================  ==================================================================
``html.py``       the reader
``markup.py``     tags and the text between them
``page.py``       the walk over the tags
``elements.py``   what each element is: a block, beside the text, or unread
``nesting.py``    which open elements a start tag ends
``head.py``       title, language and date
``style.py``      what the rules of a page's own ``<style>`` hide
``table.py``      tables
``blocks.py``     the paragraphs found, joined to a text
================  ==================================================================
"""
