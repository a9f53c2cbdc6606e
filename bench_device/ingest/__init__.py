"""Measure the cost of ingest beyond embedding, and the cost of linking as a memory grows.

=============  ======================================================
file           responsibility
=============  ======================================================
``speed``      speed of ingest relative to the embedder alone
``growth``     linking and search time of a growing memory
``watched``    how soon changes of a watched folder are found
``generated``  generated documents for sizes without real text
=============  ======================================================
"""
