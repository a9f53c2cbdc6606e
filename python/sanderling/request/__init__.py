"""The data of one request, and the means to cancel, queue and time it.

================  ==================================================================
``request.py``    the question, its constraints, warnings and clock
``history.py``    the turns of a conversation so far
``handle.py``     the caller's way to cancel a question
``turns.py``      a first-come, first-served lock with a bounded, cancellable wait
``stopwatch.py``  milliseconds of each stage
================  ==================================================================
"""
