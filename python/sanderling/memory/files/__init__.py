"""Files: which files of a folder are read, and the addresses of files in the memory.

=====================  ===============================================================
``walk.py``            the files below a folder, and why a file is not read
``ignore.py``          what is left out, by ignore files and by default
``ignore_pattern.py``  one line of an ignore file
``address.py``         addresses of files, and which of them the memory holds
=====================  ===============================================================

The suffixes of files that have a reader are ``SUFFIXES`` in ``walk.py``; the readers are in ``memory/read``.
"""
