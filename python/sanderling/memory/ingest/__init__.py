"""memory.ingest."""
