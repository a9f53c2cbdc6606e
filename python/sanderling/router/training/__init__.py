"""Train the FastGRNN router on the device, in numpy.

::

    Examples ─► split by question ─► batches, clear ones first ─► two steps forward, loss, backward ─► AdamW
                    │                                                                                    │
                    └─► held-out part: early stop, calibration, int8 ◄──────── best weights ◄────────────┘

Routing itself runs in Rust. :mod:`sanderling.router.fastgrnn` is the numpy reference for weights files and tests.

==============  ======================================================================
file            responsibility
==============  ======================================================================
``examples``    training arrays and their split by question
``expected``    expected quality of answers, smoothed over questions
``cell``        parameters, batched forward pass and hand-written backward pass
``loss``        cross-entropy, smooth L1, expected utility, and their gradients
``adamw``       the optimiser
``curriculum``  the rows of each epoch, clear ones first
``descend``     the loop over epochs and its early stop
``settings``    hyperparameters
``calibrate``   temperature scaling and calibration error
``measure``     accuracy and regret on examples
``weights``     conversion between parameters and weights files
``card``        metadata of a weights file
``train``       one complete training run
``sweep``       training runs over hidden sizes and seeds
``logged``      rated telemetry rows as arrays
``reward``      a reward model for choices that were not made
``offpolicy``   off-policy estimates from logged choices
``decisions``   batched choices of the rule and of given weights
``judge``       comparison of a new router with the present one
``online``      training and comparison from telemetry and collected answers
``drafts``      collected answers as drafts, for the verifier
``verify``      fits of the verifiers, their threshold and the gains of a second draft
==============  ======================================================================
"""
