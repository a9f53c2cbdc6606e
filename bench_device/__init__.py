"""What this device can do, measured: ``python -m sanderling.bench_device``, or ``sanderling bench``.

| module | measures |
|---|---|
| ``matrix`` | models × quantizations × threads × tests: speed, load time, memory, energy |
| ``sensors``, ``trend``, ``verdict`` | what the device went through meanwhile, and whether a row can be trusted |
| ``asking``, ``scenarios``, ``latency``, ``percentiles`` | questions from end to end, and the mission's targets |
| ``whole``, ``wanted``, ``probing``, ``budget`` | one run of both, within a given time |
| ``report`` | that run as JSON lines, Markdown and a page with plots |
| ``compare``, ``bootstrap`` | two runs beside each other |
| ``parity``, ``direct`` | what our worker costs beside llama.cpp driven directly |
| ``state`` | what kept state is worth in the second turn of a conversation |
| ``answers``, ``opening`` | retrieval recall and answer quality over a workload |
| ``packing`` | whether the context holds the answer |
| ``startup`` | an import and ``--help`` in a fresh process |
| ``ann`` | the memory's index beside other libraries: recall, speed, size, churn |
| ``routing`` | every question by every model and context: what the router learns from |
| ``demo`` | nothing: it shows the whole loop on the station workload |
| ``workloads`` | questions with answers and gold notes |
| ``quality``, ``evaluate`` | the metrics, and the report over a set of questions |

Every report begins with the machine, the commit and every setting, and keeps its raw samples.
"""
