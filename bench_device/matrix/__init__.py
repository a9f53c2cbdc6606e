"""Models × quantizations × threads × tests: a row for each, shaped like llama-bench's.

::

    names ─► subjects ─► loading ─► measure ─► Row ─► tables
                                      ▲          └──► calibrate (what profiles, fit and router read)
                       sensors.Watch ─┴─► verdict

| file | responsibility |
|---|---|
| ``shape.py`` | ``pp512``, ``tg128``: what a test computes |
| ``subjects.py`` | which files are measured, and which of them have synthetic weights |
| ``loading.py`` | load time, cold and warm |
| ``row.py`` | the record of one row with its samples |
| ``measure.py`` | the repetitions of one row |
| ``matrix.py`` | all rows of all subjects |
| ``tables.py`` | md, csv, json and jsonl |
| ``calibrate.py`` | rows to measurements of this device |
"""
