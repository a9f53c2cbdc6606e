"""The response cache: answers kept on disk for repeated questions. Such a question needs no model.

Off by default; ``response_cache_bytes`` in ``config.toml`` turns it on.

::

    retrieved notes, route ─► find ─┬─ a cached answer that still holds ─► its draft, without a model
                                    └─ none ─► draft ─► keep

An answer is looked up by its question and by everything else that determines the text. It holds as long as the notes it
was made from, and the notes linked to those, are unchanged.

===================  =================================================================
``cache.py``         look-up and keeping for one memory and its models
``question.py``      which wordings count as the same question
``dependencies.py``  what an answer depends on, and whether that is unchanged
``answers.py``       the SQLite file, bounded in bytes and age
``rating.py``        a bad rating deletes what is kept
===================  =================================================================
"""
