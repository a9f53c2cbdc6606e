"""Sanity checks of models and quantizations by public questions that need no notes.

::

    folder ─► questions ─► gsm8k | choices | instructions ─► row ─► report
                                                 │
                                               rules

===================  ========================================================================================
file or folder       responsibility
===================  ========================================================================================
``suites.py``        names of the suites, and the folder of each
``questions.py``     questions of a folder
``gsm8k.py``         school sums: a chain of thought in bounded tokens, right by its last number
``choices.py``       MMLU and BoolQ: the likeliest of the options
``instructions.py``  IFEval: a text checked by the rules that its instruction states
``rules``            our own implementation of IFEval's rules
``measure.py``       ask several models all questions; resumable
``row.py``           one question asked of one model
``report.py``        accuracy of each model, and differences of each pair, as tables
===================  ========================================================================================

The questions come from folders of the user; none is part of the package.
"""
