"""Sanderling."""
