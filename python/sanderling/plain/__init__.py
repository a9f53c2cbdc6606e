"""Models used without notes: completions, chats, forced function calls, and tokenizers.

==================  =====================================================================
``model.py``        one model of a runtime, and its verbs
``tier_model.py``    one model of another machine: chats, which are in the log of what left
``completion.py``   what a completion and its tokens are
``generate.py``     a prompt run on a model: waiting, loading, generating
``likelihoods.py``  how likely each of several options is as the beginning of an answer
``messages.py``     messages put into the order of chat formats
``tools.py``        functions that a model is made to call
==================  =====================================================================

The models and their processes are those that answer from notes, so such a request waits for the same turns.
"""
