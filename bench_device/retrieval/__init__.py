"""How well the memory finds every passage a question needs, by way of searching."""
