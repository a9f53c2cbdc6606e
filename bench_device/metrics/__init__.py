"""Measures and statistics shared by the benchmarks.

===============  ====================================================
file             responsibility
===============  ====================================================
``quality``      exact match, F1, recall, nDCG and MRR
``estimate``     a mean with its bootstrap interval
``percentiles``  latency percentiles, and the interval of a median
``bootstrap``    the interval of a ratio of means
``trend``        whether repetitions slow down over time
===============  ====================================================
"""
