"""memory.link."""
