"""Read mail messages and mailboxes with the standard library's parser.

===============  =====================================================================================
``policy.py``    how a header is read: bounded, and with letters that it should have encoded
``message.py``   one message: who, when, what about, its text, the names of its attachments
``body.py``      the text of its parts: plain or HTML, forwarded messages, lines that flow
``mailbox.py``   a file of messages, read as a stream
===============  =====================================================================================

Nothing is fetched: pictures and style sheets that a message refers to stay unread.
"""
