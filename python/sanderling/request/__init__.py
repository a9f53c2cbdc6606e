"""The data of one request, with its cancellation, queue and timing.

================  ==================================================================
``request.py``    the question, its constraints, warnings and clock
``history.py``    the turns of a conversation so far
``handle.py``     the caller's way to cancel a question
``admission.py``  who lets a question pass from its route to its model
``turns.py``      a first-come, first-served lock with a bounded, cancellable wait
``stopwatch.py``  milliseconds of each stage
================  ==================================================================
"""
