"""Read Org: ``org.py`` the outline as Markdown, ``links.py`` its links."""
