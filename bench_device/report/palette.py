"""Colours of charts, distinguishable for colour-blind readers.

They are Okabe and Ito's palette, adjusted to two backgrounds.
"""

LIGHT = ("#0072b2", "#d55e00", "#009e73", "#b4598f", "#b87d00", "#3f97c9", "#666666", "#1b1f24")
"""On white; pink, orange and sky blue are darker than theirs, to stand out from it."""
DARK = ("#4aa3df", "#f07c2b", "#2fc493", "#d58ab6", "#e6a72e", "#85c8f2", "#9aa1ab", "#e6e9ee")
"""On near-black, each with the hue of its place in :data:`LIGHT`."""
