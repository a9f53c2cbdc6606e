"""Benchmarks of the hub: the cost of a pull relative to an ingest of the same notes."""
