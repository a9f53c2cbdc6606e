"""What an ingest costs beside the embedding itself, and what linking costs as a memory grows."""
