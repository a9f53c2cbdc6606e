"""memory.store."""
