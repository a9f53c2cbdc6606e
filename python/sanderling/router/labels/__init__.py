"""Training labels for the router, computed from collected answers.

::

    rows ─► table ─┐
                   ├─► labels ─► arrays ─► training
    settings ──────┘

============  ==================================================================
file          responsibility
============  ==================================================================
``rows``      the JSON lines that ``sanderling router collect`` writes
``table``     the same answers as arrays over question, model and context
``settings``  simulated devices and budgets, and the price of time and work
``labels``    features, utilities and labels of one setting
``plans``     the utility of each plan
``arrays``    the labels of many settings as flat training arrays
============  ==================================================================
"""
