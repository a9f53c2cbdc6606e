"""Analysis of questions by their words alone.

====================  ========================================================================
``question.py``       language, subjects and expected answer
``asked.py``          words that only ask, taken out
``codes.py``          article numbers, error codes and the like, in all spellings
``follow_up.py``      questions that lean on the one before, and what an answer speaks of
``notes_asked.py``    questions about the notes themselves (``notes_grammar.py``: their words)
====================  ========================================================================
"""
