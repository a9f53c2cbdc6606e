"""``sanderling bench``: measure this device.

=====================  ==========================================================================
file                   holds
=====================  ==========================================================================
``app.py``             the command group
``everything.py``      ``bench`` without a subcommand: the whole benchmark
``model.py``           ``bench model``: speed, load time and memory of models
``scenarios.py``       ``bench scenarios``: questions from end to end
``compare.py``         ``bench compare``: two runs, row by row
``run.py``             options and the run that the first three share
``ask.py``             ``bench ask``: one-note questions by stage, beside another version
``answers.py``         ``bench answers``: quality of answers over a workload
``tasks.py``           ``bench tasks``: the model and the template that suffice for each kind of task
``retrieval.py``       ``bench retrieval``: share of needed notes that each way of searching finds
``scripts.py``         ``bench scripts``: the same in languages of several scripts
``ingest.py``          ``bench ingest``: speed of ingest beside the embedder alone
``memory.py``          ``bench memory``: the index beside other vector indexes
``parity.py``          ``bench parity``: our worker beside llama.cpp driven directly
``state.py``           ``bench state``: a second turn with kept state and without
``contention.py``      ``bench contention``: a model beside busy processes
``concurrency.py``     ``bench concurrency``: two answers at once beside one at a time
``each_model.py``      the loop over models of the last four
``router.py``          ``bench router``: the router beside other policies
``router_forward.py``  ``bench router-forward``: time of one forward pass
``startup.py``         ``bench startup``: time of an import and of ``--help``
``service.py``         ``bench service``: what the service adds, and its memory over many requests
``demo.py``            ``bench demo``: three questions to a real model
=====================  ==========================================================================

The measuring itself is in :mod:`sanderling.bench_device`.
"""

from .app import app as app
