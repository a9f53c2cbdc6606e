"""A client of a running service, with methods like those of a runtime.

It connects to the service's Unix socket.

================  ==================================================================================================
``find.py``       the service that runs for a memory and may be used by this command; a socket that was left behind
``transport.py``  HTTP over a Unix socket whose other end belongs to this user
``reply.py``      what the service answered, with the fields of a record
``remote.py``     ask, chat, search, ingest and remember
================  ==================================================================================================

Nothing here imports anything but the standard library: the time to the first word is mostly Python's own start.
"""
