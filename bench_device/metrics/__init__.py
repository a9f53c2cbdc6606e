"""Measures and statistics shared by the benchmarks.

===============  ====================================================
file             responsibility
===============  ====================================================
``quality``      exact match, F1, recall, nDCG and MRR
``estimate``     a mean with its bootstrap interval
``percentiles``  latency percentiles, and the interval of a quantile
``outcome``      what an interval says about a bound; bounds of the routed system
``bootstrap``    the interval of a ratio of means or medians
``trend``        whether repetitions slow down over time
===============  ====================================================
"""
