"""Telemetry: one row per request, kept only on this device.

::

    answered request ─► row ─► store ─► telemetry.sqlite ─┬─► report, export
                                 ▲                        └─► router training
    a person's rating ─► feedback┘

===============  ==============================================================
``row.py``       the fields of a row
``store.py``     append, rate, read, export and delete rows
``database.py``  the SQLite file, also used by the response cache
``feedback.py``  ratings by a person
``report.py``    summary numbers of many rows
``user.py``      the salted hash in place of a user's name
===============  ==============================================================
"""
