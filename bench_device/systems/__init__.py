"""Comparison of whole systems on this device: the routed one, fixed models, and the naive one.

All are asked the same questions in turn.

::

    system ─► open_system ─► measure ─► row (file) ─► compare ─► report

=================  =====================================================================================
file               responsibility
=================  =====================================================================================
``system``         the systems: models, context, search and block heads of each
``open_system``    a runtime for one system, with a model process and kept states of its own
``work``           the tokens that a system's models computed, discarded drafts included; the first draft
``subject``        the questions of a set and the memory of its notes, by search method
``logged``         the user's own rated questions as a set
``options``        the options of a run
``schedule``       which systems a question is asked of, and in which order
``ask``            one question, asked of one system
``measure``        every system in turn, one question after the other
``row``            one question, answered by one system
``standing``       results of each system: over all questions, by group, by route
``paired``         differences, ratios and regret of two systems, with intervals
``targets``        the verdicts on both targets
``verified``       what the verifier's confidence told
``gate``           what a gate that never errs would give
``compare``        all of these
``report``         the tables
=================  =====================================================================================
"""
