"""The memory's index beside others of its kind: the same vectors, one query at a time on one thread, in turn.

::

    vectors ─► Dataset ─► compare ─┬─► measure   build, single inserts, recall and QPS over ef_search
               truth               ├─► filtered  recall and QPS when few vectors may be found
                                   ├─► parallel  two searching threads, and a counting one
                                   ├─► opening   open time and resident bytes, each in a process of its own
                                   └─► churn     recall after half of the vectors were replaced
                                          │
                                        IndexReport ─► report (tables, JSON lines), plot (SVG)

| module | holds |
|---|---|
| ``vectors`` | where the vectors come from: a file, texts in BEIR layout, a seeded mixture |
| ``truth`` | exact neighbours, and recall against them |
| ``peer`` | what an index has to do to be measured |
| ``ours``, ``peers`` | one adapter per library |
| ``front`` | QPS at a recall, read between measured points |

Libraries that are not installed are named in the report and left out.
"""
