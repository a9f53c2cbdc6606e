"""Benchmarks of the HTTP service: the time added to a question, and the growth of memory over many requests.

================  =============================================================================
``scripted.py``   a runtime over three notes whose model follows a script, so that no model costs
``running.py``    a service over it, on a port of this process
``calling.py``    a client of one connection
``overhead.py``   the time that the service adds, and the time to the first byte of a stream
``soak.py``       memory and descriptors over many requests
``clients.py``    the clients that send them
================  =============================================================================

Client, service and runtime share one process and its interpreter lock, so the times are upper bounds. The clients of
``soak.py`` have a process of their own.
"""
