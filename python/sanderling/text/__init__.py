"""Text analysis without a model: functions of strings that use no files, no memory and no engine.

======================  ==========================================================================
``clean.py``            bytes decoded, and texts and titles normalised
``sentences.py``        sentences, their words, and the relevance of a sentence to a question
``question.py``         language, subject and expected answer of a question
``follow_up.py``        questions that lean on the one before, and what an answer speaks of
``notes_asked.py``      questions about the notes themselves (``notes_grammar.py``: their words)
``short_language.py``   language of a question or a short note
``answer_checks.py``    answers that decline, and their overlap with the notes
``near_duplicates.py``  texts that add nothing to another
``name_trie.py``        titles, aliases and headings mentioned in a text
``dates.py``            times of options and fields normalised to UTC
``written_dates.py``    dates as people write them, in names and questions (``month_names.py``)
``relative_dates.py``   dates said relative to today (``time_words.py``)
``asked_dates.py``      all dates of a question
``told_language.py``    the language of a document
======================  ==========================================================================
"""
