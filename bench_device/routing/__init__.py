"""Training data for the router: every question answered by every model with every context size.

::

    sets ─► search ─► bench ─► trials ─► scores (quality, judge) ─► collect ─► JSON lines

==============  ====================================================================
file            responsibility
==============  ====================================================================
``sets``        the questions and their order
``search``      retrieval for one question, and its features
``trials``      prompts, answers and scores of one model for one question
``bench``       the loaded models, and which combinations each must answer
``collect``     the resumable loop, with one line per answer
``directions``  principal components of question vectors, for the features
==============  ====================================================================
"""
