"""The SQL of the hub and of each device's state file.

The state file is kept beside the device's memory.

===============  ====================================================================
``schema.py``    the hub's tables, their row-level security, ``hub init``
``space.py``     one space: who may use it, how far its rows are there for good
``rows.py``      units, their versions and contents; conflict copies; drawn edges
``vectors.py``   vectors for searches on the hub
``state.py``     the device's state file, in SQLite
===============  ====================================================================
"""
