"""``sanderling hub``: exchange a memory with others through a PostgreSQL database.

===============  ================================================================
file             holds
===============  ================================================================
``app.py``       the command group
``init.py``      ``init``
``push.py``      ``push``
``pull.py``      ``pull``
``sync.py``      ``sync``, once or every so often
``status.py``    ``status``, and the text of a conflict copy
``search.py``    ``search``
``exchange.py``  one exchange, and what it prints; ``options.py`` what they share
===============  ================================================================
"""

from .app import app as app
