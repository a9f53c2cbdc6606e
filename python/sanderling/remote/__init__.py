"""Connections to question-answering servers on other machines.

How they are reached, and when they are left alone.

===============  ===================================================================================================
``http.py``      requests to one server; the only module that imports an HTTP client for answers
``watchdog.py``  ends a connection that has been silent for too long, or whose question was cancelled
``breaker.py``   leaves a server alone for a while after it has failed several times
===============  ===================================================================================================

Nothing here decides whether a request may leave the device: see :mod:`sanderling.router.clearance`. Every request takes
a permit (:class:`sanderling.egress.Permit`), without which Sanderling's own processes refuse to connect.
"""
