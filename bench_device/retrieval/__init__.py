"""Benchmark of retrieval: how often each way of searching finds all notes that a question needs.

::

    folder in BEIR layout ─► kept.py: its memory ─┬─► ways.py, pagerank.py ─► run.py ─► report ─► tables.py, plot.py
                                                  └─► examples.py ─► training.py ─► weights, held-out rankings

===============  ==============================================================================================
``run.py``       every way over every question, with intervals and latencies
``ways.py``      the ways compared, and the ablations
``pagerank.py``  personalised PageRank, a baseline
``kept.py``      memories built once and kept in the data folder
``losses.py``    where needed notes are lost on the way to the first five
``tables.py``    the report as Markdown
``plot.py``      the report as SVG
``scripts.py``   how often the right note comes first, in languages of several scripts
``examples.py``  training examples from questions
``variants.py``  other words and fewer notes for a training question
``training.py``  cross-validated training of attention weights
``union.py``     sets in one memory: their names, and what a question loses there
===============  ==============================================================================================
"""
