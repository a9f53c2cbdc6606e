"""Routing: choose a model and a context size for a request, then judge the draft.

::

    question, retrieval, device ─► choices (RAM, privacy, budget) ─► guard (risk) ─► rule or learned ─► explore ─► route
                                                                                          ▲
    draft ─► features, signals ───────────────────────────────────────────────────────────┴─► verifier ─► keep it, or
                                                                                              draft once more

The masks of ``choices`` and ``guard`` apply before any router chooses, and are never learned.

=================  ==============================================================================
file               responsibility
=================  ==============================================================================
``contract``       the interface of a router: its inputs, decision and verdict
``features``       the router's input vector, float32[64]
``components``     principal components of question vectors, as features
``choices``        the model × context choices of a request, with predicted time and masks
``guard``          the mask for risky questions: largest model only
``rule``           the default router, used until a better one is installed
``learned``        the FastGRNN router; falls back on the rule when unsure
``fastgrnn``       the numpy reference of the Rust cell, and the weights file's reader and writer
``plan``           whether a model is asked at all, or a sentence of the notes answers
``explore``        random choices with their propensity, for off-policy learning
``assess``         accept a draft or replace it by a second one
``verifier``       how probably a draft is right, and the step after it that is worth its price
``select``         the router by its name, and the route of a second draft
``two_step``       both routing steps of one request
``explain``        why a question is routed as it is
``installed``      the routers trained on this device: current and previous
``labels``         training labels from collected answers
``training``       training of the FastGRNN on the device
``export``         trained weights as ONNX and TFLite models
=================  ==============================================================================
"""
