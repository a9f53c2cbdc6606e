"""Check whether a file made by ``sanderling models requantize`` still answers like the original model file.

::

    station's questions ─► prompts ─► observe (original, then the new file) ─► compare ─► accepted or refused

==============  =========================================================================
file            responsibility
==============  =========================================================================
``prompts.py``  short prompts whose context holds the answer
``observe.py``  predictions and answers of one file, in a worker process
``compare.py``  divergence, agreement and answer quality of two files, and the verdict
==============  =========================================================================
"""
