"""Routing policies compared on collected answers: the FastGRNN and its baselines.

::

    Board (every answer to every question) ─► policy.choose ─► Chosen ─► metrics against always-big and the oracle

A policy sees features and masks, and of the answers only the draft it asked for. All policies are evaluated on the same
questions, so differences are paired.

===================  ====================================================================
file                 responsibility
===================  ====================================================================
``run``              the whole evaluation: read rows, evaluate policies, write weights
``board``            the answers as arrays, and the cost of a choice
``from_rows``        a board from collected rows
``cells``            the cells that every judged question has, and kinds of questions
``line_up``          the policies that a collection allows
``paths``            draft with one cell, answer with another where a gate refuses the draft
``price_table``      mean quality of each choice less its price
``ceiling``          a router that has seen the same questions answered before
``targets``          every system beside the mission's two targets
``fixed``            one fixed choice, the rule, random choice, and the oracle
``nearest``          k nearest neighbours over utilities
``logistic``         multinomial logistic regression
``cascade``          small model first, larger if the draft's confidence is low
``network``          the FastGRNN with one step and with two
``metrics``          regret, latency, agreement with the oracle; also by scenario
``curve``            APGR and CPT: quality over the share of strong-model calls
``preference``       each policy's ranking of questions, for the curve
``resample``         bootstrap intervals over questions
``evaluate``         all policies on one board, with paired intervals
``naive``            the routed system against a fixed model with plain vector search
``shipping``         the shipped weights and their note
``tables``           Markdown tables
``plot``             an SVG plot
===================  ====================================================================
"""
