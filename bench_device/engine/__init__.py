"""Measure our engine: speed relative to llama.cpp, gain from reused states, and speed beside busy processes.

=====================  ==========================================================
file                   responsibility
=====================  ==========================================================
``subject``            the model to load, and the head of every report
``parity``             speed of our worker relative to llama.cpp
``llama_cpp_process``  llama.cpp driven directly in a child process
``note_states_speed``  a prompt of notes whose states are known, and the same computed as a whole
``state_reuse``        second turn of a conversation with and without its state
``concurrency``        two answers at once, in two workers or in one batch, beside one at a time
``batched_process``    several sequences in one batch, in a child process
``contention``         prompts computed beside busy processes
``contention_cells``   their samples summarised
``rivals``             the busy processes
=====================  ==========================================================
"""
