"""Read reStructuredText: ``rst.py`` the reader, ``references.py`` links, roles and literals, ``tables.py`` tables."""
