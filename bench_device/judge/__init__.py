"""A judge: a model that marks answers from 1 to 5, on this device or at an address.

::

    answers of a workload ─► of_answers ─┐
                                         ├─► judge (local | remote) ─► marks ─► agreement
    rows of the telemetry ─► of_log ─────┘

=================  ==========================================================================================
``rubric.py``      what a judge is asked, and what it is asked about
``local.py``       the largest installed model: the mean of the marks, weighted by their likelihood
``remote.py``      any endpoint for OpenAI chat completions
``permission.py``  whether an address may be asked
``opened.py``      the judge that an option names
``marks.py``       the file of marks, from which a run goes on
``of_answers.py``  marks of the answers of ``bench answers``
``of_log.py``      marks of the answers in the telemetry whose text was kept
``kept_texts.py``  these texts, with the notes that each rests on
``withheld.py``    which of them a judge at an address may not see
``agreement.py``   how far marks agree with EM, F1 and a person's ratings
=================  ==========================================================================================

Nothing is sent to another machine without permission, and no answer that rests on a note under ``never_leave``.
"""
