"""Checks the rules of IFEval without downloads (Zhou et al. 2023, arXiv 2311.07911).

===============  =================================================================================
``check.py``     which of a question's rules an answer follows, strictly and loosely
``keywords.py``  words that must occur, or must not
``lengths.py``   numbers of words, sentences and paragraphs
``shapes.py``    Markdown, JSON, sections, placeholders: the outward form
``ends.py``      how an answer begins and ends, and answers in two parts
``letters.py``   capitals, small letters, commas and languages
===============  =================================================================================

They decide as the published checker does, but for three: sentences are split by our own splitter where NLTK's needs
data, words in capitals are told by white space, and a language is told by its letters or common words, for sixteen
languages. ``language:response_language`` in any other language is left out.
"""
