"""Measure every combination of model, quantization, thread count and test as one row, like llama-bench.

::

    names ─► subjects ─► loading ─► measure ─► Row ─► tables
                                      ▲          └──► calibrate (read by profiles, fit and router)
                       sensors.Watch ─┴─► verdict

=============  ==================================================================
file           responsibility
=============  ==================================================================
``shape``      the tests: ``pp512``, ``tg128``
``subjects``   the files to measure, and which of them have synthetic weights
``loading``    load time, cold and warm
``prompt``     prompts of random tokens
``row``        the record of one row with its samples
``measure``    the repetitions of one row
``matrix``     all rows of all subjects
``tables``     Markdown, CSV, JSON and JSON lines
``calibrate``  rows as measurements of this device
=============  ==================================================================
"""
