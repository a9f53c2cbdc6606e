"""One run of the benchmark: matrix, scenarios, latency targets, calibration.

::

    RunOptions ─► probe ─► budget (with --quick) ─► matrix ─► questions ─► report.Run

=================  ===============================================================
file               responsibility
=================  ===============================================================
``options``        the caller's options
``benchmark_run``  the run from options to record
``probe``          a first short measurement, from which a quick run is planned
``budget``         the tests and models that fit into a given time
``questions``      a workload's questions, asked of one model end to end
=================  ===============================================================
"""
