"""Comparison of the memory's index with other libraries for approximate nearest neighbours (ANN).

All indexes hold the same vectors and answer the same queries, one at a time, in turn, on one thread.

::

    vectors ─► Dataset ─► compare ─┬─► measure    build, single inserts, recall and QPS over ef_search
               truth               ├─► filtered   recall and QPS when few vectors are allowed
                                   ├─► parallel   two searching threads, and a counting one
                                   ├─► open_cost  open time and resident bytes, in a separate process
                                   ├─► churn      recall after half of the vectors were replaced
                                   └─► ours_only  attention and domains
                                          │
                                     IndexReport ─► tables, plot (SVG), JSON lines

=====================  ==================================================================
file                   responsibility
=====================  ==================================================================
``vectors``            vectors from a file, from texts in BEIR layout, or generated
``truth``              exact neighbours, and recall against them
``peer``               the interface of a measured index
``sanderling_index``   the adapter of our index
``peers/``             the adapters of the other libraries
``front``              QPS at a given recall, interpolated between measurements
``report``             the records of a comparison
=====================  ==================================================================

Libraries that are not installed are named in the report and left out.
"""
