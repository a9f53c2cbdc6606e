"""Read reStructuredText.

``restructured.py`` is the reader, ``references.py`` reads links, roles and literals, ``tables.py`` tables.
"""
