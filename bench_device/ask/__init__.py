"""Measure the latency of one-note questions, end to end and by stage, for one or two versions of Sanderling.

::

    questions ─► measure ─┬─► cold: a process per question ────────────► sample ─► report
                          └─► resident: one process; alone, or beside busy ones ─┘

A version is an installation of Sanderling with a data folder of its own, which holds nothing of the user's but the
models. Both versions are asked each question before either is asked the next, in changing order.

============  ================================================================================
file          responsibility
============  ================================================================================
``options``   options of a run
``version``   an installation of Sanderling: how to start it, its data folder and its memory
``cold``      ask by a new ``sanderling ask`` process
``resident``  ask a process that stays, and the program which runs in it
``busy``      busy processes beside a measurement, and the share of the CPUs that they get
``sample``    one question asked once, with its time by stage
``subject``   what is asked: a model or a ladder, with one profile
``setting``   ask all questions in one setting
``measure``   ask all questions in all settings
``report``    the summary, with ratios of the two versions
``compute``   the time on other devices, computed from the speeds that their profiles predict
``markdown``  tables for a terminal
============  ================================================================================
"""
