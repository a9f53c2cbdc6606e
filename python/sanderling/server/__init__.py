"""The service that answers other programs over HTTP or a Unix socket.

::

    socket ─► protection ─► route table ─► handler ─► generation ─► Runtime (a thread) ─► answer, or a stream of events
                                                         │             └─ admission: the queue between route and model
                                                         └─ equal questions share one

===================  ===============================================================================================
``app.py``           the application: protection around the route table
``settings.py``      what a service was started with: hosts, origins, keys, bounds of the queue
``service.py``       what all requests share: runtime, queue, running generations, known conversations
``protection.py``    Host, Origin, key, size and type of the body, before anything else sees a request
``connection.py``    a client's connection: bounds of its time, and of the number of them
``keys.py``          make, read and compare keys
``address.py``       where the Unix socket of a memory is
``refusal.py``       every error as a status, a code and whether to try again
``body.py``          read a JSON body into a struct
``admission.py``     the queue
``generation.py``    one generation and those who listen to it
``answering.py``     wait for a generation, as one JSON value or as a stream, while the client is there
``events.py``        server-sent events
``desk.py``          questions and conversations of the command line, by the names that it gave them
``histories.py``     conversations that clients send again and again, found by what they begin with
``citations.py``     which sentence of an answer, and of a note, an annotation points to
``page.html``        the page at ``/``, without a build step
``routes/``          the handlers, one module for each family of routes, and their table
===================  ===============================================================================================

Only this package, its command and the tests import starlette and uvicorn (extra ``server``).
"""
