"""memory.retrieve."""
