"""Measure the sentence that is shown at once: its latency, accuracy and calibration.

============  ================================================================================
file          responsibility
============  ================================================================================
``measure``   ask every question of several sets for its sentence, with the time of each step
``fit``       fit the confidence: a logistic regression of the signs
``report``    shares, AUROC on sets left out, reliability, and the weights fitted to all sets
``tables``    the same as Markdown
============  ================================================================================
"""
