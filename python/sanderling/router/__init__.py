"""Routing: choose a model and a context size for each request, and decide whether to keep its draft.

::

    question, retrieval, device ─► choices (RAM, privacy, budget) ─► guard (risk) ─► rule or learned ─► explore ─► route
                                                                                          ▲
    draft ─► features ────────────────────────────────────────────────────────────────────┴─► assess ─► keep or escalate

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
``explore``        random choices with their propensity, for off-policy learning
``assess``         accept a draft or escalate it
``select``         the router by its name, and the route to the next larger model
``two_step``       both routing steps of one request
``explain``        why a question is routed as it is
``installed``      the routers trained on this device: current and previous
``labels``         training labels from collected answers
``training``       training of the FastGRNN on the device
``export``         trained weights as ONNX and TFLite models
=================  ==============================================================================
"""
