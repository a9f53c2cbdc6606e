"""Benchmarks to run on a device: ``sanderling bench``, or ``python -m sanderling.bench_device``.

::

    compare, policies, routing, run ─► report ─► matrix, scenarios ─► sensors ─► metrics
    routing, run ─► answers ─► retrieval ─► metrics
    sanity, judge ─► plain_model; judge ─► answers, verifier, systems
    ask ─► run, answers, scenarios, sensors, metrics

Every report starts with the machine, the commit and all settings, and keeps its raw samples.

=====================  =========================================================================
file or folder         responsibility
=====================  =========================================================================
``run``                one run of matrix and scenarios, optionally within a time limit
``matrix``             models × quantizations × threads × tests: speed, load time, memory, energy
``scenarios``          end-to-end questions and their latency
``ask``                one-note questions by stage: cold, warm and busy, beside another version
``report``             a run as JSON lines, Markdown, and an HTML page with plots
``compare``            comparison of two runs
``answers``            answer quality and retrieval recall over a workload; context packing
``retrieval``          search methods, and training of the memory's attention
``sanity``             public questions without notes: sums, choices, instructions, yes or no
``judge``              answers marked from 1 to 5 by a model here or at an address
``systems``            the routed system beside fixed models and a naive one, and the router's targets
``peers``              other programs for answers from notes, with the same model and notes
``arms``               the arms of a live comparison, by the telemetry
``routing``            collection of answers from every model, to train the router
``policies``           the router against baselines, on collected answers
``router_forward``     latency of one router step in Rust, from Python, and in onnxruntime
``fidelity``           whether another quantization of a model still answers as the original
``engine``             our engine against llama.cpp driven directly; reuse of sequence states
``ann``                the memory's index against other libraries
``ingest``             speed of ingest, and of linking as a memory grows
``service``            what the service adds to a question, and its memory over many
``startup``            time of an import and of ``--help`` in a fresh process
``demo``               a demonstration on the station workload; measures nothing
``workloads``          notes, questions, answers and gold documents
``metrics``            quality measures, percentiles, bootstrap intervals
``sensors``            temperature, clock, load and energy, and whether a result is valid
``raw_rows``           the file of raw results, from which a run can resume
``plain_model``        one model without notes
``isolated``           a runtime without the user's settings
``interruptible``      Ctrl-C that keeps the results so far
=====================  =========================================================================
"""
