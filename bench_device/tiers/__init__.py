"""Benchmarks of tiers: questions asked with tiers and without tiers, and several questions asked at once.

=================  ==========================================================================================
``compare.py``     time, quality and share that left the device, question by question
``throughput.py``  tokens per second of questions asked at once, of a tier and of this device's queue
=================  ==========================================================================================

Both send notes of the workload to the tiers of ``config.toml`` that the privacy allows.
"""
