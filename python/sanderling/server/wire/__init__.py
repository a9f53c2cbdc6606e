"""Parses request bodies to questions, and builds reply bodies from answers.

=================  ================================================================
``messages.py``    messages of a chat, as instructions, earlier turns and a question
``options.py``     the options of our own: ``sanderling`` in a body, and headers
``sampling.py``    the fields of a body that bound or steer the generation
``chat.py``        chat completions
``command.py``     what the command line asks of a service of its version
``detail.py``      what of an answer has no field in the OpenAI API
=================  ================================================================
"""
