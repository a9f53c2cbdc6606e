"""Decoding: bytes become text.

=========================  ===================================================================
``encoding.py``            bytes decoded by evidence (``guess.py``: by letters, if all else fails)
``control_characters.py``  text told from binary data
=========================  ===================================================================
"""
