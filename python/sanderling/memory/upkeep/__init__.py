"""memory.upkeep."""
