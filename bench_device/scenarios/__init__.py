"""End-to-end questions in three scenarios, and their latency.

=============  ===========================================================
file           responsibility
=============  ===========================================================
``scenarios``  the scenario and order of questions; the record of a request
``latency``    latency of one scenario, and the target for simple questions
=============  ===========================================================
"""
