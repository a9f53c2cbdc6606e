"""Conversations kept on this device after a process ends. They are deleted together with their telemetry.

::

    a turn ─► answer ─► keeper ─► store ─► conversations.sqlite ─┬─► list, show, go on
                          ▲                                      ├─► forget: its rows of the telemetry go too
         state: all that the next turn needs                     └─► stale: what rests on notes that are gone

=============  =========================================================================================================
``turn.py``    a turn as it is kept: question, answer, sources, and the page of a list
``state.py``   the history of a conversation as bytes, and from the words of its turns where those do not hold
``store.py``   the SQLite file, bounded in number and age
``keeper.py``  one open conversation: reads what other processes added, writes each turn
``kept.py``    the conversations about one memory: begin, go on, list
``forget.py``  delete conversations together with their rows of the telemetry
``stale.py``   delete what rests on notes that are changed or gone
=============  =========================================================================================================
"""
