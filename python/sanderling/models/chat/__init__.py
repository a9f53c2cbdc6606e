"""Derives chat formats from the templates in model files.

A template becomes data, once, when its model is added.

::

    template, control tokens (about) ─► child process: template (Jinja's sandbox) ─► derive ─► ChatFormat
                                            without Jinja, or where that fails: recognise ─► a named format

=================  ====================================================================
``choose.py``      the format of a file, and where it comes from
``child.py``       the process in which a template runs, with its limits
``template.py``    Jinja as transformers sets it up, in the sandbox
``derive.py``      the texts between contents, found by rendering marks
``thinks.py``      how a model marks its thoughts
``recognise.py``   named formats by the control tokens in a template
=================  ====================================================================
"""
