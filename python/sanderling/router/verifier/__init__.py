"""The verifier: estimates the probability that a draft is right.

It reads the draft and its notes, and asks no other model.

::

    draft, blocks, question ─► signals ─► a verifier ─► confidence ─┬─► accept, with a verdict
                                                                    ├─► grow the context, or take a larger model
                                                                    └─► "not sure", with the sources

Which model answers a question rightly cannot be told before it answers; whether a draft is right can, from three
signals: its mean log-probability, whether every word of it stands in the notes, and whether it declines.

==============  ======================================================================
file            responsibility
==============  ======================================================================
``signals``     what a draft and its notes tell
``contract``    the interface of a verifier
``unfitted``    three signals with fixed weights, and their calibration
``logistic``    a logistic regression of all signals
``weights``     the file of fitted weights: the verifier that won, and the gains
``gains``       what a second draft gains after a right and after a wrong one
``going_on``    the next step worth its price: a larger context, or a larger model
``judge``       the verdict that a confidence and the notes amount to
==============  ======================================================================
"""
