"""Read notes, chats and exports from JSON: JSON lines, arrays and single objects.

::

    .jsonl, .ndjson ─► lines ──┬─ one object ─► fields ────────┐
    .json ─► file ─► exports ──┤                               ├─► part ─► document
                               └─ messages ─► turns ─► chat ───┘

===============  ===================================================================================
``lines.py``     JSON lines: one document a line, or one a chat where each line is a turn
``file.py``      a file of one array or object
``exports.py``   exports of programs, recognised by their keys: ChatGPT, Claude, Telegram, Slack, …
``fields.py``    text, title, id, date and author of one object, by the names programs give them
``turns.py``     the turns of a chat, and the text of one made from them
===============  ===================================================================================
"""
