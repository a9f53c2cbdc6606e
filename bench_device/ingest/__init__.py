"""Cost of ingest beyond embedding, and of linking as a memory grows.

=============  ======================================================
file           responsibility
=============  ======================================================
``speed``      speed of ingest relative to the embedder alone
``growth``     linking and search time of a growing memory
``generated``  generated documents for sizes without real text
=============  ======================================================
"""
