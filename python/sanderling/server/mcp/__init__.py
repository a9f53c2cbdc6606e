"""The Model Context Protocol: offers the notes as tools to other programs.

::

    stdin and stdout (``sanderling mcp``) ─┐
                                           ├─► five tools and one resource ─► Service ─► Runtime
    POST /mcp (``sanderling serve``) ──────┘

============== ====================================================================================================
``tools.py``   the tools search, fetch, ask, remember and forget, and the resource ``note://{id}``
``notes.py``   what a tool says of a note
``failure.py`` errors as a tool tells them
``build.py``   the SDK's server around them
``mount.py``   ``/mcp`` of the service, which imports the SDK at the first request
``stdio.py``   the same on stdin and stdout
============== ====================================================================================================

The SDK (extra ``mcp``) takes seconds to import, so nothing imports it but the command and the first request to /mcp.
"""
