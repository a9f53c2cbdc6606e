"""End-to-end questions in three scenarios, and their latency.

=============  ===========================================================
file           responsibility
=============  ===========================================================
``scenarios``  the scenario and order of questions; the record of a request
``stages``     the time of one question, by stage
``latency``    latency and success rate of one scenario
``target``     the latency targets for simple questions, and whether they are met
=============  ===========================================================
"""
