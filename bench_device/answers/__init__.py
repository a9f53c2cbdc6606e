"""Measurements over a workload: answer quality, retrieval recall, and how often contexts contain the answer.

::

    open_workload ─► measure ─► evaluate ─► raw (file) ─► report
          │
          └────────► packing

====================  ======================================================================
file                  responsibility
====================  ======================================================================
``measure``           ask models a workload's questions, with each search method
``evaluate``          scores of one answer, and a summary over questions
``raw``               the file of raw results, from which a run can resume
``report``            means and differences between search methods
``reuse``             answers with states of notes and without: whether they may be used
``packing``           share of contexts that contain the answer; no model is asked
``open_workload``     open a workload's memory with one model and the search methods
``reordered_memory``  a memory that ranks by a given search method
====================  ======================================================================
"""
