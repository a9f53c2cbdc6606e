"""The stages of a request, one module each, in the order in which they run.

::

    question ─► embed ─► retrieve ─► (route) ─► (cache) ─► draft ─► review ─► answer ─► write back ─► record
                └── find_notes ──┘                           └ prompt ─► generate

Routing is in :mod:`sanderling.router`, the cache in :mod:`sanderling.response_cache`;
:class:`sanderling.runtime.Runtime` calls the stages and times each. A stage takes frozen values
(:mod:`sanderling.records`) and returns frozen values. What outlives a request, such as a loaded model, is passed in.

================== ======================================================================================
``list_notes.py``  answer a question about the notes themselves from the memory (``select_notes.py``: which notes;
                   ``listing_words.py``: the words of the answer); all others go on
``embed.py``       check a question; embed it
``retrieve.py``    retrieve notes for a vector and its text
``find_notes.py``  both, and the notes themselves: the way into the memory for every question (``choose_search.py``: how
                   they are searched)
``languages.py``   warn of notes and questions in a language that the embedder does not know
``quote.py``       choose the sentence shown before a model begins (``confidence.py``: how probably it holds the answer)
``quote_notes.py`` answer with that sentence alone
``draft.py``       generate a draft on the routed model: wait, load, ``prompt.py``, ``generate.py``
``prompt.py``      build the prompt (``pack.py`` chooses sentences, ``quoting.py`` keeps notes from forging blocks)
                   (``whole_notes.py``: another prompt, of whole notes, for models that keep their states)
``generate.py``    generate text for a prompt
``review.py``      review the draft; draft again on a larger model
``cuts.py``        warnings about cut notes, cut answers, and counts over a part of the notes
``answer.py``      build the public answer with its sources
``writeback.py``   write the answer into the memory (``trusted.py``: which answers and summaries may be written)
``record.py``      write the telemetry row
``summarise.py``   apart from questions: write summaries of dense groups of notes
================== ======================================================================================
"""
