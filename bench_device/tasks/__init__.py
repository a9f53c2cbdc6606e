"""Measure which model and prompt template serve each kind of task: classification, extraction, answers, summaries.

===============  =============================================================================
file             responsibility
===============  =============================================================================
``workload.py``  read the tasks, and the notes that they are about
``prompts.py``   the messages, the JSON schema and the length limit of a task
``score.py``     score a reply from 0 to 1
``row.py``       the reply of one model to one task
``measure.py``   give every task to every model with every template
``choose.py``    the smallest model that is as good as the best, within a margin
``report.py``    means with intervals, and the same as Markdown
===============  =============================================================================

The notes are those of the workloads ``station`` and ``vault``. They are shown as they are read for a memory, without a
search: what is measured is the model, and not what was found for it.
"""
