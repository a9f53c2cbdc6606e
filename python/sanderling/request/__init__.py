"""The values and controls of one request; :mod:`sanderling.stages` does the work on it.

================  ==================================================================
``request.py``    the question, its constraints, warnings and clock
``history.py``    the turns of a conversation so far
``handle.py``     the caller's way to cancel a question
``turns.py``      a first-come, first-served lock with a bounded, cancellable wait
``stopwatch.py``  milliseconds of each stage
================  ==================================================================
"""
