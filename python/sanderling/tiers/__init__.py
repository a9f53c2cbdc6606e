"""The tiers: models on other machines that may answer questions.

They become candidates for the router, and their speed is learned.

===============  ===================================================================================================
``tiers.py``     all tiers: candidates, engines, breakers, seats
``rung.py``      which rung of the local ladder a model of a tier stands on
``speeds.py``    moving averages of round trip, prefill and decode, kept in ``tiers.json``
``probe.py``     the first measurement of a model, with a text of our own
``state.py``     how each tier is doing, as a value
``describe.py``  what doctor says of them
===============  ===================================================================================================

Whether a question may go to a tier is not decided here: see :mod:`sanderling.router.clearance`.
"""
