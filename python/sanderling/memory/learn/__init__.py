"""Train attention weights on this device for one memory, from questions made of its notes.

Nobody's questions are needed.

::

    memory ─► questions.py ─► examples.py ─┬─ most of them ──► fit ─► weights ─┐
                                           └─ held out ──────► judge.py ◄──────┴─ what ranks now
                                                                  └─ better beyond chance ─► installed

================  =====================================================================================
``questions.py``  questions made of titles, links and sentences, with the documents that answer them
``examples.py``   candidates and features of a question, as a search computes them
``judge.py``      the new weights beside what ranks now, question by question
``learn.py``      the command's work from the memory to the installed weights
================  =====================================================================================

The weights that ship were trained on questions that people asked, with vectors of another embedder. Training starts
from them and is held to them, so it learns what the embedder changes and not what the made-up questions are like.
"""
