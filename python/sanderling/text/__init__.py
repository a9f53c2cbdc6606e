"""Text analysis without a model: functions of strings, without files, memory or engine.

======================  ===================================================================================
``encoding/``           bytes decoded
``dates/``              dates in names, fields and questions
``questions/``          what a question asks
``clean.py``            texts and titles normalised
``searched.py``         the words by which text and questions find each other (``script.py``: without blanks)
``spellings.py``        a word in all ways that one slip may have made of it
``sentences.py``        sentences, their words, and the relevance of a sentence to a question
``passages.py``         sentences and rows of tables that a prompt chooses from
``lazy_pattern.py``     regular expressions compiled when they are first used
``wrapped.py``          line ends that only wrap a paragraph
``table.py``            tables in plain text
``wikilink.py``         targets of links by name
``data_uri.py``         pictures inside a text
``short_language.py``   language of a question or a short note
``told_language.py``    language of a document
``answer_checks.py``    answers normalised, and their overlap with the notes
``declined.py``         answers that decline
``borne_out.py``        how much of an answer stands in its notes
``near_duplicates.py``  texts that add nothing to another
``name_trie.py``        titles, aliases and headings mentioned in a text
``said_verdict.py``     the verdict on an answer as people read it
======================  ===================================================================================
"""
